// The traffic of the bench: request bodies that look like real chats, and the whole replies of the fake upstream.
import type { RequestSpec, Shape } from "./plan.ts";

/** Stands once in every text delta and nowhere else in a reply, so that deltas can be counted without parsing. */
export const mark = "@";
/** Digits, point and fraction of a stamp behind the mark: fixed, so that it can be overwritten in place. */
export const stampBytes = 17;

export type Behaviour =
  | { kind: "whole" }
  /** 100 frames, one write each, as fast as the loop turns. */
  | { kind: "burst" }
  /** A stamped delta every `periodMs`, `deltas` of them. */
  | { kind: "paced"; periodMs: number; deltas: number }
  /** A short stream in one write, after one of two waits. */
  | { kind: "bimodal"; fastMs: number; slowMs: number; slowPercent: number };

const modelStem: { readonly [shape in Shape]: string } = {
  chat: "bench-model",
  messages: "claude-bench",
  responses: "codex-bench",
  gemini: "gemini-bench",
  converse: "converse-bench",
  cohere: "command-bench",
};
/** Names of provider instances. OpenAI serves `codex-` models on Responses alone. */
const vendor: { readonly [shape in Shape]: string } = {
  chat: "openai",
  messages: "anthropic",
  responses: "openai",
  gemini: "gemini",
  converse: "bedrock",
  cohere: "cohere",
};

/** A host that speaks Chat Completions alone, so that every other language must be translated. */
export const chatOnlyVendor = "openai-compatible";

/** The behaviour is written in the model's name: it is the only thing that passes every contender. */
export function modelName(shape: Shape, behaviour: Behaviour, provider = vendor[shape]): string {
  const stem = `${provider}/${modelStem[shape]}`;
  if (behaviour.kind === "paced") return `${stem}-paced-${behaviour.periodMs}-${behaviour.deltas}`;
  if (behaviour.kind === "bimodal") {
    return `${stem}-bimodal-${behaviour.fastMs}-${behaviour.slowMs}-${behaviour.slowPercent}`;
  }
  return behaviour.kind === "burst" ? `${stem}-burst` : stem;
}

/** A name for the same model at three providers, which only Sluice knows: elsewhere the model itself is named. */
export const agentName = "bench-agent";

export const agentModels: readonly string[] = ["openai", "openai-second", chatOnlyVendor].map((provider) =>
  modelName("chat", { kind: "whole" }, provider),
);

/** A provider of two minds: most first tokens come at once, a few much later. */
export const bimodal = { kind: "bimodal", fastMs: 20, slowMs: 1000, slowPercent: 5 } as const;

/** A name for such a model with a second request where the first one is late. Another provider than the plain model's: what is learned of one is not of the other. */
export const hedgedName = "bench-hedged";
export const hedgedModel = modelName("chat", bimodal, "openai-second");
/** The most that may be sent twice. */
export const hedgeExtraPercent = 10;
/** Below the share that is in time: where five in a hundred are late, the 95th percentile is itself a late one now and then. */
export const hedge = { percentile: 90, min_delay: "50ms", max_extra_percent: hedgeExtraPercent };

/** Reads what `modelName` wrote, with or without the provider's prefix. */
export function behaviourOf(model: string): Behaviour {
  const paced = /-paced-(\d+)-(\d+)$/.exec(model);
  if (paced) return { kind: "paced", periodMs: Number(paced[1]), deltas: Number(paced[2]) };
  const waits = /-bimodal-(\d+)-(\d+)-(\d+)$/.exec(model);
  if (waits) {
    return { kind: "bimodal", fastMs: Number(waits[1]), slowMs: Number(waits[2]), slowPercent: Number(waits[3]) };
  }
  return model.endsWith("-burst") ? { kind: "burst" } : { kind: "whole" };
}

const sentences = [
  "The build fails on the second step because the cache key holds the branch name.",
  'She wrote: "please keep the old endpoint until the mobile release is out".',
  "First read the configuration, then open the storage, and only then start to listen.",
  "In practice a single slow consumer is enough to hold the whole queue back.",
  "\nHere is what the log says:\n\n\terror: connection reset by peer (attempt 3 of 5)\n",
  "We compared both versions over a week and the difference was within the noise.",
  'Use `git log --oneline -- "src/queue.ts"` to see who touched it last.',
  "The tariff table has three columns: the zone, the weight class and the price in cents.",
  "- check the certificate's end date\n- check the clock of the host\n- try again\n",
  "If the reader is faster than the writer, nothing has to wait and nothing is copied.",
  "They moved to Lisbon in the spring, and the garden has been growing wild since then.",
  "A short answer is enough here; the long one is in the appendix of the report.",
];

/** The same sequence of numbers in [0, 1) for the same seed (Park and Miller's multiplier): every run sends the same bodies. */
export function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647;
  };
}

function prose(next: () => number, length: number): string {
  let text = "";
  while (text.length < length) text += `${sentences[Math.floor(next() * sentences.length)] ?? ""} `;
  return text.slice(0, length);
}

type Turn = { role: "user" | "assistant"; content: string };

