// Tokens per minute as a constraint of routing: a target without room for the size of a request is seen when it is planned, not when called.
import { expect, test } from "bun:test";
import { ending } from "../support/ending.ts";
import { jsonReply } from "../support/fake-upstream.ts";
import { type Gateway, openGateway, openModelHost } from "../support/gateway.ts";
import { openaiWire } from "./wires.ts";

const asked = (text: string) => ({ model: "pair", messages: [{ role: "user", content: text }] });
const short = asked("Say hello");
/** About 500 tokens, as long as nobody has counted. */
const long = asked("hello ".repeat(350));

async function open(limits: object) {
  const answer = {
    ...(openaiWire.whole as object),
    usage: { prompt_tokens: 50, completion_tokens: 10, total_tokens: 60 },
  };
  const first = await openModelHost(jsonReply(answer));
  const second = await openModelHost(jsonReply(answer));
  const gateway = await openGateway({
    hosts: { MISTRAL: first, MISTRAL_EAST: second },
    file: JSON.stringify({
      providers: { mistral: limits },
      virtual_models: { pair: { strategy: "fallback", targets: ["mistral/model-1", "mistral-east/model-1"] } },
    }),
  });
  return {
    gateway,
    ...ending(gateway, first, second),
  };
}

type Explanation = { candidates: { provider: string; usable: boolean; unusable?: string; retry_in_ms?: number }[] };

const explained = async ({ url }: Gateway, body: object) =>
  (await (
    await fetch(`${url}/v1/route/explain`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    })
  ).json()) as Explanation;

async function answeredBy(gateway: Gateway, body: object) {
  const response = await gateway.chat(body);
  await response.text();
  return [response.headers.get("x-sluice-provider"), response.headers.get("x-sluice-attempts")];
}

const limited: [string, object, string][] = [
  ["a provider", { limits: { tokens_per_minute: 100 } }, "mistral"],
  ["a model", { model_limits: { "model-1": { tokens_per_minute: 100 } } }, "mistral/model-1"],
];
for (const [name, limits, what] of limited) {
  test(`${name}: what fits goes there, what does not is planned elsewhere, and the explanation says why`, async () => {
    await using setup = await open(limits);
    const { gateway } = setup;
    expect(await answeredBy(gateway, short)).toEqual(["mistral", "1"]);
    await gateway.settled(1);
    // 60 of 100 are spent. The long one is the decision's, not a refusal of the call.
    const { candidates } = await explained(gateway, long);
    expect(candidates).toMatchObject([
      { provider: "mistral-east", usable: true },
      {
        provider: "mistral",
        usable: false,
        unusable: `${what} has 40 of its 100 tokens of this minute left`,
        retry_in_ms: expect.any(Number),
      },
    ]);
    expect(await answeredBy(gateway, long)).toEqual(["mistral-east", "1"]);
    expect((await explained(gateway, short)).candidates[0]).toMatchObject({ provider: "mistral", usable: true });
    expect(await answeredBy(gateway, short)).toEqual(["mistral", "1"]);
  });
}

test("a request larger than a whole minute goes through an empty window", async () => {
  await using setup = await open({ limits: { tokens_per_minute: 100 } });
  expect((await explained(setup.gateway, long)).candidates[0]).toMatchObject({ provider: "mistral", usable: true });
  expect(await answeredBy(setup.gateway, long)).toEqual(["mistral", "1"]);
});
