// Each client dialect to a provider that speaks it: the bytes of requests and replies pass as they are (issue 3, as is first).
import { afterAll, describe, expect, test } from "bun:test";
import { configSchema } from "../../src/config/schema.ts";
import { jsonReply, type Script } from "../support/fake-upstream.ts";
import { type Gateway, type ModelHost, openGateway, openModelHost } from "../support/gateway.ts";

type Route = {
  dialect: string;
  prefix: string;
  path: string;
  streamPath: string;
  /** Text of a body: `model` first, then this. */
  fields: string;
  /** In the body on every wire but Gemini's. */
  hasModel: boolean;
  /** Odd in white space, order, escapes and numbers; with usage, an end and fields that nobody knows. */
  whole: string;
  /** Whole frames of a stream, as odd. */
  stream: string;
  /** The stream flag, where it is in the body. */
  streams: string;
};

const odd =
  '"big" : 9007199254740993,"huge":1e400, "neg": -0,"one":1.0,"esc":"\\u00e9\\/\\ud83d\\ude00é☕" , "":{"a" :[ 1 ,{} ]}';

const routes: readonly Route[] = [
  {
    dialect: "Chat Completions",
    prefix: "OPENAI",
    path: "/v1/chat/completions",
    streamPath: "/v1/chat/completions",
    hasModel: true,
    fields: `${odd},"messages" :[ {"content":"be brief","role":"system" },{"role":"user" ,"content":"caf\\u00e9", "signature":"Ab\\/+=="} ]`,
    streams: ',"stream":true, "stream_options":{"include_usage":true }',
    whole: `{ "object":"chat.completion",${odd},"id":"c" ,\n"choices":[{"finish_reason":"stop","index":0,"message":{"content":"caf\\u00e9","role":"assistant"}}],"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5,"x":1.50}}  \n`,
    stream:
      `data: {"id":"c","choices":[{"delta":{"role":"assistant","content":"caf\\u00e9"},"index":0,"finish_reason":null}],${odd}}\n\n` +
      `: a comment\n\ndata:{"id":"c","choices":[{"delta":{},"index":0,"finish_reason":"stop"}]}\n\n` +
      `data: {"id":"c","choices":[],"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5}}\n\ndata: [DONE]\n\n`,
  },
  {
    dialect: "Responses",
    prefix: "OPENAI",
    path: "/v1/responses",
    streamPath: "/v1/responses",
    hasModel: true,
    fields: `${odd},"instructions" :"be brief","input" :[ {"content":"caf\\u00e9","role":"user"},{"type":"reasoning","summary":[],"encrypted_content":"gAAA\\/+=="} ],"store":false`,
    streams: ',"stream":true',
    whole: `{ "object":"response",${odd},"id":"resp_1" ,"status":"completed","output":[{"type":"message","content":[{"text":"caf\\u00e9","type":"output_text"}],"role":"assistant"}],"usage":{"input_tokens":3,"output_tokens":2,"total_tokens":5}}\n`,
    stream:
      `event: response.created\ndata: {"type":"response.created","sequence_number":0,"response":{"id":"resp_1","output":[]},${odd}}\n\n` +
      `event: response.output_text.delta\ndata: {"type":"response.output_text.delta","sequence_number":1,"delta":"caf\\u00e9","output_index":0}\n\n` +
      `event: response.something.new\ndata: {"type":"response.something.new","sequence_number":2}\n\n` +
      `event: response.completed\ndata: {"sequence_number":3,"type":"response.completed","response":{"id":"resp_1","status":"completed","output":[],"usage":{"input_tokens":3,"output_tokens":2,"total_tokens":5}}}\n\n`,
  },
  {
    dialect: "Messages",
    prefix: "ANTHROPIC",
    path: "/v1/messages?beta=true",
    streamPath: "/v1/messages?beta=true",
    hasModel: true,
    fields: `${odd},"max_tokens":64,"system" :"be brief","messages" :[ {"role":"user","content":"caf\\u00e9"},{"content":[{"thinking":" so \\n","signature":"Eq\\/+==","type":"thinking"},{"type":"text","text":"x"},{"type":"something_new","a":1.0}],"role":"assistant"},{"role":"user","content":"go on"} ]`,
    streams: ',"stream":true',
    whole: `{ "type":"message",${odd},"id":"msg_1" ,"role":"assistant","content":[{"text":"caf\\u00e9","type":"text"},{"type":"something_new"}],"stop_reason":"end_turn","usage":{"input_tokens":3,"output_tokens":2,"x":1.50}}\n`,
    stream:
      `event: message_start\ndata: {"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","content":[],"usage":{"input_tokens":3,"output_tokens":1}},${odd}}\n\n` +
      `event: ping\ndata: {"type": "ping"}\n\n` +
      `event: content_block_start\ndata: {"index":0,"type":"content_block_start","content_block":{"type":"thinking","thinking":"","signature":""}}\n\n` +
      `event: content_block_delta\ndata: {"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"Eq\\/+=="}}\n\n` +
      `event: content_block_stop\ndata: {"type":"content_block_stop","index":0}\n\n` +
      `event: message_delta\ndata: {"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":2}}\n\n` +
      `event: message_stop\ndata: {"type":"message_stop"}\n\n`,
  },
  {
    dialect: "Gemini",
    prefix: "GEMINI",
    path: "/v1beta/models/gemini/model-1:generateContent",
    streamPath: "/v1beta/models/gemini/model-1:streamGenerateContent?alt=sse",
    hasModel: false,
    fields: `${odd},"systemInstruction" :{"parts":[{"text":"be brief"}]},"contents" :[ {"parts":[{"text":"caf\\u00e9"}],"role":"user"},{"role":"model","parts":[{"thoughtSignature":"Eq\\/+==","text":"x"}]},{"role":"user","parts":[{"text":"go on"}]} ]`,
    streams: "",
    whole: `{ ${odd},"candidates":[{"finishReason":"STOP","content":{"role":"model","parts":[{"text":"caf\\u00e9","x":1.0}]},"index":0}],"usageMetadata":{"promptTokenCount":3,"candidatesTokenCount":2,"totalTokenCount":5}}\n`,
    stream:
      `data: {"candidates":[{"content":{"role":"model","parts":[{"text":"caf\\u00e9"}]},"index":0}],${odd}}\r\n\r\n` +
      `data: {"candidates":[{"finishReason":"STOP","content":{"parts":[{"thoughtSignature":"Eq\\/+==","text":""}],"role":"model"}}],"usageMetadata":{"promptTokenCount":3,"candidatesTokenCount":2,"totalTokenCount":5}}\r\n\r\n`,
  },
];

