// Losses over real sockets, for every client towards every upstream dialect: refused where the client is strict, else named, early or late.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { ModelFacts } from "../../src/providers/facts.ts";
import type { Bytes, FaultWire } from "../exchange/fault-wires.ts";
import { completeStream, faultWires } from "../exchange/fault-wires.ts";
import { eventMessage } from "../support/aws-event-stream.ts";
import type { Step } from "../support/fake-upstream.ts";
import { jsonReply } from "../support/fake-upstream.ts";
import { type Gateway, type ModelHost, openGateway, openModelHost } from "../support/gateway.ts";
import type { Case } from "./cases.ts";
import { type Client, readClients } from "./clients.ts";
import { judge } from "./judge.ts";
import { plainTargets } from "./matrix.ts";

const clients = await readClients();
const targets = plainTargets();

const paths: { readonly [dialect: string]: (model: string, stream: boolean) => string } = {
  "openai-chat": () => "/v1/chat/completions",
  "openai-responses": () => "/v1/responses",
  "anthropic-messages": () => "/v1/messages?beta=true",
  gemini: (model, stream) => `/v1beta/models/${model}:${stream ? "streamGenerateContent?alt=sse" : "generateContent"}`,
};

/** Each dialect's own envelope of an error (translation.md B13). */
const envelopes: { readonly [dialect: string]: object } = {
  "openai-chat": { error: { type: "invalid_request_error", param: expect.any(String), message: expect.any(String) } },
  "openai-responses": {
    error: { type: "invalid_request_error", param: expect.any(String), message: expect.any(String) },
  },
  "anthropic-messages": { type: "error", error: { type: "invalid_request_error", message: expect.any(String) } },
  gemini: { error: { code: 400, status: "INVALID_ARGUMENT", message: expect.any(String) } },
};

const streamed = (wire: FaultWire, frames: readonly Bytes[]): readonly Step[] => [
  { head: { headers: [["content-type", wire.streamType]] } },
  ...frames.map((write) => ({ write })),
  { end: "complete" as const },
];

let host: ModelHost;
let gateway: Gateway;
let strict: Gateway;
/** What the host answers next. */
let answer: readonly Step[] = [];
beforeAll(async () => {
  host = await openModelHost(() => answer);
  const hosts = Object.fromEntries(faultWires.map(({ prefix }) => [prefix, host]));
  const environment = { BEDROCK_REGION: "eu-west-1" };
  gateway = await openGateway({ hosts, environment });
  strict = await openGateway({ hosts, environment, file: JSON.stringify({ strict: true }) });
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await strict[Symbol.asyncDispose]();
  host.close();
});

const modelOf = ({ prefix, stem = "" }: FaultWire) => `${prefix.toLowerCase().replaceAll("_", "-")}/${stem}model-1`;

type Asking = { client: Client; wire: FaultWire; body: object; stream?: boolean; headers?: { [name: string]: string } };

function ask(url: string, { client, wire, body, stream = false, headers = {} }: Asking): Promise<Response> {
  const model = modelOf(wire);
  const named = client.dialect.id === "gemini" ? body : { ...body, model, ...(stream && { stream }) };
  return fetch(url + (paths[client.dialect.id] as (model: string, stream: boolean) => string)(model, stream), {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(named),
  });
}

/** The first field of the client's language, as its SDK declares it, that the upstream's has no place for. */
async function firstLoss(client: Client, upstream: string): Promise<{ given: Case; names: string[] } | undefined> {
  const target = targets.find(({ dialect }) => dialect === upstream) as (typeof targets)[number];
  const models = new ModelFacts();
  for (const given of client.cases) {
    // Fields of the request itself: what stands deeper brings a whole message along, with media to be fetched.
    if (given.isRequired || given.path.includes("[].")) continue;
    const outcome = await judge({ client: client.dialect, target, models }, given);
    if (outcome.kind === "lost") return { given, names: outcome.names };
  }
  return undefined;
}

const pairs = clients.flatMap((client) =>
  faultWires.map((wire) => ({
    client,
    wire,
    from: client.title,
    to: wire.dialect,
    isOwn: client.dialect.id === wire.dialect,
  })),
);

test("these are four clients and six upstream dialects", () => {
  expect(new Set(pairs.map(({ from, to }) => `${from} ${to}`)).size).toBe(24);
  expect(pairs.filter(({ isOwn }) => isOwn)).toHaveLength(4);
});

describe.each(pairs)("$from to $to", ({ client, wire, isOwn }) => {
  test("a loss known beforehand is a 400 where it is strict, and else named", async () => {
    answer = jsonReply(wire.whole);
    const found = await firstLoss(client, wire.dialect);
    // Nothing is lost between two of the same language: there strict changes nothing.
    expect(found === undefined).toBe(isOwn);
    const body = (found?.given ?? (client.cases[0] as Case)).given as object;
    const asking = { client, wire, body };
    const before = host.calls.length;
    const told = await ask(gateway.url, asking);
    expect([told.status, host.calls.length]).toEqual([200, before + 1]);
    expect(told.headers.get("x-sluice-translation")).toBe(isOwn ? "native" : "lossy");
    const names = told.headers.get("x-sluice-lost")?.split(",") ?? [];
    expect(names).toEqual(expect.arrayContaining(found?.names ?? []));
    await told.bytes();
    for (const answered of [
      await ask(gateway.url, { ...asking, headers: { "x-sluice-strict": "true" } }),
      await ask(strict.url, asking),
    ]) {
      const reply = await answered.text();
      if (isOwn) {
        expect(answered.status).toBe(200);
        continue;
      }
      expect(answered.status).toBe(400);
      expect(JSON.parse(reply)).toMatchObject(envelopes[client.dialect.id] as object);
      for (const name of found?.names ?? []) expect(reply).toContain(name);
    }
    // Nothing was sent for what was refused.
    expect(host.calls.length).toBe(before + (isOwn ? 3 : 1));
  });
});

