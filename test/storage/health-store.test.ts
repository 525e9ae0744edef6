// The memory of targets: live records, bounded in number, busy and broken ones kept.
import { expect, test } from "bun:test";
import type { HealthStore } from "../../src/storage/health-store.ts";
import { openMemoryHealthStore } from "../../src/storage/memory/health-store.ts";

const key = (model: string, credential: string) => `one ${credential} ${model}`;
const target = (store: HealthStore, model: string, credential: string) =>
  store.target(key(model, credential), { provider: "one", model, credential });

test("hands out one live record a target", () => {
  const store = openMemoryHealthStore();
  expect(store.peek(key("m", "1"))).toBeUndefined();
  const record = target(store, "m", "1");
  expect(target(store, "m", "1")).toBe(record);
  expect(store.peek(key("m", "1"))).toBe(record);
  expect(target(store, "m", "2")).not.toBe(record);
});

test("forgets the oldest that says nothing when clients think of ever new models", () => {
  const store = openMemoryHealthStore();
  target(store, "broken", "1").state = "open";
  target(store, "busy", "1").inFlight = 1;
  for (let index = 0; index < 10_000; index++) target(store, `model-${index}`, "1");
  expect([...store.targets()].length).toBe(4096);
  expect([store.peek(key("broken", "1"))?.state, store.peek(key("busy", "1"))?.inFlight]).toEqual(["open", 1]);
  expect(store.peek(key("model-0", "1"))).toBeUndefined();
});

test("gives a probe to one, until it is given back or late", () => {
  const store = openMemoryHealthStore();
  const record = target(store, "m", "1");
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
