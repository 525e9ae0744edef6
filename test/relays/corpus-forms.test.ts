// Providers that answer in the other form than they were asked for: the client still gets the form that it asked for.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { streams, wholeReplies } from "../support/corpus.ts";
import { type MockGateway, openMockGateway } from "../support/mock-gateway.ts";
import { type Seen, seenInStream, seenWhole } from "../support/seen.ts";

let gateway: MockGateway;
beforeAll(async () => {
  gateway = await openMockGateway({ providers: ["openai", "ollama", "anthropic", "gemini"] });
});
afterAll(() => gateway[Symbol.asyncDispose]());

const rows = [
  ["openai", "openai-chat"],
  ["ollama", "openai-chat"],
  ["anthropic", "anthropic-messages"],
  ["gemini", "gemini"],
] as const;

/** An error that was recorded as a body, a stream that is broken on purpose, and streams that the SDK cannot read as they are. */
const apart =
  /reasoning-model-legacy-parameter-error|spliced-message-start|^openai\/(mistral\/|openai-compatible\/anthropic-fallback)/;

const modelsOf = (recorded: typeof streams) =>
  rows.flatMap(([row, dialect]) =>
    recorded(dialect)
      .map(({ name }) => `${row}/${name}`)
      .filter((model) => !apart.test(model)),
  );

const withoutMadeUpIds = (seen: Seen): Seen => ({
  ...seen,
  calls: seen.calls.map((call) => ({ ...call, id: call.id.replace(/^call_[0-9a-f]{32}$/, "made up") })),
});

describe("S18 a whole reply to a request for a stream", () => {
  test.each(modelsOf(wholeReplies))("%s streams what it says", async (model) => {
    const { seen } = await seenInStream(gateway.client, `${model}!json-for-stream`);
    const whole = await seenWhole(gateway.client, model);
    expect(withoutMadeUpIds(seen)).toEqual(withoutMadeUpIds(whole.seen));
  });
});

describe("a stream in reply to a request for a whole reply", () => {
  test.each(modelsOf(streams))("%s is put together", async (model) => {
    const { seen } = await seenWhole(gateway.client, `${model}!stream-for-whole`);
    const streamed = await seenInStream(gateway.client, model);
    expect(withoutMadeUpIds(seen)).toEqual(withoutMadeUpIds(streamed.seen));
  });
});
