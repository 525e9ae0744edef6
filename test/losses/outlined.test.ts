// Large bodies are read by their outline: every declared field, with short and long texts, through every provider row, must
// become the same bytes, losses and errors as when the whole body is parsed at once.
import { expect, test } from "bun:test";
import { GatewayError } from "../../src/core/errors.ts";
import type { JsonObject, JsonValue } from "../../src/core/json.ts";
import { topMembers } from "../../src/dialects/framing/json-bytes.ts";
import { dialects } from "../../src/dialects/index.ts";
import { prepare } from "../../src/exchange/attempt.ts";
import { parseBody, type RequestBody } from "../../src/exchange/read-body.ts";
import { ModelFacts } from "../../src/providers/facts.ts";
import type { Target } from "../../src/routing/plan.ts";
import { type Client, readClients } from "./clients.ts";
import { distinctTargets } from "./targets.ts";

const clients = await readClients();
const models = new ModelFacts();
const filler = "word ".repeat(3400);
const rest = " and so on".repeat(60);

function mapTexts(value: JsonValue, change: (text: string) => string): JsonValue {
  if (typeof value === "string") return change(value);
  if (Array.isArray(value)) return value.map((inner) => mapTexts(inner, change));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, mapTexts(inner, change)]));
}

function textsIn(value: JsonValue): Set<string> {
  const found = new Set<string>();
  mapTexts(value, (text) => {
    found.add(text);
    return text;
  });
  return found;
}

/** With the texts of the field in question long, and with all texts long. */
function variants(given: JsonValue, value: JsonValue): JsonObject[] {
  const own = textsIn(value);
  const bodies = [
    ...(own.size > 0 ? [mapTexts(given, (text) => (own.has(text) ? text + rest : text))] : []),
    mapTexts(given, (text) => text + rest),
  ];
  return bodies.map((body) => ({ ...(body as JsonObject), filler }));
}

function parsedWhole(bytes: Uint8Array): RequestBody {
  const json = JSON.parse(new TextDecoder().decode(bytes)) as JsonObject;
  return { bytes, json, outline: json, top: topMembers(bytes) };
}

async function made(client: Client, target: Target, body: RequestBody): Promise<unknown> {
  const upstream = dialects[target.dialect];
  const half = client.dialect.client;
  if (!upstream || !half) throw new Error(`no route to ${target.dialect}`);
  try {
    const control = half.readControl(body.json);
    half.checkRequest(body.outline);
    const prepared = await prepare({
      ...{ models, target, upstream, client: client.dialect, body, inPlace: false },
      stream: control.stream,
      wantsUsage: control.wantsUsage,
      canonical: () => half.readRequest(body.json),
    });
    const { asIs, lost, adjusted, usageAsked } = prepared;
    const text = typeof prepared.body === "string" ? prepared.body : new TextDecoder().decode(prepared.body);
    return { text, asIs, lost, adjusted, usageAsked, control, demand: half.readDemand(body.outline) };
  } catch (cause) {
    if (cause instanceof GatewayError) return { code: cause.code, param: cause.param, message: cause.message };
    throw cause;
  }
}

const seenWays = new Set<string>();
/** Of targets whose rows do the same to a body only the first is tried. */
const pairs = distinctTargets().flatMap((target) => {
  const { provider, model, dialect: spoken } = target;
  const client = clients.find(({ dialect }) => dialect.id === spoken);
  const { adjustments } = models.get(provider, model, spoken);
  const way = JSON.stringify([spoken, adjustments]);
  if (!client || seenWays.has(way)) return [];
  seenWays.add(way);
  return [{ client, target, name: `${provider.name} (${spoken}, ${model})` }];
});

test.each(pairs)("$name: a body makes the same request by its outline", async ({ client, target }) => {
  const different: string[] = [];
  let asked = 0;
  let outlined = 0;
  for (const { id, given, value } of client.cases) {
    for (const variant of variants(given, value)) {
      const bytes = new TextEncoder().encode(JSON.stringify(variant));
      const body = parseBody(bytes);
      asked++;
      if (body.outline !== body.json) outlined++;
      const [byOutline, whole] = [await made(client, target, body), await made(client, target, parsedWhole(bytes))];
      if (!Bun.deepEquals(byOutline, whole)) different.push(id);
    }
  }
  expect(different).toEqual([]);
  expect(asked).toBeGreaterThan(100);
  expect(outlined).toBe(asked);
});

