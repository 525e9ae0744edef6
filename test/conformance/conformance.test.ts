// Every provider row against wire examples written by hand from its vendor's documents: what leaves, and what comes back.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { openProviders } from "../../src/providers/open.ts";
import { providerRows } from "../../src/providers/rows.ts";
import type { SeenRequest } from "../support/fake-upstream.ts";
import { type Call, HOST, KEY, type ProviderCase } from "./case.ts";
import { cases } from "./cases/index.ts";
import { openStage, type Stage } from "./play.ts";
import { readReply } from "./reading.ts";

/** Headers of HTTP itself; the suite looks at `content-type` and `accept` apart. */
const transport = [
  "accept",
  "accept-encoding",
  "connection",
  "content-length",
  "content-type",
  "host",
  "transfer-encoding",
  "user-agent",
];

/** Those of HTTP itself only where a case names them. */
function headersOf(request: SeenRequest, expected: object): { [name: string]: string } {
  const given = request.headers.map(([name, value]): [string, string] => [name.toLowerCase(), value]);
  return Object.fromEntries(given.filter(([name]) => !transport.includes(name) || Object.hasOwn(expected, name)));
}

/** Patterns match like strings, so the type says strings. */
function expectedHeaders(provider: ProviderCase, call?: Call): { [name: string]: string } {
  const headers = Object.entries({ ...provider.headers, ...call?.headers }).filter(([, value]) => value !== undefined);
  return Object.fromEntries(
    headers.map(([name, value]) => [name, value instanceof RegExp ? expect.stringMatching(value) : (value as string)]),
  );
}

const isStreamed = ({ to, send }: Call) =>
  to.includes("streamGenerateContent") || (!(send instanceof FormData) && send["stream"] === true);

const asksForUsage = ({ send }: Call) => !(send instanceof FormData) && send["stream_options"] !== undefined;

async function expectSent(provider: ProviderCase, call: Call, sent: SeenRequest): Promise<void> {
  expect(`${sent.method} ${sent.target}`).toBe(`POST ${call.target}`);
  const headers = expectedHeaders(provider, call);
  expect(headersOf(sent, headers)).toEqual(headers);
  if (call.body instanceof FormData) {
    const form = (await new Response(sent.body, {
      headers: { "content-type": sent.header("content-type") ?? "" },
    }).formData()) as FormData;
    expect(await partsOf(form)).toEqual(await partsOf(call.body));
  } else {
    expect(sent.header("content-type")).toBe("application/json");
    expect(sent.json()).toEqual(call.body);
  }
}

/** Parts in their order: text, or the file's name, type and content. */
function partsOf(form: FormData): Promise<unknown[]> {
  const parts = [...(form as unknown as Iterable<[string, string | File]>)];
  return Promise.all(
    parts.map(async ([name, value]) =>
      typeof value === "string" ? [name, value] : [name, value.name, value.type, await value.text()],
    ),
  );
}

type Made = Awaited<ReturnType<Stage["call"]>>;

function expectSeen(call: Call, { response, text, bytes }: Made): void {
  const { seen } = call;
  if ("status" in seen) {
    const { error } = JSON.parse(text) as { error: { [field: string]: unknown } };
    expect(response.status).toBe(seen.status);
    const { status: _, ...fields } = seen;
    expect(error).toMatchObject({ ...fields, message: expect.stringContaining(seen.message) });
    return;
  }
  expect([response.status, response.status === 200 ? "" : text]).toEqual([200, ""]);
  expect(response.headers.get("x-sluice-lost")?.split(",") ?? []).toEqual([...(call.lost ?? [])]);
  if ("json" in seen) expect(JSON.parse(text)).toMatchObject(seen.json);
  else if ("bytes" in seen) {
    expect(response.headers.get("content-type")).toBe(seen.type);
    expect(bytes).toEqual(seen.bytes);
  } else {
    expect(readReply(call.to, text, isStreamed(call))).toMatchObject(seen);
    // Counts that only the gateway asked for are not the client's: some break on a chunk without choices.
    if (isStreamed(call) && !asksForUsage(call)) expect(text).not.toContain('"choices":[]');
  }
}

describe.each(cases)("$type", (provider) => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await openStage(provider);
  });
  afterAll(() => stage[Symbol.asyncDispose]());

  test("is found where its documents say, by the variable that people have", () => {
    const keys = [
      provider.keyVariable ?? (Object.keys(provider.environment)[0] as string),
      ...(provider.alsoKnownAs ?? []),
    ];
    for (const variable of provider.address === undefined ? [] : keys) {
      const { providers, problems } = openProviders({}, { [variable]: KEY });
      expect(problems).toEqual([]);
      expect(providers.map(({ name, baseUrl }) => `${name} ${baseUrl}`)).toEqual([
        `${provider.type} ${provider.address}`,
      ]);
    }
    expect(Object.values(provider.environment).join() + provider.file).toContain(HOST);
  });

  test("lists its models", async () => {
    const { listing } = provider;
    if (!listing) return;
    expect(stage.listed?.target).toBe(listing.target);
    const headers = expectedHeaders(provider);
    expect(headersOf(stage.listed as SeenRequest, headers)).toEqual(headers);
    const response = await fetch(`${stage.gateway.url}/v1/models`);
    const { data } = (await response.json()) as { data: { id: string }[] };
    for (const model of listing.models) expect(data.map(({ id }) => id)).toContain(`${provider.type}/${model}`);
  });

  test.each(provider.calls.map((call) => [call.name, call] as const))("%s", async (_name, call) => {
    const made = await stage.call(call);
    await expectSent(provider, call, made.sent);
    expectSeen(call, made);
  });
});

describe("the suite", () => {
  test("has a case for every row, and no other", () => {
    expect(cases.map(({ type }) => type).sort()).toEqual(providerRows.map(({ type }) => type).sort());
  });

  test.each(providerRows)(
    "shows $type in every dialect that it speaks: a whole reply, a stream and an error",
    (row) => {
      const calls = cases.find(({ type }) => type === row.type)?.calls ?? [];
      const missing = Object.keys(row.speaks).flatMap((dialect) => {
        const made = calls.filter(({ proves }) => proves === dialect);
        const kinds = {
          whole: made.some((call) => !isStreamed(call) && "finish" in call.seen),
          stream: made.some((call) => isStreamed(call) && "finish" in call.seen),
          error: made.some((call) => "status" in call.seen),
        };
        return Object.entries(kinds).flatMap(([kind, shown]) => (shown ? [] : [`${dialect}: ${kind}`]));
      });
      expect(missing).toEqual([]);
    },
  );

  test.each(providerRows)("shows $type at every endpoint beside chat that it claims, and at no other", (row) => {
    const calls = cases.find(({ type }) => type === row.type)?.calls ?? [];
    const shown = new Set(calls.map(({ proves }) => proves).filter((proves) => !Object.hasOwn(row.speaks, proves)));
    expect([...shown].sort()).toEqual(Object.keys(row.operations ?? {}).sort());
  });

  test("cites a document in every case", () => {
    expect(cases.filter(({ documents }) => !/\d{4}-\d{2}/.test(documents)).map(({ type }) => type)).toEqual([]);
  });
});
