// Every field of a provider dialect's replies towards one client, and what is wrong with what became of it.
import type { DialectId } from "../../src/core/chat.ts";
import type { ClientHalf, UpstreamHalf } from "../../src/dialects/dialect.ts";
import { geminiCall } from "../../src/dialects/gemini/index.ts";
import { dialects } from "../../src/dialects/index.ts";
import type { Case } from "./cases.ts";
import { hasProbe } from "./judge.ts";
import { judgeReply, type ReplyOutcome, type ReplyRoute, type Way } from "./judge-reply.ts";
import { upstreams as origins } from "./matrix.ts";
import type { Upstream } from "./providers.ts";
import { isAllowedReply, mapped, type ReplyPlace, silentReplies } from "./reply-allowances.ts";

export type ReplyCell = ReplyOutcome | { kind: "silent" } | { kind: "with" };

export const replyClients = ["openai-chat", "openai-responses", "anthropic-messages", "gemini"] as const;

export const ways: readonly Way[] = [
  { from: "whole", to: "whole" },
  { from: "whole", to: "stream" },
  { from: "stream", to: "stream" },
  { from: "stream", to: "whole" },
];

/** Gemini's client says in its address what other clients say in their body. */
const geminiClient = geminiCall({ model: "model-of-the-route", stream: false });

export function routeOf(upstream: DialectId, client: DialectId): ReplyRoute {
  return {
    upstream,
    half: dialects[upstream]?.upstream as UpstreamHalf,
    client: (client === "gemini" ? geminiClient : dialects[client])?.client as ClientHalf,
    origin: origins.find(({ dialect }) => dialect === upstream)?.origin ?? "plain",
  };
}

export type Judged = { cells: Map<string, ReplyCell>; problems: string[] };

export type Broken = Pick<Partial<ReplyRoute>, "half" | "client">;

/** One way from one provider dialect to one client. `broken` stands in for a half, to see that its faults are seen. */
export async function judgeReplies(
  { dialect, whole, stream, events }: Upstream,
  client: DialectId,
  way: Way,
  broken: Broken = {},
): Promise<Judged> {
  const cells = new Map<string, ReplyCell>();
  const problems: string[] = [];
  const route = { ...routeOf(dialect, client), ...broken };
  // Where an event is reported as such, so is what stands in it.
  for (const each of way.from === "whole" ? [] : events) {
    const outcome = await judgeReply(route, way, each);
    if (outcome.kind === "lost" && !outcome.partly) cells.set(each.id, outcome);
  }
  for (const each of way.from === "whole" ? whole : stream) {
    const place: ReplyPlace = { id: each.id, upstream: dialect, client };
    const cell = settle(await judgeReply(route, way, each), each, { cells, place });
    cells.set(each.id, cell);
    const name = `${dialect} ${way.from} -> ${client} ${way.to}: ${each.id}`;
    if (cell.kind === "vanished") problems.push(`${name} vanished without a report`);
    if (cell.kind === "unreadable") problems.push(`${name} cannot be judged: ${cell.message}`);
    if (cell.kind === "mapped" && !isAllowedReply(mapped, place)) {
      problems.push(`${name} is said in another way, which nobody has documented`);
    }
  }
  return { cells, problems };
}

type Around = { cells: ReadonlyMap<string, ReplyCell>; place: ReplyPlace };

function settle(outcome: ReplyOutcome, { within, value }: Case, { cells, place }: Around): ReplyCell {
  const outer = within.map((path) => cells.get(path)?.kind ?? "");
  const isTraceless = outcome.kind === "vanished" || outcome.kind === "mapped";
  // What it stands in is reported as a whole, so this is as well.
  if (isTraceless && outer.some((kind) => kind === "lost" || kind === "with")) return { kind: "with" };
  // Made of nothing but stand-ins: its fields are judged one by one.
  if (isTraceless && typeof value === "object" && !hasProbe(value)) return { kind: "silent" };
  if (outcome.kind === "vanished" && isAllowedReply(silentReplies, place)) return { kind: "silent" };
  return outcome;
}
