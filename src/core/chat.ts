// The canonical chat request: what every dialect is read into and written from. Types only.
import type { JsonObject, JsonValue } from "./json.ts";

export const dialectIds = [
  "openai-chat",
  "openai-responses",
  "openai-completions",
  "anthropic-messages",
  "gemini",
  "bedrock-converse",
  "cohere-chat",
] as const;

export type DialectId = (typeof dialectIds)[number];

/**
 * State that only its maker can read: a thinking signature, redacted or encrypted reasoning, a thought signature.
 * It may be replayed to the same origin only; every other target must drop it and say so.
 */
export type OpaqueState = {
  /** Family of the maker: "anthropic", "gemini", "openai", or the provider's row id for vendor-made state. */
  origin: string;
  /** "signature" signs the block's visible text; "redacted" and "encrypted" replace it; "details" is vendor JSON. */
  kind: "signature" | "redacted" | "encrypted" | "details";
  value: JsonValue;
};

/** "Cache the prompt up to here". `ttl` as the client wrote it ("5m", "1h"), absent for the default. */
export type CacheMark = {
  ttl?: string /** OpenAI's own form of the mark, as the client wrote it. */;
  breakpoint?: JsonObject;
};

export type Citation = {
  kind: "url" | "document";
  url?: string;
  title?: string;
  citedText?: string;
  /** UTF-16 offsets into the text of the block the citation belongs to. */
  startIndex?: number;
  endIndex?: number;
  /** The citation as its maker wrote it, for replay to the same dialect. */
  raw?: JsonObject;
};

/** Where bytes of an image, a file or a sound come from. */
export type MediaSource =
  | { kind: "base64"; mediaType: string; data: string }
  | { kind: "url"; url: string; mediaType?: string }
  | { kind: "text"; text: string; mediaType?: string }
  | { kind: "file-id"; id: string; origin: DialectId };

type BlockCommon = {
  cache?: CacheMark;
  /** Fields of the client's part that no canonical field holds, by the dialect that wrote them. */
  extra?: { [dialect in DialectId]?: JsonObject };
};

export type TextBlock = BlockCommon & { type: "text"; text: string; citations?: Citation[]; state?: OpaqueState };
export type ImageBlock = BlockCommon & { type: "image"; source: MediaSource; detail?: string };
export type AudioBlock = BlockCommon & { type: "audio"; source: MediaSource; transcript?: string; id?: string };
export type VideoBlock = BlockCommon & { type: "video"; source: MediaSource };
export type FileBlock = BlockCommon & { type: "file"; source: MediaSource; name?: string; context?: string };
export type RefusalBlock = BlockCommon & { type: "refusal"; text: string };
export type ReasoningBlock = BlockCommon & { type: "reasoning"; text: string; state?: OpaqueState };
export type ToolCallBlock = BlockCommon & {
  type: "tool-call";
  id: string;
  name: string;
  /** JSON text as written (arguments are an opaque string on OpenAI's wires), or free text for custom tools. */
  argumentsText: string;
  argumentsKind: "json" | "freeform";
  /** The namespace of its tool, which `name` begins with. */
  namespace?: string;
  state?: OpaqueState;
};
export type ToolResultBlock = BlockCommon & {
  type: "tool-result";
  callId: string;
  /** Name of the tool called, when the wire gives it or the call is in the history. */
  name?: string;
  blocks: Block[];
  isError?: boolean;
};
/** A block that exists in one dialect only (server tool calls and their results, compaction, …), kept verbatim. */
export type OpaqueBlock = BlockCommon & { type: "opaque"; dialect: DialectId; raw: JsonObject };

export type Block =
  | TextBlock
  | ImageBlock
  | AudioBlock
  | VideoBlock
  | FileBlock
  | RefusalBlock
  | ReasoningBlock
  | ToolCallBlock
  | ToolResultBlock
  | OpaqueBlock;

