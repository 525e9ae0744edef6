// Random requests and replies through a gateway's passthrough: what each side sent must be what the other side got.
import { brotliCompressSync, gzipSync, zstdCompressSync } from "node:zlib";
import { type FakeUpstream, jsonReply, openFakeUpstream, type SeenRequest, type Step } from "./fake-upstream.ts";

export type Rounds = {
  /** Resolves with what went wrong, a line each: nothing, one hopes. */
  run(gateway: string, count: number): Promise<string[]>;
  host: FakeUpstream;
};

type Round = {
  method: string;
  requestHeaders: [string, string][];
  requestBody: Uint8Array | undefined;
  streamed: boolean;
  status: number;
  replyHeaders: [string, string][];
  replyBody: Uint8Array;
  framing: "chunked" | "length" | "close";
};

/** RFC 9110 15.3.5, 15.3.6, 15.4.5. */
const bodiless = [204, 205, 304];
const methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
const encodings: { readonly [name: string]: (bytes: Uint8Array) => Uint8Array } = {
  identity: (bytes) => bytes,
  gzip: gzipSync,
  br: brotliCompressSync,
  zstd: zstdCompressSync,
};

/** A repeatable source of whole numbers below a bound. */
function openRandom(seed: number): (bound: number) => number {
  let state = seed;
  return (bound) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * bound);
  };
}

const digest = (bytes: Uint8Array) => new Bun.CryptoHasher("sha256").update(bytes).digest("hex");

export async function openRounds(seed: number): Promise<Rounds> {
  const random = openRandom(seed);
  const rounds = new Map<string, Round>();
  const seen = new Map<string, SeenRequest>();
  const host = await openFakeUpstream((request) => {
    const id = /\/round\/(\d+)/.exec(request.target)?.[1];
    const round = id === undefined ? undefined : rounds.get(id);
    if (id === undefined || !round) return jsonReply({ data: [] });
    seen.set(id, request);
    return replyOf(round, request.method, random);
  });
  return {
    host,
    async run(gateway, count) {
      const wrong: string[] = [];
      for (let index = 0; index < count; index++) {
        const id = String(rounds.size);
        const round = makeRound(random, index);
        rounds.set(id, round);
        wrong.push(...(await play({ gateway, id, round, seen })).map((line) => `${describe(id, round)}: ${line}`));
      }
      return wrong;
    },
  };
}

function describe(id: string, { method, status, framing, streamed, replyHeaders }: Round): string {
  const coding = replyHeaders.find(([name]) => name === "Content-Encoding")?.[1] ?? "none";
  return `round ${id} ${method} ${status} ${framing} ${coding}${streamed ? " streamed" : ""}`;
}

function makeRound(random: (bound: number) => number, index: number): Round {
  const method = methods[index % methods.length] as string;
  const canCarry = method !== "GET" && method !== "HEAD";
  const body =
    canCarry && random(5) > 0 ? randomBytes(random, random(3) === 0 ? random(60_000) : random(2000)) : undefined;
  // Every status is met in four hundred rounds.
  const status = 200 + ((index * 7) % 400);
  const empty = bodiless.includes(status) || method === "HEAD";
  const coding = Object.keys(encodings)[random(4)] as string;
  const plain = empty ? new Uint8Array() : randomBytes(random, random(3) === 0 ? random(60_000) : random(2000));
  return {
    method,
    requestHeaders: [
      ...randomHeaders(random, "X-Ask"),
      ["Content-Type", random(2) ? "application/json" : "application/x-y; a=b"],
    ],
    requestBody: body,
    streamed: body !== undefined && random(2) === 0,
    status,
    replyHeaders: [
      ...randomHeaders(random, "X-Tell"),
      [
        "Content-Type",
        ["application/json", "text/event-stream", "application/octet-stream", "audio/mpeg"][random(4)] as string,
      ],
      ...(coding === "identity" ? [] : [["Content-Encoding", coding] as [string, string]]),
      ["ETag", `"${random(1e9)}"`],
      ["Content-Range", `bytes 0-1/${random(100)}`],
    ],
    replyBody: empty ? plain : (encodings[coding] as (bytes: Uint8Array) => Uint8Array)(plain),
    framing: (["chunked", "length", "close"] as const)[random(3)] as Round["framing"],
  };
}

