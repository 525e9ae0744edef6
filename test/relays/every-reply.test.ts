// Every recorded reply to every client dialect, whole and streamed, and framed anew: official SDKs on both sides. What a client's
// SDK puts together is what the recorded dialect's own SDK reads from the recording. Streams that break off: every-cut.test.ts.
import { describe, expect, test } from "bun:test";
import { findPlayed, type Replaying } from "../support/replay-host.ts";
import type { Told } from "../support/told.ts";
import { type Case, cases, clientNames, isFailure, isUnreadable, sharedRig, through } from "./replayed.ts";

const plain = sharedRig();

/** Free text of a custom tool is an object with one field in dialects whose calls are objects. */
const asObject = (value: unknown): unknown => (typeof value === "string" ? { input: value } : value);

/** What may differ: counts that nobody gave or that a host counts otherwise (xAI), the words of a refusal. */
function comparable(told: Told, like: Told, model: string): object {
  const { text, reasoning, calls, finish, input, output } = told;
  // Where nobody has counted, a Messages client has our estimate of its input.
  const isCounted = like.input !== null && like.input + (like.output ?? 0) > 0 && like.output !== 0;
  return {
    text: finish === "filtered" ? "" : text,
    reasoning,
    calls: calls.map((call) => ({ name: call.name, arguments: asObject(call.arguments) })),
    // X03: a client that is given calls is told to answer them.
    finish: calls.length > 0 && finish === "end" ? "calls" : finish,
    input: isCounted ? input : null,
    output: !isCounted || model.includes("xai") ? null : output,
  };
}

describe.each(clientNames)("the %s SDK is told", (client) => {
  const readable = cases.filter((each) => !isFailure(each) && !(isUnreadable(each) && each.played === client));

  test.each(readable)("what was recorded: $name", async (each) => {
    const source = isUnreadable(each)
      ? await through(plain(), each.played === "messages" ? "chat" : "messages", each)
      : await each.read({ origin: plain().host.origin, model: each.model, stream: each.stream });
    const told = await through(plain(), client, each);
    expect(comparable(told, source, each.model)).toEqual(comparable(source, source, each.model));
  });

  test.each(cases.filter(isFailure))("of a failure: $name", async (each) => {
    const outcome = await through(plain(), client, each).catch((cause: unknown) => cause);
    expect(outcome).toBeInstanceOf(Error);
  });
});

const lines = (wire: string) => wire.replaceAll("\r\n", "\n");

/** html.spec.whatwg.org, 9.2.6: line ends, comments, a byte order mark; and TCP, which cuts where it likes. */
const framings: readonly (readonly [string, Replaying])[] = [
  ["in pieces of one byte", { chunkBytes: 1 }],
  [
    "with CRLF, comments and a byte order mark",
    { reframe: (wire) => `\ufeff${lines(wire).replaceAll("\n\n", "\n\n: still here\n\n").replaceAll("\n", "\r\n")}` },
  ],
];

/**
 * Byte by byte, a long recording takes seconds here. What a network may cut is seen by the decoder and the cutter alone, and they
 * get every recording in single bytes in test/dialects/framing.
 */
const bytesMax = 16_000;

const lengthOf = ({ played, model, stream }: Case): number => {
  const found = findPlayed(played, model, stream)!;
  return stream ? found.events.join("").length : found.text.length;
};

describe.each(framings)("a reply %s", (_name, how) => {
  const rig = sharedRig(how);

  const reframed = cases.filter((each) => {
    if (isFailure(each)) return false;
    return how.chunkBytes === undefined ? each.stream && each.played !== "bedrock" : lengthOf(each) < bytesMax;
  });
  test.each(reframed)("tells every client the same: $name", async (each) => {
    for (const client of clientNames) {
      const [before, told] = [plain, rig].map((which) =>
        through(which(), client, each).catch((cause: unknown) => {
          // As it is, its own SDK refuses it.
          if (isUnreadable(each) && client === each.played) return "refused";
          throw cause;
        }),
      );
      expect(await told).toEqual(await before);
    }
  });
});
