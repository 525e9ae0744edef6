// What Bedrock's Converse answers with, written from its API reference (Converse, ConverseStream; read 2026-11). AWS's own
// declarations are of its SDK's objects (members that are never there, bytes, unknown members), not of the wire's JSON.

type Source = { bytes: string };
type Location = Web | DocumentChar | DocumentPage | DocumentChunk | SearchResultLocation;
interface Web {
  web: { url?: string; domain?: string };
}
interface DocumentChar {
  documentChar: { documentIndex?: number; start?: number; end?: number };
}
interface DocumentPage {
  documentPage: { documentIndex?: number; start?: number; end?: number };
}
interface DocumentChunk {
  documentChunk: { documentIndex?: number; start?: number; end?: number };
}
interface SearchResultLocation {
  searchResultLocation: { searchResultIndex?: number; start?: number; end?: number };
}
type Citation = { title?: string; source?: string; sourceContent?: { text?: string }[]; location?: Location };

interface Text {
  text: string;
}
interface Image {
  image: { format: "png" | "jpeg" | "gif" | "webp"; source: Source };
}
interface Document {
  document: { format?: string; name: string; source: Source };
}
interface Video {
  video: { format: string; source: Source };
}
interface Audio {
  audio: { format: string; source: Source };
}
interface ToolUse {
  toolUse: { toolUseId: string; name: string; input: object; type?: "server_tool_use" };
}
interface ToolResult {
  toolResult: { toolUseId: string; content: { text: string }[]; status?: "success" | "error"; type?: string };
}
interface GuardContent {
  guardContent: { text: { text: string; qualifiers?: string[] } };
}
interface CachePoint {
  cachePoint: { type: "default"; ttl?: string };
}
interface ReasoningText {
  reasoningContent: { reasoningText: { text: string; signature?: string } };
}
interface RedactedReasoning {
  reasoningContent: { redactedContent: string };
}
interface CitationsContent {
  citationsContent: { content?: { text: string }[]; citations?: Citation[] };
}
interface SearchResult {
  searchResult: { source: string; title: string; content: { text: string }[]; citations?: { enabled: boolean } };
}
type ContentBlock =
  | Text
  | Image
  | Document
  | Video
  | Audio
  | ToolUse
  | ToolResult
  | GuardContent
  | CachePoint
  | ReasoningText
  | RedactedReasoning
  | CitationsContent
  | SearchResult;

type StopReason =
  | "end_turn"
  | "tool_use"
  | "max_tokens"
  | "stop_sequence"
  | "guardrail_intervened"
  | "content_filtered"
  | "malformed_model_output"
  | "malformed_tool_use"
  | "model_context_window_exceeded";

type Usage = {
  inputTokens: number;
  outputTokens: number;
  totalTokens: number;
  cacheReadInputTokens?: number;
  cacheWriteInputTokens?: number;
  cacheDetails?: { ttl: "5m" | "1h"; inputTokens: number }[];
};
/** The assessments are left unnamed: they are reported, or carried, with the trace that they stand in. */
type Trace = {
  guardrail?: { modelOutput?: string[]; actionReason?: string; inputAssessment?: object; outputAssessments?: object };
  promptRouter?: { invokedModelId?: string };
};
type Beside = {
  trace?: Trace;
  performanceConfig?: { latency?: "standard" | "optimized" };
  serviceTier?: { type: "priority" | "default" | "flex" | "reserved" };
};

export type ConverseResponse = Beside & {
  output: { message: { role: "assistant"; content: ContentBlock[] } };
  stopReason: StopReason;
  usage: Usage;
  metrics: { latencyMs: number };
  additionalModelResponseFields?: object;
};

interface ToolUseStart {
  toolUse: { toolUseId: string; name: string; type?: "server_tool_use" };
}
interface ToolResultStart {
  toolResult: { toolUseId: string; type?: string; status?: "success" | "error" };
}
interface ImageStart {
  image: { format: "png" | "jpeg" | "gif" | "webp" };
}
interface ToolUseDelta {
  toolUse: { input: string };
}
interface ToolResultDelta {
  toolResult: { text: string }[];
}
interface ReasoningTextDelta {
  reasoningContent: { text: string };
}
interface SignatureDelta {
  reasoningContent: { signature: string };
}
interface RedactedDelta {
  reasoningContent: { redactedContent: string };
}
interface CitationDelta {
  citation: Citation;
}
interface ImageDelta {
  image: { source: Source };
}

/** One field for each event: its name stands in the header `:event-type`. */
export type ConverseStreamOutput = {
  messageStart?: { role: "assistant" };
  contentBlockStart?: { contentBlockIndex: number; start: ToolUseStart | ToolResultStart | ImageStart };
  contentBlockDelta?: {
    contentBlockIndex: number;
    delta:
      | Text
      | ToolUseDelta
      | ToolResultDelta
      | ReasoningTextDelta
      | SignatureDelta
      | RedactedDelta
      | CitationDelta
      | ImageDelta;
  };
  contentBlockStop?: { contentBlockIndex: number };
  messageStop?: { stopReason: StopReason; additionalModelResponseFields?: object };
  metadata?: Beside & { usage: Usage; metrics: { latencyMs: number } };
};