/**
 * Every policy that the schema has, set away from its default and triggered by none of the requests below: no byte may
 * change for it. The test below sees that none is forgotten.
 */
const policiesOf = (provider: string) => ({
  server: {
    master_key: "sk-master-0123456789abcdef",
    body_limit: "24MiB",
    commit_after: "5s",
    heartbeat: "5s",
    timeouts: { connect: "5s", headers: "50s", first_output: "50s", idle: "50s", total: "10m" },
  },
  resilience: {
    retry: { max_retries: 3, initial_backoff: "10ms", max_backoff: "1s", backoff_factor: 3, jitter_percent: 5 },
    circuit_breaker: { failure_threshold: 2, failure_window: "30s", timeout: "5s" },
    rest: { auth: "1m", quota: "1m", rate_limit: "2s", max: "5m" },
    host_limits: { "127.0.0.1": { requests_per_minute: 100_000, tokens_per_minute: 1_000_000_000 } },
  },
  replies: { annotate: false },
  passthrough: { enabled: true },
  strict: true,
  endpoints: { embeddings: { provider } },
  uploads: { limit: "64MiB" },
  models: { configured_mode: "add", allowed_models: ["*"], order: [provider], overrides: overridesOf(provider) },
  virtual_models: {
    careful: {
      strategy: "adaptive",
      targets: [{ model: `${provider}/model-1`, weight: 3, max_context: 50_000_000, max_output: 50_000_000 }],
      user_paths: ["/"],
      session_affinity: true,
      sticky_session_ttl_seconds: 60,
      max_retries: 5,
      cooldown_seconds: 30,
      failure_threshold: 3,
      failure_window_secs: 60,
      success_threshold: 2,
      retry: { max_retries: 2 },
      timeouts: { connect: "5s", first_output: "40s" },
      hedge: { percentile: 95, min_delay: "30s", max_extra_percent: 5 },
      // With a second target to go on at, a stream is read and written anew from its start (README).
      continuation: true,
      on_context_limit: "trim",
      slowdown: 0.01,
    },
  },
  agents: {
    worker: {
      strategy: "balanced",
      balance: { latency: 1, cost: 1, errors: 1, load: 1 },
      models: [`${provider}/model-1`, `${provider}/model-2`],
      required_capabilities: [],
      system_prompt: "For requests that have none.",
      on_context_limit: "larger",
      hedge: { percentile: 95, min_delay: "30s", max_extra_percent: 5 },
      slowdown: 0.01,
    },
  },
  // Not for model-1: "careful" would have somebody to go on at.
  failover: { rules: { [`${provider}/model-2`]: [`${provider}/model-1`], worker: ["careful"] } },
  discovery: { auto_agents: true },
  sessions: { enabled: true, auto_detect: true, headers: ["x-our-session"], ttl: "1h", max_entries: 100 },
  storage: { reasoning_memory: { enabled: true, ttl: "10m", size: "8MiB" } },
  content: { fetch_media: "any" },
  telemetry: { log_level: "debug", log_format: "json", log_requests: true },
  providers: {
    [provider]: {
      models: ["model-1", "model-2"],
      models_mode: "add",
      headers: { "x-team": "blue" },
      timeouts: { idle: "40s", total: "9m" },
      resilience: { retry: { max_retries: 1 }, circuit_breaker: { failure_threshold: 4 } },
      limits: { requests_per_minute: 10_000, tokens_per_minute: 900_000_000 },
      model_limits: { "model-1": { requests_per_minute: 9_000, tokens_per_minute: 800_000_000 } },
    },
  },
});

