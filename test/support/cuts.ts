// Where a recorded stream is cut: after every event, but for runs of alike events in long streams.

/** Fields whose value, not only their kind, tells what an event is about. */
const telling: ReadonlySet<string> = new Set([
  ...["type", "role", "status", "name", "id", "object"],
  ...["finish_reason", "stop_reason", "finishReason", "stopReason"],
  ...["index", "output_index", "content_index", "summary_index", "contentBlockIndex"],
]);

/** The fields of an event with the kind of each value: two events of one shape differ in their texts and numbers alone. */
export function shapeOf(value: unknown, field = ""): string {
  if (Array.isArray(value)) return `[${value.map((each) => shapeOf(each)).join()}]`;
  if (typeof value === "object" && value !== null) {
    const members = Object.entries(value).map(([name, each]) => `${name}:${shapeOf(each, name)}`);
    return `{${members.join()}}`;
  }
  if (telling.has(field)) return JSON.stringify(value);
  return value === "" || typeof value === "boolean" || value === null ? String(value) : typeof value;
}

const payloadOf = (event: string): string => {
  const lines = event.split("\n").filter((line) => line.startsWith("data:"));
  return lines.length === 0 ? event : lines.map((line) => line.slice("data:".length)).join("\n");
};

function shapeOfEvent(event: string): string {
  const payload = payloadOf(event);
  try {
    return shapeOf(JSON.parse(payload));
  } catch {
    return payload;
  }
}

/** Streams up to this length are cut after each event, whatever the events are. */
export const fullyCutMax = 100;

/**
 * After how many events a stream is cut; 0 is a cut before the first. In a stream of more than `fullyCutMax` events, a run of
 * events of one shape is cut behind its first and its last: behind those between, a reader, a writer and an SDK have
 * met the same events as behind the first, with more text, and would next meet the same as well.
 */
export function cutsOf(events: readonly string[]): number[] {
  const all = events.map((_, index) => index);
  if (events.length <= fullyCutMax) return all;
  const shapes = events.map(shapeOfEvent);
  const isWithinRun = (cut: number) =>
    cut >= 2 && shapes[cut] === shapes[cut - 1] && shapes[cut - 1] === shapes[cut - 2];
  return all.filter((cut) => !isWithinRun(cut));
}
