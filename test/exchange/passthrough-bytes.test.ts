// Passthrough changes no byte: digests on both sides, over methods, statuses, encodings, framings and header sets.
import { expect, test } from "bun:test";
import { openGateway } from "../support/gateway.ts";
import { openRounds } from "../support/passthrough-rounds.ts";

test("four hundred random rounds arrive as they were sent, both ways", async () => {
  const rounds = await openRounds(20261128);
  await using host = rounds.host;
  await using gateway = await openGateway({ hosts: { OPENAI: host } });
  expect(await rounds.run(gateway.url, 400)).toEqual([]);
  const settled = await gateway.settled(400);
  // Each exactly once.
  expect(settled.length).toBe(400);
}, 60_000);
