// The memory of targets: live records, bounded in number, busy and broken ones kept.
import { expect, test } from "bun:test";
import { openMemoryHealthStore } from "../../src/storage/memory/health-store.ts";

test("hands out one live record a target", () => {
  const store = openMemoryHealthStore();
  expect(store.peek("one", "m", "1")).toBeUndefined();
  const record = store.target("one", "m", "1");
  expect(store.target("one", "m", "1")).toBe(record);
  expect(store.peek("one", "m", "1")).toBe(record);
  expect(store.target("one", "m", "2")).not.toBe(record);
});

test("forgets the oldest that says nothing when clients think of ever new models", () => {
  const store = openMemoryHealthStore();
  store.target("one", "broken", "1").state = "open";
  store.target("one", "busy", "1").inFlight = 1;
  for (let index = 0; index < 10_000; index++) store.target("one", `model-${index}`, "1");
  expect([...store.targets()].length).toBe(4096);
  expect([store.peek("one", "broken", "1")?.state, store.peek("one", "busy", "1")?.inFlight]).toEqual(["open", 1]);
  expect(store.peek("one", "model-0", "1")).toBeUndefined();
});

test("gives a probe to one, until it is given back or late", () => {
  const store = openMemoryHealthStore();
  const record = store.target("one", "m", "1");
  expect([store.takeProbe(record, 0, 100), store.takeProbe(record, 50, 150)]).toEqual([true, false]);
  store.giveProbeBack(record);
  expect([store.takeProbe(record, 60, 160), store.takeProbe(record, 160, 260)]).toEqual([true, true]);
});

test("keeps no more rests than it has room for", () => {
  const store = openMemoryHealthStore();
  const rest = { untilMs: 10, code: "upstream_auth", stated: false, level: 1 } as const;
  for (let index = 0; index < 5000; index++) void store.setCredentialRest("one", String(index), rest);
  expect([store.credentialRest("one", "0"), store.credentialRest("one", "4999")]).toEqual([undefined, rest]);
  void store.setCredentialRest("one", "4999", undefined);
  expect(store.credentialRest("one", "4999")).toBeUndefined();
});
