// What a run is given (its settings, the parts it calls) and what it keeps while it lasts. Types alone.
import type { ChatRequest } from "../core/chat.ts";
import type { Admit } from "../policy/admit.ts";
import type { Provider } from "../providers/provider.ts";
import type { Health } from "../routing/health.ts";
import type { Limits } from "../routing/limits.ts";
import type { ModelDirectory, Plan } from "../routing/plan.ts";
import type { RetryBudget } from "../routing/retry-budget.ts";
import type { ReasoningMemory } from "../storage/reasoning-memory.ts";
import type { Stats } from "../telemetry/stats.ts";
import type { Tokenizer } from "../tokens/tokenizer.ts";
import type { Prepared } from "./attempt.ts";
import type { Call } from "./call.ts";
import type { Course } from "./course.ts";
import type { Exchange, IdleLimit, Settle } from "./exchange.ts";
import type { PlanParts } from "./plan-chat.ts";
import type { RequestBody } from "./read-body.ts";
import type { NamedControl } from "./read-control.ts";
import type { ReplyBody } from "./reply-body.ts";
import type { ReplyThread } from "./reply-thread.ts";
import type { RunSettings } from "./run-settings.ts";
import type { Timers } from "./timers.ts";
import type { Upstream } from "./upstream.ts";

/** Replaces media addresses by their bytes where a target cannot fetch them. */
export type InlineMedia = (request: ChatRequest, signal: AbortSignal) => Promise<ChatRequest>;

export type RunParts = PlanParts & {
  settings: RunSettings;
  admit: Admit;
  providers: ReadonlyMap<string, Provider>;
  directory: ModelDirectory;
  upstream: Upstream;
  timers: Timers;
  health: Health;
  limits: Limits;
  retryBudget: RetryBudget;
  hedgeBudget: RetryBudget;
  stats: Stats;
  inlineMedia: InlineMedia;
  settle: Settle;
  tokenizer: Tokenizer;
  /** Turns that clients may not send back whole; undefined where none are kept. */
  reasoning: ReasoningMemory | undefined;
  /** Told of every exchange at its start. */
  onOpen: (exchange: Exchange) => void;
  listener: IdleLimit;
};

export type Run = {
  parts: RunParts;
  exchange: Exchange;
  request: Request;
  plan: Plan;
  course: Course;
  /** Undefined once nothing more can be made of it: a reply may take minutes, and bodies are large. */
  body: RequestBody | undefined;
  control: NamedControl;
  strict: boolean;
  /** The canonical request, read when a target first needs it. */
  canonical: ChatRequest | undefined;
  /** What was made of the body in place, for the only target of a plan. */
  prepared: Prepared | undefined;
  /** The request without its oldest turns, once it was too long. */
  trimmed: { request: ChatRequest; dropped: number } | undefined;
  /** The streamed reply, once it has broken off and others are asked to go on with it. */
  thread: ReplyThread | undefined;
  /** When the call began that gave its start, on the gateway's clock. */
  begunMs: number | undefined;
};

/** What a target has answered, before anything of it has left. */
export type Answer<Taken> = { taken: Taken; call: Call; prepared: Prepared; reply: ReplyBody };

export type Take<Taken> = (call: Call, prepared: Prepared, reply: ReplyBody) => Promise<Taken>;
