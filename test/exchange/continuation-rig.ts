// Providers that break off, those who go on, and what clients ask and read, for the tests of continuation.
import { ending } from "../support/ending.ts";
import type { openFakeClock } from "../support/fake-clock.ts";
import { type Script, type Step, sse } from "../support/fake-upstream.ts";
import { type Gateway, type ModelHost, openGateway, openModelHost } from "../support/gateway.ts";
import { anthropicWire, openaiWire } from "./wires.ts";

const chunk = (rest: object) =>
  `data: ${JSON.stringify({ id: "chatcmpl-2", object: "chat.completion.chunk", created: 1, model: "model-2", ...rest })}\n\n`;
export const delta = (content: object, finish: string | null = null) =>
  chunk({ choices: [{ index: 0, delta: content, finish_reason: finish }] });
export const usageOf = (input: number, output: number) =>
  chunk({ choices: [], usage: { prompt_tokens: input, completion_tokens: output, total_tokens: input + output } });
const claudeFrame = (type: string, rest: object) => `event: ${type}\ndata: ${JSON.stringify({ type, ...rest })}\n\n`;
export const claudeText = (text: string) =>
  claudeFrame("content_block_delta", { index: 0, delta: { type: "text_delta", text } });

/** What goes on: says " world", for 10 and 4 tokens. */
export const goingOn = sse([
  delta({ role: "assistant", content: "" }),
  delta({ content: " world" }),
  delta({}, "stop"),
  usageOf(10, 4),
  "data: [DONE]\n\n",
]);

type Ends = "reset" | "cut" | "complete" | "error frame" | "malformed";

/** Text, then one of the ways to break off. What has not been read is lost with the connection: those wait until the client has the text. */
export function breaking(frames: readonly string[], how: Ends, seen: Promise<void>, errorFrame: string): Step[] {
  if (how === "error frame") return sse([...frames, errorFrame]);
  if (how === "malformed") return sse([...frames, "data: {not json\n\n"]);
  if (how === "reset") return [...sse(frames).slice(0, -1), { waitFor: seen }, { reset: true }];
  return how === "cut" ? [...sse(frames).slice(0, -1), { waitFor: seen }, { end: "cut" }] : sse(frames);
}

export const chatOpening = [...openaiWire.opening, openaiWire.output];
export const claudeOpening = [...anthropicWire.opening, anthropicWire.output];

type Setup = {
  first: Script;
  second: Script;
  third?: Script;
  policies?: object;
  clock?: ReturnType<typeof openFakeClock>;
};

export async function open({ first, second, third, policies = { continuation: true }, clock }: Setup) {
  const hosts: { [prefix: string]: ModelHost } = {
    MISTRAL: await openModelHost(first),
    MISTRAL_EAST: await openModelHost(second),
    ...(third && { MISTRAL_WEST: await openModelHost(third) }),
  };
  const targets = ["mistral/model-1", "mistral-east/model-2", ...(third ? ["mistral-west/model-3"] : [])];
  const gateway = await openGateway({
    hosts,
    file: JSON.stringify({ virtual_models: { pair: { strategy: "fallback", targets, ...policies } } }),
    ...(clock && { clock }),
  });
  return {
    gateway,
    calls: () => Object.values(hosts).map((host) => host.calls.length),
    host: (prefix: string) => hosts[prefix] as ModelHost,
    ...ending(gateway, ...Object.values(hosts)),
  };
}

export const asked = (more: object = {}) => ({
  model: "pair",
  stream: true,
  stream_options: { include_usage: true },
  max_tokens: 100,
  messages: [{ role: "user", content: "Say hello" }],
  ...more,
});

/** All of a stream; `onText` is told when the first text is there. */
export async function textOf(response: Response, onText: () => void = () => undefined): Promise<string> {
  let text = "";
  const decoder = new TextDecoder();
  for await (const piece of response.body as unknown as AsyncIterable<Uint8Array>) {
    text += decoder.decode(piece, { stream: true });
    if (text.includes("Hello")) onText();
  }
  return text;
}

const post = (url: string, body: object, headers: { [name: string]: string } = {}) =>
  fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
  });

export const askMessages = ({ url }: Gateway) =>
  post(
    `${url}/v1/messages`,
    { model: "pair", stream: true, max_tokens: 100, messages: [{ role: "user", content: "Say hello" }] },
    { "anthropic-version": "2023-06-01" },
  );

export const askResponses = ({ url }: Gateway) =>
  post(`${url}/v1/responses`, { model: "pair", stream: true, input: "Say hello" });

export const askGemini = ({ url }: Gateway) =>
  post(`${url}/v1beta/models/pair:streamGenerateContent?alt=sse`, {
    contents: [{ role: "user", parts: [{ text: "Say hello" }] }],
  });

type Told = { id?: string; usage?: { prompt_tokens: number; completion_tokens: number; total_tokens: number } };
export const chunksOf = (wire: string) =>
  wire
    .split("\n\n")
    .filter((frame) => frame.startsWith("data: {"))
    .map((frame) => JSON.parse(frame.slice("data: ".length)) as Told);