type Late = { frames: Bytes[]; sent: string; carried: { readonly [client: string]: RegExp } };

const weighed = JSON.stringify([{ token: "Hello", logprob: -0.25, bytes: null, top_logprobs: [] }]);
const stopped = { "openai-chat": /"stop_sequence":"END"/, "anthropic-messages": /"stop_sequence":"END"/ };
const logprobs = {
  "openai-chat": /"logprob":-0\.25/,
  "openai-responses": /"logprob":-0\.25/,
  gemini: /"logProbability":-0\.25/,
};
/** A name of the field that is lost, in the way that the client is told of it, and where it stands for those who have it. */
function lateLoss(wire: FaultWire): Late {
  const frames = completeStream(wire);
  const swap = (from: string, to: string) => {
    const swapped = frames.map((frame) => (typeof frame === "string" ? frame.replace(from, to) : frame));
    expect(swapped).not.toEqual(frames);
    return swapped;
  };
  switch (wire.dialect) {
    case "openai-chat": {
      const said = '"delta":{"content":"Hello"}';
      return { frames: swap(said, `${said},"logprobs":{"content":${weighed}}`), sent: "logprobs", carried: logprobs };
    }
    case "openai-responses": {
      const said = '"delta":"Hello","logprobs":';
      return { frames: swap(`${said}[]`, `${said}${weighed}`), sent: "logprobs", carried: logprobs };
    }
    case "gemini": {
      const chosen = '{"chosenCandidates":[{"token":"Hello","logProbability":-0.25}],"topCandidates":[]}';
      const finish = '"finishReason":"STOP"';
      return { frames: swap(finish, `${finish},"logprobsResult":${chosen}`), sent: "logprobs", carried: logprobs };
    }
    case "anthropic-messages":
      return {
        frames: swap('"end_turn","stop_sequence":null', '"stop_sequence","stop_sequence":"END"'),
        sent: "stop_sequence",
        carried: stopped,
      };
    case "bedrock-converse": {
      const stop = { stopReason: "stop_sequence", additionalModelResponseFields: { stop_sequence: "END" } };
      const message = eventMessage("messageStop", JSON.stringify(stop));
      return {
        frames: frames.map((frame, index) => (index === frames.length - 2 ? message : frame)),
        sent: "stop_sequence",
        carried: stopped,
      };
    }
    default:
      return {
        frames: swap('"finish_reason":"COMPLETE"', '"finish_reason":"STOP_SEQUENCE"'),
        sent: "stop_sequence",
        // Which one it was, Cohere does not say; `stop` is OpenAI's word for both ways to end.
        carried: { "openai-chat": /"finish_reason":"stop"/, "anthropic-messages": /"stop_reason":"stop_sequence"/ },
      };
  }
}

const hello: { readonly [dialect: string]: object } = {
  "openai-chat": { messages: [{ role: "user", content: "Hi" }] },
  "openai-responses": { input: "Hi" },
  "anthropic-messages": { max_tokens: 50, messages: [{ role: "user", content: "Hi" }] },
  gemini: { contents: [{ role: "user", parts: [{ text: "Hi" }] }] },
};

async function lostCount(field: string): Promise<number> {
  const stats = (await (await fetch(`${gateway.url}/statsz`)).json()) as { lost?: { [field: string]: number } };
  return stats.lost?.[field] ?? 0;
}

describe.each(pairs.filter(({ isOwn }) => !isOwn))("a stream of $to for $from", ({ client, wire }) => {
  test("carries what came late, or names it in its last comment, in the log and in the counters", async () => {
    const { frames, sent, carried } = lateLoss(wire);
    answer = streamed(wire, frames);
    const isCarried = carried[client.dialect.id];
    const before = await lostCount(sent);
    const settled = gateway.logged().split('"message":"request"').length;
    // What is known later cannot be refused: strict or not, the answer is the same.
    const headers = { "x-sluice-strict": "true" };
    const body = hello[client.dialect.id] as object;
    const response = await ask(gateway.url, { client, wire, body, stream: true, headers });
    expect([response.status, response.headers.get("x-sluice-lost")]).toEqual([200, null]);
    const text = await response.text();
    const line = (await gateway.settled(settled)).at(-1);
    const comment = `: sluice-lost=${sent}`;
    if (isCarried) {
      expect(text).toMatch(isCarried);
      expect([text.includes(comment), line?.["lost"], (await lostCount(sent)) - before]).toEqual([false, undefined, 0]);
      return;
    }
    expect(text.trimEnd().split("\n").at(-1)).toBe(comment);
    expect([line?.["lost"], (await lostCount(sent)) - before]).toEqual([[sent], 1]);
  });
});
