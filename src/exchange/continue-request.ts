// Whether a streamed reply may go on at another target, and the request that asks that target to go on.
import type { ChatRequest, Turn } from "../core/chat.ts";
import type { Target } from "../routing/plan.ts";
import { clientHalf } from "./answer-failure.ts";
import { readCanonical } from "./read-body.ts";
import type { Run } from "./run-parts.ts";
import { withSystemPrompt } from "./system-prompt.ts";

/** For models that refuse a conversation whose last turn is the assistant's. */
const askToGoOn =
  "Your answer was cut off. Go on exactly where its text stops: do not repeat anything of it, and do not comment on this.";

/**
 * Asked before anything is sent: such a reply is read and written anew from its start, never passed as it is. `slowdown` releases on a
 * timeline of its own, and excludes it.
 */
export function mayContinue({ plan, control }: Run): boolean {
  const { continuation, slowdown } = plan.policies;
  return continuation === true && control.stream && !control.severalChoices && plan.targets.length > 1 && !slowdown;
}

/** Asked when a reply has broken off: what must be of a certain form cannot be sewn together. */
export function isContinuable(run: Run): boolean {
  const { output, sampling, modalities } = canonicalOf(run) ?? {};
  const isText = output === undefined || output.kind === "text";
  return isText && (sampling?.n ?? 1) === 1 && !modalities?.includes("audio");
}

export function canonicalOf(run: Run): ChatRequest | undefined {
  const { body, exchange, plan } = run;
  if (!body) return run.trimmed?.request ?? run.canonical;
  run.canonical ??= withSystemPrompt(readCanonical(body, clientHalf(exchange.dialect)), plan.systemPrompt);
  return run.trimmed?.request ?? run.canonical;
}

/** The conversation with what has been written so far as the assistant's beginning. */
export function continuedRequest(run: Run, request: ChatRequest, target: Target): ChatRequest {
  const { thread, parts } = run;
  if (!thread) return request;
  const { flags } = parts.models.get(target.provider, target.model, target.dialect).facts;
  const asking: Turn[] = flags.prefill === false ? [{ role: "user", blocks: [{ type: "text", text: askToGoOn }] }] : [];
  const { maxOutputTokens: limit } = request;
  const left = limit === undefined ? undefined : Math.max(1, limit - textTokens(run, target, thread.text));
  return {
    ...request,
    // Trailing white space is refused at that place (M03); the thread knows what it was.
    turns: [...withSaid(request.turns, thread.text.trimEnd()), ...asking],
    ...(left !== undefined && { maxOutputTokens: left }),
  };
}

/** A client's own beginning of the answer is gone on with, too: it is one text. */
function withSaid(turns: readonly Turn[], text: string): Turn[] {
  const last = turns.at(-1);
  const end = last?.role === "assistant" ? last.blocks.at(-1) : undefined;
  if (!last || end?.type !== "text") return [...turns, { role: "assistant", blocks: [{ type: "text", text }] }];
  const blocks = [...last.blocks.slice(0, -1), { ...end, text: end.text + text }];
  return [...turns.slice(0, -1), { ...last, blocks }];
}

/** An estimate. */
export function textTokens({ parts }: Run, target: Target, text: string): number {
  return text === "" ? 0 : parts.estimate.estimateInputTokens(target.model, Buffer.byteLength(text));
}
