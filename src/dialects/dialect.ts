// The contract of a wire language. A dialect is pure: no I/O, no clock, no vendor names; it may keep state only in the
// small objects it opens for one reply.
import type { ChatRequest, DialectId } from "../core/chat.ts";
import type { BodySession, Demand } from "../core/demand.ts";
import type { GatewayError } from "../core/errors.ts";
import type { Emit, Reply, ReplyEvent } from "../core/events.ts";
import type { TargetFacts } from "../core/facts.ts";
import type { JsonObject, JsonValue } from "../core/json.ts";
import type { Usage } from "../core/usage.ts";

export interface Dialect {
  readonly id: DialectId;
  /** Absent for languages that are only called. */
  readonly client?: ClientHalf;
  /** Absent for languages that are only served. */
  readonly upstream?: UpstreamHalf;
}

/** One frame of a reply stream: an SSE event, or what stands for it in another framing. */
export type Frame = {
  /** The `event:` field; empty when absent. */
  event: string;
  /** The data lines joined with LF. */
  data: string;
};

/** What the reply should say about itself, known before the first event. */
export type ReplyContext = {
  requestId: string;
  /** Unix seconds; used where the provider gives no creation time. */
  nowSeconds: number;
  /** The provider instance that answers. */
  provider: string;
  /** The upstream's model id, used where the reply names none. */
  model: string;
  /** The model as the client named it, for dialects whose clients compare the reply's with that. */
  asked?: string;
  /** The client asked for the usage frame. */
  wantsUsage: boolean;
  /** What the input probably counts, for dialects that begin a stream with it. */
  inputTokensEstimate?: number;
};

/** The few fields of a client's body that decide where and how it goes. */
export type RequestControl = {
  /** As the client wrote it; undefined when it is missing or no string. */
  model: string | undefined;
  stream: boolean;
  /** Name of a provider that the client asks for; consumed by the gateway. */
  providerHint: string | undefined;
  /** The client asked to see usage in the stream. */
  wantsUsage: boolean;
  /** The client asked for more than one choice. */
  severalChoices?: boolean;
};

/** What the gateway itself changes in a body that is otherwise forwarded as it came. */
export type NativeChange = {
  /** The model id as the provider knows it. */
  model: string;
  /** Ask for usage in the stream on the client's behalf. */
  askUsage: boolean;
};

/** How a client asks us to count a request's tokens. */
export type CountingClient = {
  /** The body as one that asks for a reply, so that it is read in the same way. */
  asRequest(body: JsonObject): JsonObject;
  writeCount(inputTokens: number): JsonObject;
};

/** How a provider is asked to count, where its row says that it can. */
export type CountingUpstream = {
  /** A counting body, made of one that asks for a reply. */
  writeBody(body: JsonObject, facts: TargetFacts): JsonObject;
  /** Edits that make a client's counting body in this dialect fit for a target. Long texts of `body` may be marks, as in those of a reply. */
  nativeEdits(body: JsonObject, model: string): Edit[];
  /** Undefined for what is no count. */
  readCount(body: JsonValue): number | undefined;
};

/** A language we serve. */
export interface ClientHalf {
  /**
   * Where a body is opaque, by its top-level members: the keys within whose values are nobody's to interpret. Numbers there
   * reach `readRequest` as they are written (core/json.ts). An empty set is the member as a whole.
   */
  readonly exactFields?: ReadonlyMap<string, ReadonlySet<string>>;
  readControl(body: JsonObject): RequestControl;
  /**
   * What a checked body asks of a model beside an answer. Read only where there are models to choose from. Long texts of `body` may
   * be marks, as in `nativeEdits`.
   */
  readDemand(body: JsonObject): Demand;
  /** The session that a checked body belongs to. Read only where there are targets to choose from. */
  readSession(body: JsonObject): BodySession;
  /** Reads a parsed body. Throws GatewayError (400, naming the field) on anything that cannot be meant. */
  readRequest(body: JsonObject): ChatRequest;
  /** True for a body that this half reads but no upstream of this dialect would. Long texts of `body` may be marks, as in `nativeEdits`. */
  isForeign?(body: JsonObject): boolean;
  /** Throws GatewayError naming the field when a field that the dialect knows has a wrong type. Cheap: long texts of `body` may be marks. */
  checkRequest(body: JsonObject): void;
  openWriter(context: ReplyContext): ReplyWriter;
  writeReply(reply: Reply, context: ReplyContext): JsonObject;
  /** Absent for languages whose clients do not count. */
  counting?: CountingClient;
  /** The body of an error before the first byte. */
  writeError(error: GatewayError, requestId: string): JsonObject;
  /** The frames that end a stream with an error, in wire text. */
  writeErrorFrames(error: GatewayError, requestId: string, lastFrames?: Uint8Array): string;
  /** Wire text that keeps an idle connection alive. `started`: the reply's first frame has left. */
  heartbeat(started: boolean): string;
}

