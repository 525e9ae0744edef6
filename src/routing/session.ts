// Sessions of clients: where their ids stand in headers, and under which key one is remembered.
import type { BodySession, SessionHint } from "../core/demand.ts";

/**
 * Headers in which known tools send their session (gomodel.md 4.7): Claude Code, Codex, LiteLLM's and Helicone's clients.
 * The first that is there counts.
 */
const usualHeaders: readonly string[] = [
  "x-session-id",
  "x-claude-code-session-id",
  "session-id",
  "session_id",
  "x-litellm-session-id",
  "helicone-session-id",
  "agent-session-id",
];

/** The id of the request that this one belongs to: all of the same parent are one session (gomodel.md 4.7). */
const parentHeader = "x-gomodel-interaction-parent";

/** Longer ids are shortened by a digest, so that an entry has a size. */
const idLengthMax = 128;

export type SessionSettings = {
  enabled: boolean;
  autoDetect: boolean;
  /** Lower-case; they win over the usual ones. */
  headers: readonly string[];
  ttlMs: number;
};

/** `body` is only asked where no header names the session. */
export function readSession(
  settings: SessionSettings,
  headers: { get(name: string): string | null },
  body: () => BodySession,
): SessionHint | undefined {
  const parent = headers.get(parentHeader);
  if (parent) return { id: parent, explicit: true };
  for (const name of settings.headers) {
    const id = headers.get(name);
    if (id) return { id, explicit: true };
  }
  for (const name of usualHeaders) {
    const id = headers.get(name);
    if (id) return { id, explicit: true };
  }
  const { id, opening } = body();
  if (id !== undefined) return { id, explicit: true };
  return settings.autoDetect && opening !== undefined ? { id: opening, explicit: false } : undefined;
}

/** `scope` is the name or the selector that the session has a target for. */
export function sessionKey(hint: SessionHint, scope: string, tenant: string): string {
  const id = hint.id.length > idLengthMax ? new Bun.CryptoHasher("sha256").update(hint.id).digest("hex") : hint.id;
  return `${tenant}\n${scope}\n${hint.explicit ? "id" : "opening"}\n${id}`;
}

/** Under which a target is known: to sessions, and to those who watch its health. */
export function targetKey(provider: string, credential: string, model: string): string {
  return `${provider}\n${credential}\n${model}`;
}
