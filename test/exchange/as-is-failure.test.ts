// A stream that passes as it is and breaks: the failure continues a Responses provider's own count of events, and is found
// among many good frames of one chunk.
import { expect, test } from "bun:test";
import { sse } from "../support/fake-upstream.ts";
import { openGateway, openModelHost } from "../support/gateway.ts";
import { openaiWire, outcomeOf, question } from "./wires.ts";

const event = (type: string, sequence: number, rest: object) =>
  `event: ${type}\ndata: ${JSON.stringify({ type, sequence_number: sequence, ...rest })}\n\n`;

const opening = [
  event("response.created", 0, { response: { id: "resp_1", status: "in_progress", output: [] } }),
  event("response.output_item.added", 1, { output_index: 0, item: { type: "message", id: "msg_1", content: [] } }),
  event("response.output_text.delta", 2, { output_index: 0, item_id: "msg_1", delta: 'a "sequence_number": 9' }),
];

test("C2.3 S04 the error event and response.failed are numbered behind the last event that left", async () => {
  const head = { head: { headers: [["content-type", "text/event-stream"]] as const } };
  const seen = Promise.withResolvers<void>();
  const writes = opening.map((write) => ({ write }));
  const host = await openModelHost([head, ...writes, { waitFor: seen.promise }, { end: "cut" as const }]);
  await using gateway = await openGateway({ hosts: { OPENAI: host } });
  const response = await fetch(`${gateway.url}/v1/responses`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ model: "openai/model-1", input: "hi", stream: true }),
  });
  let text = "";
  for await (const chunk of response.body ?? []) {
    text += Buffer.from(chunk).toString();
    // Cut only when everything has been relayed: a reset takes what is on its way with it.
    if (text.includes(opening.at(-1) as string)) seen.resolve();
  }
  host.close();
  expect(text.startsWith(opening.join(""))).toBe(true);
  const events = text
    .split("\n")
    .filter((line) => line.startsWith("data: "))
    .map((line) => JSON.parse(line.slice(6)) as { type: string; sequence_number: number });
  expect(events.map(({ sequence_number }) => sequence_number)).toEqual([0, 1, 2, 3, 4]);
  expect(events.slice(3).map(({ type }) => type)).toEqual(["error", "response.failed"]);
});

/** An error body of FastAPI's, without a key or a word that says so. */
const bareFailure = 'data: {"detail":"the worker is gone"}\n\n';

test.each([0, 1, 2, 7, 30, 39])(
  "a failure in bare words behind %p of forty good frames of one chunk does not pass for a part of the answer",
  async (count) => {
    const frames = Array.from({ length: 40 }, () => openaiWire.output).toSpliced(count, 0, bareFailure);
    const chunk = [...frames, ...openaiWire.ending].join("");
    await using host = await openModelHost(sse([...openaiWire.opening, openaiWire.output, chunk]));
    await using gateway = await openGateway({ hosts: { OPENAI: host } });
    const { text, error } = await outcomeOf(await gateway.chat(question(openaiWire, true)));
    expect(text).toBe("Hello".repeat(count + 1));
    expect(error).toBeDefined();
    expect((await gateway.settled(1))[0]?.outcome).toBe("error");
  },
);

test("usage and the end are found in whatever place of one chunk they stand", async () => {
  const usage = 'data: {"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":2}}\n\n';
  for (const place of [0, 1, 5, 33]) {
    const frames = Array.from({ length: 33 }, () => openaiWire.output).toSpliced(place, 0, usage);
    const chunk = [...frames, ...openaiWire.ending].join("");
    await using host = await openModelHost(sse([...openaiWire.opening, openaiWire.output, chunk]));
    await using gateway = await openGateway({ hosts: { OPENAI: host } });
    expect(await outcomeOf(await gateway.chat(question(openaiWire, true)))).toEqual({
      status: 200,
      text: "Hello".repeat(34),
    });
    expect((await gateway.settled(1))[0]).toMatchObject({ outcome: "complete", input_tokens: 3, output_tokens: 2 });
  }
});
