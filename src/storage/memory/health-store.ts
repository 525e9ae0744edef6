// Health of targets in this process's memory: a bounded map of live records.
import type { HealthStore, Rest, TargetNames, TargetRecord } from "../health-store.ts";

/** Model ids come from clients: records beyond this many push out the oldest that says nothing. */
const targetsMax = 4096;
const credentialsMax = 4096;
/** How many of the oldest are looked at for one that may go. */
const looksMax = 32;

export function openMemoryHealthStore(): HealthStore {
  const records = new Map<string, TargetRecord>();
  const rests = new Map<string, Rest>();
  return {
    scope: "process",
    target(key, of) {
      const known = records.get(key);
      if (known) return known;
      if (records.size >= targetsMax) forgetOne(records);
      const record = openRecord(of);
      records.set(key, record);
      return record;
    },
    peek: (key) => records.get(key),
    credentialRest: (provider, credential) => (rests.size === 0 ? undefined : rests.get(`${provider}\n${credential}`)),
    setCredentialRest(provider, credential, rest) {
      const key = `${provider}\n${credential}`;
      if (!rest) {
        rests.delete(key);
        return;
      }
      if (rests.size >= credentialsMax && !rests.has(key)) rests.delete(rests.keys().next().value as string);
      rests.set(key, rest);
    },
    takeProbe(record, nowMs, untilMs) {
      if (record.probeUntilMs > nowMs) return false;
      record.probeUntilMs = untilMs;
      return true;
    },
    giveProbeBack(record) {
      record.probeUntilMs = 0;
    },
    changed() {},
    targets: () => records.values(),
    close() {
      records.clear();
      rests.clear();
    },
  };
}

function forgetOne(records: Map<string, TargetRecord>): void {
  let looks = 0;
  let oldest: string | undefined;
  for (const [key, record] of records) {
    oldest ??= key;
    const idle = record.inFlight === 0 && record.state === "closed" && !record.rest;
    if (idle || ++looks > looksMax) {
      records.delete(idle ? key : oldest);
      return;
    }
  }
}

function openRecord({ provider, model, credential }: TargetNames): TargetRecord {
  return {
    provider,
    model,
    credential,
    state: "closed",
    windowStartMs: 0,
    failures: 0,
    answers: 0,
    failuresBefore: 0,
    answersBefore: 0,
    openUntilMs: 0,
    openings: 0,
    recoveries: 0,
    probeUntilMs: 0,
    rest: undefined,
    lastFailure: undefined,
    transitions: [],
    inFlight: 0,
    requests: 0,
    errors: 0,
    firstOutputs: undefined,
    wholes: undefined,
  };
}