export interface ReplyWriter {
  /** Wire text for this event: zero or more whole frames. */
  write(event: ReplyEvent): string;
  /** Fields of the reply that could not be written, in order of appearance. */
  readonly lost: readonly string[];
}

/** A language we call. */
export interface UpstreamHalf {
  /** Throws GatewayError ("unsupported", naming the client's field) for what must not be sent without it. */
  writeRequest(request: ChatRequest, facts: TargetFacts): WrittenRequest;
  openReader(emit: Emit, facts: TargetFacts): FrameReader;
  /** A whole reply as events, ending with exactly one terminal event; an error inside a 200 becomes an `error` event. */
  readReply(body: JsonValue, emit: Emit, facts: TargetFacts): void;
  /** Reads the body of an error, or an error object found inside a reply. */
  readError(failure: UpstreamFailure): GatewayError;
  /** Keys of a whole reply whose values are opaque: numbers there reach `readReply` as they are written. */
  readonly exactFields?: ReadonlySet<string>;
  /** True: media behind http(s) addresses must be fetched and sent inline. */
  readonly needsInlineMedia?: boolean;
  /** How the reply's stream is cut into frames; server-sent events when absent. */
  readonly framing?: "sse" | "aws-event-stream";
  /** What the as-is relay looks for. */
  openTap(): ReplyTap;
  /** Edits that write what the gateway knows into a reply that passes as it is (`replies.annotate`). */
  annotateEdits?(body: JsonObject, provider: string): Edit[];
  /**
   * Edits that put the client's name of the model where a whole reply, or a frame of one, has the provider's. Absent where
   * clients do not compare the two.
   */
  renameEdits?(body: JsonObject, asked: string): Edit[];
  /**
   * Edits that make a client's body in this dialect fit for a target, before the row's adjustments. Long texts of `body` may be
   * marks (framing/json-outline.ts): none of them may be written.
   */
  nativeEdits(body: JsonObject, change: NativeChange): Edit[];
  /** Absent for languages whose providers do not count. */
  readonly counting?: CountingUpstream;
  /** Edits that put the gateway's system prompt into a client's body in this dialect; none where the client's own stays alone. */
  systemEdits?(body: JsonObject, prompt: { text: string; force: boolean }): Edit[];
  /** Named edits of a body in this dialect, which provider rows switch on. */
  readonly adjustments: { readonly [name: string]: Adjustment };
}

export type WrittenRequest = {
  body: JsonObject;
  /** Client fields that the body cannot express, in the client's names. */
  lost: string[];
  /** Tool names that had to be changed for this wire: wire name -> client's name. Calls in the reply carry the wire name. */
  toolAliases?: ReadonlyMap<string, string>;
  /** Wire names of free-text tools sent as functions of one string `input`. Calls in the reply carry that object. */
  freeformTools?: ReadonlySet<string>;
};

export interface FrameReader {
  /** Never throws for bad input: what cannot be read becomes an `error` event. */
  read(frame: Frame): void;
  /** The body has ended: emits `end` if a terminal marker was seen, else a truncation error. No-op after a terminal event. */
  end(): void;
}

export type UpstreamFailure = {
  status: number;
  /** Lower-case names. */
  headers: { get(name: string): string | null };
  /** Body text, at most 64 KiB of it. */
  text: string;
  provider: string;
};

/** What one frame says to somebody who only watches. */
export type Sighting = {
  /** Holds something a client may act on. */
  output?: boolean;
  usage?: Usage;
  /** A finish reason or the terminal marker: from here on an end of the body is a clean end. False takes that back. */
  finished?: boolean;
  /** The last frame of the stream. */
  terminal?: boolean;
  error?: GatewayError;
  /** Holds nothing but the usage that was asked for on the client's behalf. */
  usageOnly?: boolean;
  model?: string;
  id?: string;
};

export interface ReplyTap {
  /** Could this run of whole frames hold usage, a finish, an error or the terminal marker? Must never say no wrongly. */
  mayMatter(bytes: Uint8Array): boolean;
  inspect(frame: Frame): Sighting;
  /** The same for a whole reply. */
  inspectReply(body: JsonValue): Sighting;
  /** Frames that a finished stream must end with: written where the host left them out, since not every client does without. */
  readonly closing?: string;
}

/**
 * One change to a JSON body. `path` holds object keys and array indices; `set` creates missing objects on the way;
 * `prepend` puts the value before the first item of the array at `path`, and does nothing to anything else.
 */
export type Edit =
  | { path: readonly (string | number)[]; op: "set" | "prepend"; value: JsonValue }
  | {
      path: readonly (string | number)[];
      op: "remove" /** Name to report; absent when nothing of meaning is lost. */;
      lost?: string;
    };

/**
 * Pure: reads the body, returns what must change for this target. Of a large body it is asked first with marks in place of long
 * texts (framing/json-outline.ts), and again with the whole where it writes text. So: what a text begins with is asked of
 * `beginningOf`, and a mark equals no other text.
 */
export type Adjustment = (body: JsonObject, facts: TargetFacts) => Edit[];
