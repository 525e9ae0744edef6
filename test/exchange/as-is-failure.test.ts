// A Responses stream that passes as it is and breaks: the failure continues the provider's own count of events.
import { expect, test } from "bun:test";
import { openGateway, openModelHost } from "../support/gateway.ts";

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