function schemaOf(next: () => number): object {
  const property = (description: string) => ({ type: "string", description });
  return {
    type: "object",
    properties: {
      path: property("Absolute path of the file."),
      query: property(prose(next, 160)),
      reason: { ...property(prose(next, 120)), enum: ["read", "write", "search"] },
      limit: { type: "integer", minimum: 1, maximum: 500 },
    },
    required: ["path", "query"],
    additionalProperties: false,
  };
}

function tools(shape: Shape, next: () => number): object[] {
  return ["read_file", "write_file", "search_files", "run_command", "list_folder", "fetch_page"].map((name) => {
    const description = prose(next, 400);
    const schema = schemaOf(next);
    if (shape === "messages") return { name, description, input_schema: schema };
    if (shape === "responses") return { type: "function", name, description, parameters: schema, strict: false };
    if (shape === "gemini") return { functionDeclarations: [{ name, description, parametersJsonSchema: schema }] };
    return { type: "function", function: { name, description, parameters: schema } };
  });
}

const smallestBodyWithToolsBytes = 50_000;
const longestTurn = 4000;

function body(spec: RequestSpec, turns: readonly Turn[], next: () => number): string {
  const system = "You are a careful assistant.\nAnswer briefly, and say so when you do not know.";
  const withTools = spec.bodyBytes >= smallestBodyWithToolsBytes ? { tools: tools(spec.shape, next) } : {};
  const sampling = { max_tokens: 1024, temperature: 0.7, stream: spec.stream };
  if (spec.shape === "messages") {
    return JSON.stringify({ model: spec.model, system, messages: turns, ...withTools, ...sampling });
  }
  if (spec.shape === "responses") {
    const { max_tokens, ...others } = sampling;
    const input = turns;
    return JSON.stringify({
      model: spec.model,
      instructions: system,
      input,
      ...withTools,
      ...others,
      max_output_tokens: max_tokens,
    });
  }
  if (spec.shape === "gemini") {
    const contents = turns.map(({ role, content }) => ({
      role: role === "user" ? "user" : "model",
      parts: [{ text: content }],
    }));
    const generationConfig = { maxOutputTokens: sampling.max_tokens, temperature: sampling.temperature };
    return JSON.stringify({
      contents,
      systemInstruction: { parts: [{ text: system }] },
      ...withTools,
      generationConfig,
    });
  }
  const usage = spec.stream ? { stream_options: { include_usage: true } } : {};
  const messages = [{ role: "system", content: system }, ...turns];
  return JSON.stringify({ model: spec.model, messages, ...withTools, ...sampling, ...usage });
}

/** A chat of exactly `bodyBytes`: user and assistant take turns, the last word is the user's. */
export function requestBody(spec: RequestSpec): string {
  const seed = 20251121;
  const empty = body(spec, [{ role: "user", content: "" }], numbers(seed)).length;
  if (empty > spec.bodyBytes) throw new Error(`a ${spec.shape} body has at least ${empty} bytes`);
  const next = numbers(seed + 1);
  const turns: Turn[] = [];
  let left = spec.bodyBytes - empty;
  // Two turns at a time, while there is room for them and for a last one; the text of a turn is at most a fifth longer when escaped.
  while (left > 3 * longestTurn) {
    for (const role of ["user", "assistant"] as const) {
      const turn: Turn = { role, content: prose(next, 200 + Math.floor(next() * (longestTurn - 1000))) };
      turns.push(turn);
      left -= JSON.stringify(turn).length + 1;
    }
  }
  const last = prose(next, left);
  // Escapes make the text longer on the wire: it is cut until it fits, and plain letters fill the rest.
  let kept = last.length;
  while (JSON.stringify(last.slice(0, kept)).length - 2 > left) kept -= 1;
  const filled = last.slice(0, kept) + "x".repeat(left - (JSON.stringify(last.slice(0, kept)).length - 2));
  return body(spec, [...turns, { role: "user", content: filled }], numbers(seed));
}

const created = 1763700000;
const answer = prose(numbers(7), 620);

/** Shapes that are measured with whole replies. */
export type WholeShape = "chat" | "messages";

const wholeReplies: { readonly [shape in WholeShape]: object } = {
  chat: {
    id: "chatcmpl-bench0000000000000000000001",
    object: "chat.completion",
    created,
    model: "bench-model",
    choices: [
      {
        index: 0,
        message: { role: "assistant", content: answer, refusal: null, annotations: [] },
        logprobs: null,
        finish_reason: "stop",
      },
    ],
    usage: {
      prompt_tokens: 212,
      completion_tokens: 148,
      total_tokens: 360,
      prompt_tokens_details: { cached_tokens: 0, audio_tokens: 0 },
      completion_tokens_details: {
        reasoning_tokens: 0,
        audio_tokens: 0,
        accepted_prediction_tokens: 0,
        rejected_prediction_tokens: 0,
      },
    },
    service_tier: "default",
    system_fingerprint: "fp_bench",
  },
  messages: {
    id: "msg_bench00000000000000000001",
    type: "message",
    role: "assistant",
    model: "claude-bench",
    content: [{ type: "text", text: answer }],
    stop_reason: "end_turn",
    stop_sequence: null,
    usage: { input_tokens: 212, output_tokens: 148, cache_creation_input_tokens: 0, cache_read_input_tokens: 0 },
  },
};

export function wholeReply(shape: WholeShape): string {
  return JSON.stringify(wholeReplies[shape]);
}