/** Bodies in which something is decided by what a long text says, by the dialect they are of. */
const tail = "A".repeat(600);
const inLink = (url: string) => ({ type: "image_url", image_url: { url: url + tail, media_type: "image/png" } });
const result = (id: string) => ({ role: "tool", tool_call_id: id, content: "4" });
const called = (id: string) => ({ id, type: "function", function: { name: "f", arguments: "{}" } });
const decisive: { readonly [dialect: string]: readonly JsonObject[] } = {
  "openai-chat": [
    { messages: [{ role: "assistant", tool_calls: [called(`a${tail}`)] }, result(`b${tail}`), result(`a${tail}`)] },
    { messages: [{ role: "assistant", tool_calls: [called(`a${tail}`)] }, result(`a${tail}`)] },
    ...["", "https://host/", "data:image/jpeg;base64,", "data:image/png;base64,", "data:image/svg+xml,%3Csvg%2"].map(
      (url) => ({ messages: [{ role: "user", content: [inLink(url)] }] }),
    ),
  ],
  "openai-responses": ["sluice1:gemini:signature:", ""].map((state) => ({
    input: [{ type: "reasoning", summary: [], encrypted_content: state + tail }],
  })),
  "anthropic-messages": [
    ...["sluice1:gemini:signature:", ""].map((state) => ({
      messages: [
        {
          role: "assistant",
          content: [
            { type: "thinking", thinking: "t", signature: state + tail },
            { type: "text", text: "x" },
          ],
        },
      ],
    })),
    ...["x-anthropic-billing-header: ", "y-anthropic-billing-header: "].map((text) => ({
      system: [{ type: "text", text: text + tail }],
      messages: [{ role: "user", content: "x" }],
    })),
  ],
  gemini: ["sluice-state-1:", "other-state-1:"].flatMap((mark) => [
    { contents: [{ role: "user", parts: [{ inlineData: { mimeType: `image/png;${tail}`, data: tail } }] }] },
    { contents: [{ role: "model", parts: [{ text: "x", thoughtSignature: btoa(mark + tail) }] }] },
    { contents: [{ role: "model", parts: [{ text: "x", thought_signature: btoa(mark + tail) }] }] },
  ]),
};

test.each(pairs)("$name: a long text that decides something does so by its outline", async ({ client, target }) => {
  for (const given of decisive[client.dialect.id] ?? []) {
    const bytes = new TextEncoder().encode(JSON.stringify({ model: "m", ...given, filler }));
    const body = parseBody(bytes);
    expect(body.outline).not.toBe(body.json);
    expect(await made(client, target, body)).toEqual(await made(client, target, parsedWhole(bytes)));
  }
});

const makers = new Set(["openai", "anthropic", "gemini"]);
test.each(pairs.filter(({ target }) => makers.has(target.provider.name) && !target.model.startsWith("gemma")))(
  "$name: a body with a long text in each member passes without that one is parsed",
  async ({ client, target }) => {
    const turn = { role: "user", content: [{ type: "text", text: tail }], parts: [{ text: tail }] };
    const given = { model: "m", input: [turn], system: tail, messages: [turn], contents: [turn], max_tokens: 5 };
    const body = parseBody(new TextEncoder().encode(JSON.stringify({ ...given, filler })));
    expect(await made(client, target, body)).toHaveProperty("asIs", true);
    for (const key of ["input", "system", "messages", "contents", "filler"]) {
      expect(Object.getOwnPropertyDescriptor(body.json, key)).toHaveProperty("get");
    }
  },
);

test("foreign state in a long signature is known by an outline, and does not reach Gemini", () => {
  const [foreign, own] = ["sluice-state-1:", "other-state-1:"].map((mark) => {
    const parts = [{ text: "x", thoughtSignature: btoa(mark + tail) }];
    const bytes = new TextEncoder().encode(JSON.stringify({ contents: [{ role: "model", parts }], filler }));
    const half = clients.find(({ dialect }) => dialect.id === "gemini")?.dialect.client;
    return half?.isForeign?.(parseBody(bytes).outline);
  });
  expect([foreign, own]).toEqual([true, false]);
});

const wrong: readonly JsonValue[] = [1.5, rest, {}];

/** The same body with another value in each of its places, one at a time. */
function* damaged(value: JsonValue): Generator<JsonValue> {
  yield* wrong;
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) {
      for (const inner of damaged(value[index] as JsonValue)) yield value.with(index, inner);
    }
  } else if (typeof value === "object" && value !== null) {
    for (const key of Object.keys(value)) {
      for (const inner of damaged(value[key] as JsonValue)) yield { ...value, [key]: inner };
    }
  }
}

test.each(clients)(
  "$title: what has a wrong type is refused with the same words by its outline",
  ({ dialect, cases }) => {
    const check = (body: JsonObject): string => {
      try {
        dialect.client?.checkRequest(body);
        return "";
      } catch (cause) {
        return (cause as Error).message;
      }
    };
    let refused = 0;
    const different: JsonValue[] = [];
    const seen = new Set<string>();
    for (const given of cases.map((each) => each.given as JsonObject)) {
      for (const key of Object.keys(given)) {
        for (const member of damaged(given[key] as JsonValue)) {
          // Most members of the bodies are the same.
          const mark = `${key} ${JSON.stringify(member)}`;
          if (seen.has(mark)) continue;
          seen.add(mark);
          const { json, outline } = parseBody(
            new TextEncoder().encode(JSON.stringify({ ...given, [key]: member, filler })),
          );
          const words = check(outline);
          if (words !== "") refused++;
          if (words !== check(json)) different.push({ [key]: member });
        }
      }
    }
    expect(different).toEqual([]);
    expect(refused).toBeGreaterThan(200);
  },
);