const overridesOf = (provider: string) => ({
  [`${provider}/`]: { context_window: 50_000_000, max_tokens: 50_000_000, input_cost_per_1m: 1, output_cost_per_1m: 2 },
});

/** Parts of the schema that nothing of a request's way depends on. */
const noPolicies = new Set(["demo"]);

test("the policies below are all that the schema has", () => {
  const configured = Object.keys(policiesOf("openai"));
  const parts = Object.keys(configSchema.properties).filter((name) => !noPolicies.has(name));
  expect(configured.toSorted()).toEqual(parts.toSorted());
});

const key = { authorization: "Bearer sk-master-0123456789abcdef" };

const open: AsyncDisposable[] = [];
afterAll(async () => {
  for (const each of open) await each[Symbol.asyncDispose]();
});

async function openRoute({ prefix }: Route, script: Script): Promise<{ gateway: Gateway; host: ModelHost }> {
  const host = await openModelHost(script);
  const file = JSON.stringify(policiesOf(prefix.toLowerCase()));
  const gateway = await openGateway({ hosts: { [prefix]: host }, file });
  open.push(gateway, { [Symbol.asyncDispose]: async () => host.close() });
  return { gateway, host };
}

const post = (url: string, body: string, headers: { [name: string]: string } = {}) =>
  fetch(url, { method: "POST", headers: { "content-type": "application/json", ...key, ...headers }, body });

