// Keeps the cache marks of a finished body within what the API accepts: at most four, and no long lifetime after a short one.
import { asArray, isObject, type JsonObject, type JsonValue } from "../../core/json.ts";
import type { Writing } from "../writing.ts";

/** translation.md A3.5. */
const maxMarks = 4;

type Mark = { holder: JsonObject; isMessage: boolean };

/**
 * Changes only objects that this dialect has just made. Too many marks: those of the earliest messages go first, since
 * later ones cover them and the marks on tools and system hold the part that all conversations share (U22).
 */
export function capCacheMarks(writing: Writing, body: JsonObject): void {
  const marks = [
    ...marksOf(body["tools"], false),
    ...marksOf(body["system"], false),
    ...(asArray(body["messages"]) ?? []).flatMap((message) => marksOf((message as JsonObject)["content"], true)),
  ];
  // A top-level mark (automatic caching) takes one of the four.
  let excess = marks.length + (isObject(body["cache_control"]) ? 1 : 0) - maxMarks;
  const dropped = new Set<Mark>();
  for (const mark of [...marks.filter((each) => each.isMessage), ...marks.filter((each) => !each.isMessage)]) {
    if (excess-- <= 0) break;
    delete mark.holder["cache_control"];
    dropped.add(mark);
    writing.lost.add("cache");
  }
  orderLifetimes(
    writing,
    marks.filter((mark) => !dropped.has(mark)),
  );
}

function marksOf(list: JsonValue | undefined, isMessage: boolean): Mark[] {
  return (asArray(list) ?? []).flatMap((holder) =>
    isObject(holder) && isObject(holder["cache_control"]) ? [{ holder, isMessage }] : [],
  );
}

function orderLifetimes(writing: Writing, marks: Mark[]): void {
  let shortSeen = false;
  for (const { holder } of marks) {
    const mark = holder["cache_control"] as JsonObject;
    const ttl = mark["ttl"];
    if (ttl !== undefined && (ttl !== "1h" || shortSeen) && ttl !== "5m") {
      const { ttl: _refused, ...plain } = mark;
      holder["cache_control"] = plain;
      writing.lost.add("cacheTtl");
      shortSeen = true;
    } else if (ttl !== "1h") shortSeen = true;
  }
}
