// A hundred clients at once that leave at every moment of a request: each is settled once, and nothing stays behind.
import { expect, test } from "bun:test";
import type { Step } from "../support/fake-upstream.ts";
import { openGateway, openModelHost, type Settlement } from "../support/gateway.ts";
import { openRawClient, requestText } from "../support/raw-client.ts";
import { anthropicWire, completeFrames, openaiWire, outcomeOf, question, type Wire } from "./wires.ts";

const clients = 100;
const eventStream = ["content-type", "text/event-stream"] as const;

/** The frames with a pause of its own length in front of each, so that clients leave between any two of them. */
function paced(wire: Wire, index: number): Step[] {
  const frames = completeFrames(wire).flatMap((write): Step[] => [{ waitMs: 1 + (index % 5) }, { write }]);
  return [{ waitMs: index % 7 }, { head: { headers: [eventStream] } }, ...frames, { end: "complete" }];
}

test.each([openaiWire, anthropicWire])("a hundred clients that leave at any moment: $prefix", async (wire) => {
  await using host = await openModelHost((_request, index) => paced(wire, index));
  const heartbeats = ["--server-commit-after", "1ms", "--server-heartbeat", "1s"];
  await using gateway = await openGateway({ hosts: { [wire.prefix]: host }, arguments: heartbeats });
  const leave = async (index: number) => {
    const client = await openRawClient(gateway.port);
    client.write(requestText("/v1/chat/completions", question(wire, index % 3 > 0)));
    await Bun.sleep(index % 40);
    client.hangUp();
  };
  const stay = async (index: number) => outcomeOf(await gateway.chat(question(wire, index % 2 > 0)));
  const leaving = Promise.all(Array.from({ length: clients }, (_, index) => leave(index)));
  const staying = await Promise.all(Array.from({ length: clients }, (_, index) => stay(index)));
  await leaving;
  expect(new Set(staying.map((outcome) => JSON.stringify(outcome)))).toEqual(
    new Set([JSON.stringify({ status: 200, text: "Hello" })]),
  );
  // A client that leaves before its request has been read is not seen at all.
  const seen = (settled: readonly Settlement[]) => new Set(settled.map((settlement) => settlement["id"])).size;
  const settlements = await gateway.settled(clients);
  expect(seen(settlements)).toBe(settlements.length);
  expect(settlements.filter(({ outcome }) => outcome === "error")).toEqual([]);
  await gateway.app.close();
  const after = await gateway.settled(0);
  expect([seen(after), after.length <= 2 * clients]).toEqual([after.length, true]);
});
