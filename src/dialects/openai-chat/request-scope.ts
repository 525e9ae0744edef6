// What the writers of one Chat Completions request share, and what lost fields are called in the client's language.
import type { ChatRequest, DialectId } from "../../core/chat.ts";
import type { TargetFacts } from "../../core/facts.ts";
import { isObject, type JsonObject } from "../../core/json.ts";
import { ToolNames } from "../tool-names.ts";

/** translation.md B11. */
const maxNameCharacters = 64;

/** Things that may be lost, by our own word for them. */
export type Loss =
  | "cache"
  | "citations"
  | "effort"
  | "format"
  | "replay"
  | "stop"
  | "summary"
  | "temperature"
  | "thinking"
  | "topK"
  | "topP"
  | "user";

const ownNames: { readonly [loss in Loss]: string } = {
  cache: "cache_control",
  citations: "annotations",
  effort: "reasoning_effort",
  format: "response_format",
  replay: "reasoning_content",
  stop: "stop",
  summary: "reasoning.summary",
  temperature: "temperature",
  thinking: "reasoning",
  topK: "top_k",
  topP: "top_p",
  user: "user",
};

/** Where a client's language has another word than this one. */
const names: { readonly [dialect in DialectId]?: { readonly [loss in Loss]?: string } } = {
  "openai-responses": { effort: "reasoning.effort", format: "text.format", replay: "reasoning", thinking: "reasoning" },
  "anthropic-messages": {
    citations: "citations",
    effort: "output_config.effort",
    format: "output_config.format",
    replay: "thinking",
    stop: "stop_sequences",
    thinking: "thinking",
    user: "metadata.user_id",
  },
  gemini: {
    effort: "thinkingLevel",
    format: "responseSchema",
    replay: "thought",
    stop: "stopSequences",
    thinking: "thinkingConfig",
    topK: "topK",
    topP: "topP",
  },
};

export type RequestScope = {
  /** The dialect that is written. */
  own: DialectId;
  request: ChatRequest;
  facts: TargetFacts;
  /** The client speaks this dialect too: what it wrote can be written again as it was. */
  sameDialect: boolean;
  lose(loss: Loss): void;
  /** The tool's name on the wire. */
  toolName(name: string): string;
  /** Wire names that differ from the client's. */
  aliases(): ReadonlyMap<string, string> | undefined;
  /** For what has a name of its own on the wire, such as a tool's type. Reported once. */
  loseField(field: string): void;
};

type ScopeInput = { request: ChatRequest; facts: TargetFacts; lost: string[]; own: DialectId };

export function openScope({ request, facts, lost, own }: ScopeInput): RequestScope {
  const toolNames = new ToolNames(maxNameCharacters);
  const sameDialect = request.dialect === own;
  const loseField = (field: string): void => {
    if (!lost.includes(field)) lost.push(field);
  };
  return {
    own,
    request,
    facts,
    sameDialect,
    // A client of this dialect knows which names its host takes.
    toolName: (name) => (sameDialect ? name : toolNames.wire(name)),
    aliases: () => toolNames.aliases(),
    lose: (loss) => loseField(names[request.dialect]?.[loss] ?? ownNames[loss]),
    loseField,
  };
}

/** `written` with the fields of `rest` that it lacks, at every depth: the canonical value wins where both speak. */
export function withRest(written: JsonObject, rest: JsonObject | undefined): JsonObject {
  if (!rest) return written;
  const merged: JsonObject = { ...written };
  for (const [key, value] of Object.entries(rest)) {
    const own = merged[key];
    if (own === undefined) merged[key] = value;
    else if (isObject(own) && isObject(value)) merged[key] = withRest(own, value);
  }
  return merged;
}

type Extras = { [dialect in DialectId]?: JsonObject } | undefined;

/** This dialect's own leftovers of a node; those of another dialect have no place here and are reported. */
export function ownRest(extra: Extras, scope: RequestScope, prefix = ""): JsonObject | undefined {
  for (const [dialect, fields] of Object.entries(extra ?? {})) {
    if (dialect === scope.own) continue;
    for (const [field, value] of Object.entries(fields ?? {})) if (value !== null) scope.loseField(prefix + field);
  }
  return extra?.[scope.own];
}
