// Every stream, recorded and written, broken off after each of its events, to every client dialect: the client's SDK throws that the answer is
// incomplete, and never returns a message. Once the recording has told its finish, it returns the whole message.
import { describe, expect, test } from "bun:test";
import Anthropic from "@anthropic-ai/sdk";
import { ApiError } from "@google/genai";
import OpenAI from "openai";
import { cutsOf, fullyCutMax } from "../support/cuts.ts";
import { eventBytes, findPlayed, finishes, modelOf } from "../support/replay-host.ts";
import { type Case, type Client, cases, clientNames, isFailure, isUnreadable, sharedRig, through } from "./replayed.ts";

const rig = sharedRig();

/**
 * How each SDK says that a call has failed. Google's demands no finish of a stream: without an error in it, it would end
 * like any other, and `readGemini` would throw an error of its own, which is none of these.
 */
const failures = {
  chat: OpenAI.APIError,
  responses: OpenAI.APIError,
  messages: Anthropic.APIError,
  gemini: ApiError,
} as const;

const tellCut = (client: Client, each: Case, cut: number, andBytes = 0) =>
  through(rig(), client, { ...each, model: modelOf(each.model, cut, andBytes) });

/** What an SDK makes of a stream that breaks off before its finish, in words; they name the cut where they are not as wished. */
async function saidOf(client: Client, each: Case, cut: number, andBytes = 0): Promise<string> {
  const outcome = await tellCut(client, each, cut, andBytes).catch((cause: unknown) => cause);
  const at = `${cut} events and ${andBytes} bytes`;
  if (!(outcome instanceof Error)) return `a message after ${at}`;
  // It has thrown at an event before the cut, as it does at its own provider.
  if (isUnreadable(each) && client === each.played) return "incomplete";
  if (!(outcome instanceof failures[client])) return `${outcome.name} after ${at}: ${outcome.message}`;
  return /ended .*before .* complete/.test(outcome.message) ? "incomplete" : `after ${at}: ${outcome.message}`;
}

const atOnce = 8;

async function inTurns<Item, Outcome>(
  items: readonly Item[],
  act: (item: Item) => Promise<Outcome>,
): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (let from = 0; from < items.length; from += atOnce) {
    outcomes.push(...(await Promise.all(items.slice(from, from + atOnce).map(act))));
  }
  return outcomes;
}

const streamed = cases
  .filter((each) => each.stream && !isFailure(each))
  .map((each) => {
    const { events } = findPlayed(each.played, each.model, true)!;
    const finish = events.findIndex((event) => finishes[each.played].test(event));
    return { ...each, events, finish: finish < 0 ? events.length - 1 : finish };
  });

describe.each(clientNames)("the %s SDK is told", (client) => {
  test.each(streamed)("that it was cut off, after any event: $name", async ({ events, finish, ...each }) => {
    const cuts = cutsOf(events).filter((cut) => cut <= finish);
    expect(new Set(await inTurns(cuts, (cut) => saidOf(client, each, cut)))).toEqual(new Set(["incomplete"]));
  });

  const finished = streamed.filter((each) => each.finish + 1 < each.events.length);
  const readable = finished.filter((each) => !(isUnreadable(each) && client === each.played));
  test.each(readable)("all of it once it has finished: $name", async ({ events, finish, ...each }) => {
    const whole = await through(rig(), client, each);
    const cuts = events.map((_, index) => index).slice(finish + 1);
    for (const told of await inTurns(cuts, (cut) => tellCut(client, each, cut))) {
      // Counts may stand behind the finish.
      expect({ ...told, input: null, output: null }).toEqual({ ...whole, input: null, output: null });
    }
  });
});

/** A short recording of each dialect. */
const short = [
  "recorded-groq/chat_completion_stream",
  "azure/azure-text.1",
  "recorded-anthropic/messages_stream",
  "google/google-reasoning",
  "cohere/cohere-text",
  "amazon-bedrock/amazon-bedrock-json-other-tool.1",
].flatMap((name) => streamed.filter((each) => each.model === modelOf(name)));

const upTo = (length: number): number[] => Array.from({ length }, (_, index) => index);

describe.each(clientNames)("the %s SDK is told", (client) => {
  test.each(short)("that it was cut off, within its last event before the finish: $name", async (recorded) => {
    const { events, finish, ...each } = recorded;
    const { length } = eventBytes(each.played, events[finish - 1]!);
    const said = await inTurns(upTo(length), (bytes) => saidOf(client, each, finish - 1, bytes));
    expect(new Set(said)).toEqual(new Set(["incomplete"]));
  });

  test.each(short)(
    "that it was cut off, after any event, where it asked for a whole reply: $name",
    async (recorded) => {
      const { events, finish, ...each } = recorded;
      const said = await inTurns(upTo(finish + 1), (cut) => saidOf(client, { ...each, stream: false }, cut));
      expect(new Set(said)).toEqual(new Set(["incomplete"]));
    },
  );

  // A host that hangs up within a blank line has said everything, and so it has where only Messages' last event is cut (S63).
  const sse = short.filter(({ played }) => played !== "bedrock");
  test.each(sse)("of the finish, but for half of it: $name", async ({ events, finish, ...each }) => {
    const [event, said] = [events[finish]!, events[finish]!.trimEnd()];
    for (let bytes = said.length - 12; bytes < said.length; bytes++) {
      expect(await saidOf(client, each, finish, bytes)).toBe("incomplete");
    }
    const whole = await through(rig(), client, each);
    const rests = upTo(event.length - said.length).map((bytes) => [finish, said.length + bytes] as const);
    const behind =
      each.played === "messages" ? upTo(events[finish + 1]!.length).map((b) => [finish + 1, b] as const) : [];
    for (const told of await inTurns([...rests, ...behind], ([cut, bytes]) => tellCut(client, each, cut, bytes))) {
      expect({ ...told, input: null, output: null }).toEqual({ ...whole, input: null, output: null });
    }
  });
});

describe("the cuts", () => {
  test("are made after every event of a stream, and in long runs of alike events at both ends", () => {
    const text = (index: number) => `data: {"type":"text","delta":"${"x".repeat(index)}y"}\n\n`;
    const start = 'data: {"type":"start"}\n\n';
    const short = [start, ...Array.from({ length: fullyCutMax - 1 }, (_, index) => text(index))];
    expect(cutsOf(short)).toHaveLength(fullyCutMax);
    expect(cutsOf([...short, text(0), start])).toEqual([0, 1, 2, fullyCutMax + 1]);
  });

  test("of the corpus are thousands", () => {
    const made = streamed.flatMap(({ events, finish }) => cutsOf(events).filter((cut) => cut <= finish));
    expect(made.length).toBeGreaterThan(2_000);
  });
});
