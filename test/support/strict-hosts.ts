// Providers that refuse a conversation whose signed reasoning is missing, altered or out of order, as the real ones do.
import { jsonReply, type SeenRequest, type Step, sse } from "./fake-upstream.ts";
import { type ModelHost, openModelHost } from "./gateway.ts";

type Block = { [field: string]: unknown };

export type StrictHost = {
  host: ModelHost;
  /** What it refused, in words; empty when every request was in order. */
  refusals: string[];
};

/** JSON with its keys in order: a client may write the same object in another way. */
const canonical = (value: unknown): string =>
  JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === "object" && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([one], [other]) => (one < other ? -1 : 1)))
      : inner,
  );

const event = (type: string, fields: object = {}) => `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`;

function claudeFrames(content: readonly Block[], stop: string): string[] {
  const message = { id: "msg_1", type: "message", role: "assistant", model: "claude-sonnet-4-5" };
  const usage = { input_tokens: 5, output_tokens: 9 };
  const frames = [event("message_start", { message: { ...message, content: [], stop_reason: null, usage } })];
  for (const [index, block] of content.entries()) {
    const delta = (fields: object) => event("content_block_delta", { index, delta: fields });
    const start = (content_block: object) => event("content_block_start", { index, content_block });
    if (block["type"] === "thinking") {
      frames.push(start({ type: "thinking", thinking: "", signature: "" }));
      for (const piece of String(block["thinking"]).match(/[\s\S]{1,7}/g) ?? []) {
        frames.push(delta({ type: "thinking_delta", thinking: piece }));
      }
      frames.push(delta({ type: "signature_delta", signature: block["signature"] }));
    } else if (block["type"] === "text") {
      frames.push(start({ type: "text", text: "" }), delta({ type: "text_delta", text: block["text"] }));
    } else if (block["type"] === "tool_use") {
      frames.push(start({ ...block, input: {} }));
      frames.push(delta({ type: "input_json_delta", partial_json: JSON.stringify(block["input"]) }));
    } else {
      frames.push(start(block));
    }
    frames.push(event("content_block_stop", { index }));
  }
  frames.push(
    event("message_delta", { delta: { stop_reason: stop, stop_sequence: null }, usage: { output_tokens: 9 } }),
  );
  return [...frames, event("message_stop")];
}

/** Answers request n with `turns[n]`, whole or streamed, and wants every turn before it back as it was. */
export async function openStrictClaude(turns: readonly (readonly Block[])[]): Promise<StrictHost> {
  const refusals: string[] = [];
  const answer = (request: SeenRequest, index: number): readonly Step[] => {
    const body = request.json() as { stream?: boolean; messages: { role: string; content: Block[] | string }[] };
    const given = body.messages.filter(({ role }) => role === "assistant").map(({ content }) => content);
    const wanted = turns.slice(0, given.length);
    const fault = given.findIndex((content, at) => canonical(content) !== canonical(wanted[at]));
    if (fault >= 0 || given.length !== index) {
      const message = `messages.${fault}: thinking blocks in the latest assistant message cannot be modified: ${canonical(given)}`;
      refusals.push(message);
      return jsonReply({ type: "error", error: { type: "invalid_request_error", message } }, 400);
    }
    const content = turns[index] ?? [];
    const stop = content.some(({ type }) => type === "tool_use") ? "tool_use" : "end_turn";
    if (body.stream) return sse(claudeFrames(content, stop));
    const usage = { input_tokens: 5, output_tokens: 9 };
    const message = { id: "msg_1", type: "message", role: "assistant", model: "claude-sonnet-4-5" };
    return jsonReply({ ...message, content, stop_reason: stop, stop_sequence: null, usage });
  };
  return { host: await openModelHost(answer), refusals };
}

type Part = {
  functionCall?: { name: string; args?: object };
  thoughtSignature?: string;
  text?: string;
  thought?: boolean;
};

const signaturesOf = (parts: readonly Part[]): (string | undefined)[] =>
  parts.filter(({ functionCall }) => functionCall).map(({ thoughtSignature }) => thoughtSignature);

/** Gemini 3: the first call of each step must carry the signature that it was given; its siblings have none. */
export async function openStrictGemini(turns: readonly (readonly Part[])[]): Promise<StrictHost> {
  const refusals: string[] = [];
  const answer = (request: SeenRequest, index: number): readonly Step[] => {
    const body = request.json() as { contents: { role: string; parts: Part[] }[] };
    const given = body.contents.filter(({ role }) => role === "model").map(({ parts }) => signaturesOf(parts));
    const wanted = turns.slice(0, given.length).map(signaturesOf);
    if (canonical(given) !== canonical(wanted) || given.length !== index) {
      const message = `Function call is missing a thought_signature in functionCall parts: ${canonical(given)}`;
      refusals.push(message);
      return jsonReply({ error: { code: 400, status: "INVALID_ARGUMENT", message } }, 400);
    }
    const usageMetadata = { promptTokenCount: 5, candidatesTokenCount: 9, totalTokenCount: 14 };
    const reply = (parts: readonly Part[], finishReason?: string) => ({
      candidates: [{ index: 0, content: { role: "model", parts }, ...(finishReason && { finishReason }) }],
      usageMetadata,
      modelVersion: "gemini-3-pro-preview",
      responseId: `r${index}`,
    });
    const parts = turns[index] ?? [];
    if (!request.target.includes("streamGenerateContent")) return jsonReply(reply(parts, "STOP"));
    const frames = parts.map((part) => JSON.stringify(reply([part])));
    return sse([...frames, JSON.stringify(reply([{ text: "" }], "STOP"))]);
  };
  return { host: await openModelHost(answer), refusals };
}
