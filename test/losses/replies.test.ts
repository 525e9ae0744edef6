// Every field that the official SDKs declare of replies and stream events, alone, to every client: none vanishes without a report.
import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { DialectId } from "../../src/core/chat.ts";
import { GatewayError } from "../../src/core/errors.ts";
import type { Emit, ReplyEvent } from "../../src/core/events.ts";
import type { ClientHalf, UpstreamHalf } from "../../src/dialects/dialect.ts";
import type { Prepared } from "../../src/exchange/attempt.ts";
import { AsIsSource } from "../../src/exchange/source-as-is.ts";
import { wholeReply } from "../../src/exchange/whole.ts";
import { bodyOf, bytesOf, context } from "./judge-reply.ts";
import { readUpstreams, type Upstream } from "./providers.ts";
import { judgeReplies, replyClients, routeOf, ways } from "./reply-matrix.ts";
import { replyLossTable } from "./reply-table.ts";

const upstreams = await readUpstreams();
const of = (id: DialectId) => upstreams.find(({ dialect }) => dialect === id) as Upstream;

describe("the fields of the SDKs' declarations", () => {
  test("are read whole", () => {
    const counts = Object.fromEntries(
      upstreams.map(({ dialect, whole, stream }) => [dialect, [whole.length, stream.length]]),
    );
    // Lower bounds: a compiler that resolves nothing would make this suite pass with nothing to judge.
    const least: { [dialect: string]: [number, number] } = {
      "openai-chat": [90, 80],
      "openai-responses": [1000, 1100],
      "anthropic-messages": [1200, 1400],
      gemini: [320, 320],
      "bedrock-converse": [100, 80],
      "cohere-chat": [40, 45],
    };
    for (const [dialect, [whole, stream]] of Object.entries(least)) {
      expect(counts[dialect]?.[0]).toBeGreaterThanOrEqual(whole);
      expect(counts[dialect]?.[1]).toBeGreaterThanOrEqual(stream);
    }
  });
});

describe.each(upstreams)("a reply of $title", (upstream) => {
  const pairs = replyClients.flatMap((client) => ways.map((way) => ({ client, way, ...way })));
  test.each(pairs)("$from, to $client $to: each field is carried or reported", async ({ client, way }) => {
    const { problems, cells } = await judgeReplies(upstream, client, way);
    expect(problems).toEqual([]);
    expect(new Set([...cells.values()].map(({ kind }) => kind))).toContain("carried");
  });
});

/** A provider's half whose reader lets some events fall. */
function deaf(id: DialectId, isHeard: (event: ReplyEvent) => boolean): UpstreamHalf {
  const { half } = routeOf(id, "openai-chat");
  const sieve =
    (emit: Emit): Emit =>
    (event) => {
      if (isHeard(event)) emit(event);
    };
  return {
    ...half,
    openReader: (emit, facts) => half.openReader(sieve(emit), facts),
    readReply: (body, emit, facts) => half.readReply(body, sieve(emit), facts),
  };
}

/** A client's half whose writers tell nothing of what they leave out. */
function mute(id: DialectId): ClientHalf {
  const { client } = routeOf("openai-chat", id);
  return {
    ...client,
    openWriter(options) {
      const writer = client.openWriter(options);
      return { write: (event) => (event.type === "lost" ? "" : writer.write(event)), lost: [] };
    },
    writeReply(reply, options) {
      const written = client.writeReply(reply, options);
      reply.lost.length = 0;
      return written;
    },
  };
}