export type Turn = {
  /** System turns keep their place: a system message in mid-conversation is not hoisted by the reader. */
  role: "system" | "user" | "assistant";
  blocks: Block[];
  /** OpenAI's `name` on a message. */
  name?: string;
  /** "developer" where the client wrote that role; only OpenAI's wires tell it from "system". */
  systemRole?: "system" | "developer";
  extra?: { [dialect in DialectId]?: JsonObject };
};

/** A group of tools (OpenAI's "namespace" tools): its own name and the whole of it as written. Its tools stand flat, as `group__tool`. */
export type ToolNamespace = { name: string; raw: JsonObject };

export type FunctionTool = {
  kind: "function";
  name: string;
  namespace?: ToolNamespace;
  description?: string;
  /** JSON Schema of the arguments, untouched; absent when the client gave none. */
  parameters?: JsonObject;
  strict?: boolean;
  cache?: CacheMark;
  extra?: { [dialect in DialectId]?: JsonObject };
};
/** A tool whose argument is free text, possibly under a grammar (OpenAI's "custom" tools). */
export type CustomTool = {
  kind: "custom";
  name: string;
  namespace?: ToolNamespace;
  description?: string;
  format?: JsonObject;
  raw: JsonObject;
  /** What of `raw` no other field here holds. */
  extra?: { [dialect in DialectId]?: JsonObject };
};
/** A tool that the provider runs, or one with a vendor type: kept verbatim, by dialect. */
export type HostedTool = { kind: "hosted"; dialect: DialectId; raw: JsonObject };
/** The one hosted tool that several dialects have. */
export type WebSearchTool = {
  kind: "web-search";
  dialect: DialectId;
  raw: JsonObject;
  country?: string;
  city?: string;
  region?: string;
  timezone?: string;
  /** Sites that alone may be searched, or must not be. */
  allowedDomains?: string[];
  blockedDomains?: string[];
  /** What of `raw` no other field here holds. */
  extra?: { [dialect in DialectId]?: JsonObject };
};
export type Tool = FunctionTool | CustomTool | HostedTool | WebSearchTool;

export type ToolChoice =
  | { mode: "auto" | "none" | "required" }
  | { mode: "named"; name: string; kind?: "function" | "custom" }
  /** Only these tools may be called; `required` says that one must be. */
  | { mode: "allowed"; names: string[]; required: boolean };

export type Effort = "none" | "minimal" | "low" | "medium" | "high" | "xhigh" | "max";
export const efforts: readonly Effort[] = ["none", "minimal", "low", "medium", "high", "xhigh", "max"];

export type Reasoning = {
  effort?: Effort;
  /** Token budget as Anthropic and Gemini 2.5 count it. -1 is Gemini's "dynamic". */
  budgetTokens?: number;
  /** The client's explicit switch; absent when it said nothing. */
  mode?: "off" | "on" | "adaptive";
  /** False when the client asked not to see the reasoning. */
  includeText?: boolean;
  /** Responses: "auto", "concise", "detailed". */
  summary?: string;
};

export type OutputFormat =
  | { kind: "text" }
  | { kind: "json" }
  | { kind: "schema"; name?: string; description?: string; schema: JsonObject; strict?: boolean };

export type Sampling = {
  temperature?: number;
  topP?: number;
  topK?: number;
  seed?: number;
  presencePenalty?: number;
  frequencyPenalty?: number;
  n?: number;
  stop?: string[];
};

export type ChatRequest = {
  /** The dialect it was read from. */
  dialect: DialectId;
  /** The model as the client wrote it. */
  model: string;
  turns: Turn[];
  tools: Tool[];
  toolChoice?: ToolChoice;
  parallelToolCalls?: boolean;
  sampling: Sampling;
  maxOutputTokens?: number;
  reasoning?: Reasoning;
  output?: OutputFormat;
  verbosity?: string;
  logprobs?: { top?: number };
  modalities?: string[];
  serviceTier?: string;
  userId?: string;
  metadata?: JsonObject;
  promptCacheKey?: string;
  stream: boolean;
  /** Did the client ask to see usage in the stream? */
  wantsUsage: boolean;
  /** Top-level fields that no canonical field holds, by the dialect that wrote them. Never dropped in silence. */
  extra: { [dialect in DialectId]?: JsonObject };
};
