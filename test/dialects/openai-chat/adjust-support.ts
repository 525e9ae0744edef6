// Applies named adjustments the way the relay does, for their tests.
import { expect } from "bun:test";
import type { TargetFlags } from "../../../src/core/facts.ts";
import type { JsonObject, JsonValue } from "../../../src/core/json.ts";
import { applyEdits, applyEditsToObject, topMembers } from "../../../src/dialects/framing/json-bytes.ts";
import { adjustments } from "../../../src/dialects/openai-chat/adjust.ts";
import { withFlags } from "./upstream-support.ts";

export type Outcome = { body: JsonValue; lost: string[] };

/** Applies named adjustments, to the bytes and to the object: both must say the same. */
export function adjust(names: string | readonly string[], body: JsonObject, flags: TargetFlags = {}): Outcome {
  const before = structuredClone(body);
  const edits = [names]
    .flat()
    .flatMap(
      (name) => adjustments[name]?.(body, withFlags(flags)) ?? [{ path: ["?"], op: "set", value: name } as const],
    );
  expect(body).toEqual(before);
  const bytes = new TextEncoder().encode(JSON.stringify(body));
  const changed = JSON.parse(new TextDecoder().decode(applyEdits(bytes, topMembers(bytes), edits))) as JsonValue;
  const object = structuredClone(body);
  applyEditsToObject(object, edits);
  expect(object).toEqual(changed as JsonObject);
  return {
    body: changed,
    lost: edits.flatMap((edit) => (edit.op === "remove" && edit.lost !== undefined ? [edit.lost] : [])),
  };
}

export const message = (fields: JsonObject): JsonObject => ({
  messages: [
    { role: "user", content: "q" },
    { role: "assistant", content: null, ...fields },
  ],
});