/** What the client writes as its model, and what the provider gets. */
const names = ["provider/model", "careful", "worker"] as const;
type Name = (typeof names)[number];

const written = ({ hasModel, prefix }: Route, name: Name) =>
  hasModel ? `"model" : "${name === "provider/model" ? `${prefix.toLowerCase()}/model-1` : name}" ,` : "";
const sent = ({ hasModel }: Route) => (hasModel ? '"model" : "model-1" ,' : "");
/** Gemini has the model in the path. */
const pathOf = (path: string, name: Name) => (name === "provider/model" ? path : path.replace("gemini/model-1", name));

describe.each(routes.flatMap((route) => names.map((name) => ({ ...route, name, route }))))(
  "$dialect to $name",
  ({ route, name }) => {
    const bodies = {
      "odd text": `{ ${written(route, name)}${route.fields}\n}\t`,
      "4 MB": `{${written(route, name)}${route.fields},"pad":"${"é☕x\\n".repeat(620_000)}"}`,
    };

    test.each(Object.entries(bodies))(
      "a request with %s arrives as it was sent, but for the model's name",
      async (_, body) => {
        const { gateway, host } = await openRoute(route, jsonReply(JSON.parse(route.whole)));
        const response = await post(`${gateway.url}${pathOf(route.path, name)}`, body);
        expect(response.status).toBe(200);
        expect(response.headers.get("x-sluice-translation")).toBe("native");
        expect(response.headers.has("x-sluice-lost")).toBe(false);
        await response.bytes();
        const wanted = body.replace(written(route, name), sent(route));
        expect(host.calls[0]?.text() === wanted).toBe(true);
      },
    );

    test("a whole reply arrives as it was sent", async () => {
      const head = { head: { headers: [["content-type", "application/json"]] as const } };
      const { gateway } = await openRoute(route, [head, { write: route.whole }, { end: "complete" }]);
      const response = await post(`${gateway.url}${pathOf(route.path, name)}`, bodies["odd text"]);
      expect(await response.text()).toBe(route.whole);
    });

    test.each([1, 7, 100_000])("a stream in pieces of %d bytes arrives as it was sent", async (size) => {
      const bytes = Buffer.from(route.stream);
      const pieces = [];
      for (let at = 0; at < bytes.length; at += size) pieces.push({ write: bytes.subarray(at, at + size) });
      const head = { head: { headers: [["content-type", "text/event-stream"]] as const } };
      const { gateway } = await openRoute(route, [head, ...pieces, { end: "complete" }]);
      const body = `{ ${written(route, name)}${route.fields}${route.streams}}`;
      const response = await post(`${gateway.url}${pathOf(route.streamPath, name)}`, body);
      expect(await response.text()).toBe(route.stream);
    });
  },
);

test("beta headers and the version pass to the provider that they are meant for, and to no other", async () => {
  const [chat, responses, messages] = routes as [Route, Route, Route];
  const headers = {
    "anthropic-beta": "interleaved-thinking-2025-05-14,fine-grained-tool-streaming-2025-05-14",
    "anthropic-version": "2023-01-01",
    "openai-beta": "responses=v1",
  };
  const seen = async (route: Route) => {
    const { gateway, host } = await openRoute(route, jsonReply(JSON.parse(route.whole)));
    await (
      await post(`${gateway.url}${route.path}`, `{${written(route, "provider/model")}${route.fields}}`, headers)
    ).bytes();
    const names = new Map(host.calls[0]?.headers.map(([name, value]) => [name.toLowerCase(), value]));
    return Object.keys(headers).map((name) => names.get(name));
  };
  expect(await seen(messages)).toEqual([headers["anthropic-beta"], "2023-01-01", undefined]);
  expect(await seen(responses)).toEqual([undefined, undefined, "responses=v1"]);
  expect(await seen(chat)).toEqual([undefined, undefined, "responses=v1"]);
});