function randomBytes(random: (bound: number) => number, length: number): Uint8Array {
  // Half of it repeats, so that compression has something to do.
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; at++) bytes[at] = at % 64 < 32 ? random(256) : 65 + (at % 26);
  return bytes;
}

function randomHeaders(random: (bound: number) => number, prefix: string): [string, string][] {
  const headers: [string, string][] = [];
  for (let index = random(6); index > 0; index--) {
    const name = `${prefix}-${random(4)}`;
    headers.push([name, ["a", "a, b", 'q="x;y"', "\u00e9t\u00e9", "0", "x".repeat(200)][random(6)] as string]);
  }
  return headers;
}

function replyOf(round: Round, method: string, random: (bound: number) => number): Step[] {
  const { status, replyHeaders, replyBody, framing } = round;
  if (bodiless.includes(status)) return [{ head: { status, headers: latin1(replyHeaders), framing: "length" } }];
  if (method === "HEAD") {
    return [{ head: { status, headers: [...latin1(replyHeaders), ["Content-Length", "12345"]], framing: "length" } }];
  }
  const headers =
    framing === "length"
      ? [...replyHeaders, ["Content-Length", String(replyBody.length)] as [string, string]]
      : replyHeaders;
  const steps: Step[] = [{ head: { status, headers: latin1(headers), framing } }];
  for (let at = 0; at < replyBody.length; ) {
    const length = 1 + random(replyBody.length);
    steps.push({ write: replyBody.subarray(at, at + length) });
    at += length;
  }
  return framing === "length" ? steps : [...steps, { end: "complete" }];
}

/** The fake writes text as UTF-8: values beyond ASCII must already stand as the bytes they are on the wire. */
function latin1(headers: readonly [string, string][]): [string, string][] {
  return headers.map(([name, value]) => [name, value.replace(/[^\x20-\x7e]/g, "?")]);
}

type Play = { gateway: string; id: string; round: Round; seen: Map<string, SeenRequest> };

async function play({ gateway, id, round, seen }: Play): Promise<string[]> {
  const wrong: string[] = [];
  const prefix = Number(id) % 2 === 0 ? "/p/openai" : "/proxy/openai/v1";
  const headers = new Headers();
  for (const [name, value] of latin1(round.requestHeaders)) headers.append(name, value);
  headers.set("accept-encoding", "zstd, br;q=0.5");
  const body = round.streamed && round.requestBody ? streamOf(round.requestBody) : round.requestBody;
  const reply = await fetch(`${gateway}${prefix}/round/${id}?q=%20a+b&x=~`, {
    method: round.method,
    headers,
    redirect: "manual",
    decompress: false,
    ...(body && { body }),
  } as RequestInit);
  const bytes = await reply.bytes();
  const request = seen.get(id);
  if (!request) return ["it never reached the host"];
  if (request.method !== round.method) wrong.push(`the method became ${request.method}`);
  if (request.target !== `/v1/round/${id}?q=%20a+b&x=~`) wrong.push(`the target became ${request.target}`);
  if (digest(request.body) !== digest(round.requestBody ?? new Uint8Array())) wrong.push("the request's bytes changed");
  for (const [name, value] of headers) {
    if (request.header(name) !== value)
      wrong.push(`request header ${name}: ${request.header(name)} instead of ${value}`);
  }
  if (reply.status !== round.status) wrong.push(`the status became ${reply.status}`);
  if (digest(bytes) !== digest(round.replyBody))
    wrong.push(`the reply's bytes changed (${bytes.length} of ${round.replyBody.length})`);
  const sent = new Headers();
  for (const [name, value] of latin1(round.replyHeaders)) sent.append(name, value);
  for (const [name, value] of sent) {
    if (reply.headers.get(name) !== value)
      wrong.push(`reply header ${name}: ${reply.headers.get(name)} instead of ${value}`);
  }
  if (round.method === "HEAD" && !bodiless.includes(round.status) && reply.headers.get("content-length") !== "12345") {
    wrong.push(`content-length of HEAD became ${reply.headers.get("content-length")}`);
  }
  return wrong;
}

function streamOf(bytes: Uint8Array): ReadableStream<Uint8Array> {
  let at = 0;
  return new ReadableStream<Uint8Array>({
    pull(controller) {
      if (at >= bytes.length) return controller.close();
      const piece = bytes.slice(at, at + 7000);
      at += piece.length;
      controller.enqueue(piece);
    },
  });
}
