// Sends one case towards one target and judges what became of its field.
import { GatewayError } from "../../src/core/errors.ts";
import type { JsonObject, JsonValue } from "../../src/core/json.ts";
import type { Dialect } from "../../src/dialects/dialect.ts";
import { dialects } from "../../src/dialects/index.ts";
import { prepare } from "../../src/exchange/attempt.ts";
import { inlineMedia, type MediaOptions } from "../../src/exchange/fetch-media.ts";
import { parseBody, readCanonical } from "../../src/exchange/read-body.ts";
import type { ModelFacts } from "../../src/providers/facts.ts";
import type { Target } from "../../src/routing/plan.ts";
import type { Case } from "./cases.ts";

export type Outcome =
  /** Its value stands in the upstream's body. */
  | { kind: "carried" }
  /** The body says it in another way. */
  | { kind: "emulated" }
  /** 400, naming the client's field. */
  | { kind: "refused"; param: string }
  /** Reported to the client under these names; `partly`: something of it is in the body. */
  | { kind: "lost"; names: string[]; partly: boolean }
  /** The request without it is refused as well. */
  | { kind: "hidden"; param: string }
  | { kind: "vanished" };

/** `text` is the body as it would be sent. */
type Accepted = { body: JsonObject; text: string; lost: string[] };
export type Sent = Accepted | { refused: GatewayError };

export type Route = { client: Dialect; target: Target; models: ModelFacts };

/** First bytes of the media that the samples name, by their ending. */
const firstBytes: { readonly [ending: string]: number[] } = {
  png: [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a],
  pdf: [0x25, 0x50, 0x44, 0x46, 0x2d, 0x31, 0x2e, 0x34],
  mp4: [0, 0, 0, 0x18, 0x66, 0x74, 0x79, 0x70, 0x69, 0x73, 0x6f, 0x6d],
};
const mediaTypes: { readonly [ending: string]: string } = {
  png: "image/png",
  pdf: "application/pdf",
  mp4: "video/mp4",
};

/** The places that media lie at: what comes from there holds the address that was asked for. */
const outside: MediaOptions = {
  policy: "public",
  resolve: async () => ["93.184.215.14"],
  async fetch(url) {
    const ending = url.split(".").at(-1) ?? "";
    const text = new TextEncoder().encode(` ${url} `);
    const bytes = new Uint8Array([...(firstBytes[ending] ?? []), ...text]);
    return new Response(bytes, { headers: { "content-type": mediaTypes[ending] ?? "application/octet-stream" } });
  },
  signal: AbortSignal.timeout(600_000),
};

export function send(route: Route, wire: JsonObject): Promise<Sent> {
  return sendText(route, JSON.stringify(wire));
}

export async function sendText(route: Route, wire: string): Promise<Sent> {
  const { client, target, models } = route;
  const upstream = dialects[target.dialect];
  const half = client.client;
  if (!upstream || !half) throw new Error(`no route from ${client.id} to ${target.dialect}`);
  try {
    const body = parseBody(new TextEncoder().encode(wire));
    const control = half.readControl(body.json);
    half.checkRequest(body.json);
    const prepared = await prepare({
      models,
      target,
      upstream,
      client,
      body,
      inPlace: false,
      stream: control.stream,
      wantsUsage: control.wantsUsage,
      canonical: (called) => {
        const request = readCanonical(body, half);
        return called.needsInlineMedia ? inlineMedia(request, outside) : request;
      },
    });
    const text = typeof prepared.body === "string" ? prepared.body : new TextDecoder().decode(prepared.body);
    return { body: JSON.parse(text) as JsonObject, text, lost: prepared.lost };
  } catch (cause) {
    if (cause instanceof GatewayError && cause.status === 400) return { refused: cause };
    throw cause;
  }
}

export async function judge(route: Route, wanted: Case): Promise<Outcome> {
  const given = await send(route, wanted.given as JsonObject);
  const bare = await send(route, wanted.bare as JsonObject);
  if ("refused" in given) {
    const param = given.refused.param ?? "";
    return "refused" in bare && bare.refused.param === param ? { kind: "hidden", param } : { kind: "refused", param };
  }
  return outcomeOf(wanted, given, "refused" in bare ? { body: {}, text: "", lost: [] } : bare);
}

function outcomeOf({ value, path, isRequired }: Case, given: Accepted, bare: Accepted): Outcome {
  const added = newLeaves(given.body, bare.body);
  const own = path.split(".").at(-1) ?? path;
  // A field that must be there is lost from both; it is known by its name.
  const isOwn = (name: string) => isRequired && (name === own || name.endsWith(`.${own}`));
  const names = given.lost.filter((name) => !bare.lost.includes(name) || isOwn(name));
  // An object that says something by being there is known by its name.
  const words = wordsOf(value);
  if (words.length === 0) words.push(path.split(".").at(-1) ?? path);
  const isCarried = words.some((word) => added.some((leaf) => holds(leaf, word)));
  if (names.length > 0) return { kind: "lost", names, partly: isCarried };
  if (isCarried) return { kind: "carried" };
  return JSON.stringify(given.body) === JSON.stringify(bare.body) ? { kind: "vanished" } : { kind: "emulated" };
}

type Leaf = string | number | boolean | null;

/** Values and keys that stand in one body more often than in the other. */
export function newLeaves(given: JsonValue, bare: JsonValue): Leaf[] {
  const counts = new Map<Leaf, number>();
  for (const leaf of leavesOf(bare)) counts.set(leaf, (counts.get(leaf) ?? 0) + 1);
  return leavesOf(given).filter((leaf) => {
    const count = counts.get(leaf) ?? 0;
    counts.set(leaf, count - 1);
    return count <= 0;
  });
}

function leavesOf(value: JsonValue): Leaf[] {
  if (Array.isArray(value)) return value.flatMap(leavesOf);
  if (typeof value !== "object" || value === null) return [value];
  return Object.entries(value).flatMap(([key, inner]) => [key, ...leavesOf(inner)]);
}

/** What must be found again: the made-up words of a value; else its last value. */
export function wordsOf(value: JsonValue): Leaf[] {
  const leaves = leavesOf(value);
  const probes = leaves.flatMap((leaf) => probesIn(leaf));
  return probes.length > 0 ? probes : leaves.slice(-1);
}

const probePattern = /zq[0-9a-z]+x|beside[0-9a-z]+/g;

export function hasProbe(value: JsonValue): boolean {
  return leavesOf(value).some((leaf) => probesIn(leaf).length > 0);
}

function probesIn(leaf: Leaf): string[] {
  if (typeof leaf !== "string") return [];
  const plain = leaf.match(probePattern) ?? [];
  const inside = plain.length > 0 ? [] : (decoded(leaf).match(probePattern) ?? []);
  return [...plain, ...inside];
}

function decoded(text: string): string {
  const data = /^data:[^,]*;base64,(.*)$/.exec(text)?.[1] ?? text;
  return /^[A-Za-z0-9+/_-]{16,}=*$/.test(data) ? Buffer.from(data, "base64").toString("latin1") : "";
}

export function holds(leaf: Leaf, word: Leaf): boolean {
  if (typeof leaf !== "string" || typeof word !== "string") return leaf === word;
  const bytes = /^data:[^,]*;base64,(.+)$/.exec(word)?.[1];
  if (bytes !== undefined && leaf.endsWith(bytes)) return true;
  return leaf === word || (word.match(probePattern) !== null && (leaf.includes(word) || decoded(leaf).includes(word)));
}