describe("this suite sees", () => {
  /** Those that forget whole blocks, calls or all text are seen by every other test of replies. */
  const drops: { type: ReplyEvent["type"]; from: DialectId; to: DialectId; named: RegExp }[] = [
    { type: "citation", from: "cohere-chat", to: "openai-chat", named: /citations/ },
    { type: "citation", from: "bedrock-converse", to: "anthropic-messages", named: /citation/ },
    { type: "state", from: "anthropic-messages", to: "gemini", named: /signature/ },
    { type: "state", from: "gemini", to: "openai-chat", named: /thoughtSignature/ },
    { type: "state", from: "openai-responses", to: "anthropic-messages", named: /encrypted_content/ },
    { type: "logprobs", from: "openai-chat", to: "openai-responses", named: /logprobs/ },
    { type: "logprobs", from: "gemini", to: "openai-chat", named: /logprobsResult/ },
    { type: "extra", from: "bedrock-converse", to: "openai-chat", named: /trace/ },
    { type: "extra", from: "openai-responses", to: "openai-chat", named: /moderation/ },
    { type: "lost", from: "cohere-chat", to: "openai-responses", named: /logprobs/ },
    { type: "lost", from: "openai-responses", to: "gemini", named: /function_call\]\.caller/ },
    { type: "part", from: "anthropic-messages", to: "openai-chat", named: /server_tool_use/ },
    { type: "usage", from: "cohere-chat", to: "anthropic-messages", named: /usage/ },
  ];
  test.each(drops)("a reader of $from that forgets each $type event", async ({ type, from, to, named }) => {
    for (const way of ways) {
      const half = deaf(from, (event) => event.type !== type);
      const { problems } = await judgeReplies(of(from), to, way, { half });
      expect(problems.filter((problem) => named.test(problem))).not.toEqual([]);
    }
  });

  test.each(upstreams)("a reader of $title that forgets the provider's word for the end", async ({ dialect }) => {
    const { half } = routeOf(dialect, "openai-chat");
    const plain =
      (emit: Emit): Emit =>
      (event) =>
        emit(event.type === "stop" ? { ...event, stop: { kind: "end" } } : event);
    const broken = {
      half: {
        ...half,
        openReader: (emit: Emit, facts) => half.openReader(plain(emit), facts),
        readReply: (body, emit: Emit, facts) => half.readReply(body, plain(emit), facts),
      } satisfies UpstreamHalf,
    };
    const { problems } = await judgeReplies(of(dialect), "anthropic-messages", { from: "whole", to: "whole" }, broken);
    expect(problems).not.toEqual([]);
  });

  test.each(replyClients)("a writer of %s that does not tell what it leaves out", async (to) => {
    for (const way of ways) {
      const { problems } = await judgeReplies(
        of("anthropic-messages"),
        to === "anthropic-messages" ? "gemini" : to,
        way,
        {
          client: mute(to === "anthropic-messages" ? "gemini" : to),
        },
      );
      expect(problems).not.toEqual([]);
    }
  });
});

test("the table in the documentation is the one that the code gives (npm run losses)", async () => {
  const written = readFileSync(join(import.meta.dir, "..", "golden", "reply-losses.md"), "utf8");
  expect(written === (await replyLossTable(upstreams))).toBe(true);
});

describe("as it is", () => {
  test.each(replyClients)("each field of %s reaches its client in the provider's bytes", async (dialect) => {
    const { half, client } = routeOf(dialect, dialect);
    const failures = new Set<string>();
    for (const from of ["whole", "stream"] as const) {
      for (const { id, given } of of(dialect)[from]) {
        const bytes = bytesOf(dialect, from, given);
        const got = from === "whole" ? await wholeAsIs(bytes, half, client) : await streamAsIs(bytes, half);
        if (got instanceof GatewayError) failures.add(id);
        else expect(Buffer.compare(got, bytes)).toBe(0);
      }
    }
    // Replies that are failures: a model that could not write its call, a response that failed.
    expect([...failures].filter((id) => !/MALFORMED|UNEXPECTED_TOOL_CALL|blockReason/.test(id))).toEqual([]);
  });
});

async function wholeAsIs(
  bytes: Uint8Array,
  half: UpstreamHalf,
  client: ClientHalf,
): Promise<Uint8Array | GatewayError> {
  const prepared = { half, asIs: true } as Prepared;
  const body = bodyOf(bytes, "whole");
  try {
    return Buffer.from((await wholeReply({ body, prepared, client, context, annotate: false })).body);
  } catch (cause) {
    if (cause instanceof GatewayError) return cause;
    throw cause;
  }
}

async function streamAsIs(bytes: Uint8Array, half: UpstreamHalf): Promise<Uint8Array | GatewayError> {
  const source = new AsIsSource({
    body: bodyOf(bytes, "stream"),
    half,
    provider: "plain",
    removeUsage: false,
    annotate: false,
    severalChoices: false,
    clean: (failure) => failure,
    onTerminal() {},
  });
  const pieces: Uint8Array[] = [];
  for (;;) {
    const piece = await source.next();
    if (piece === undefined) return Buffer.concat(pieces);
    if (piece instanceof GatewayError) return piece;
    pieces.push(piece);
  }
}
