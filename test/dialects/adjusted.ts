// Applies named adjustments the way the relay does, for their tests.
import { expect } from "bun:test";
import type { TargetFacts } from "../../src/core/facts.ts";
import type { JsonObject } from "../../src/core/json.ts";
import type { Adjustment } from "../../src/dialects/dialect.ts";
import { applyEdits, applyEditsToObject, topMembers } from "../../src/dialects/framing/json-bytes.ts";

type Adjustments = { readonly [name: string]: Adjustment };
export type Outcome = { body: JsonObject; lost: string[] };

/** To the bytes and to the object: both must say the same. */
export function adjusted(named: Adjustments, facts: TargetFacts) {
  return (names: string | readonly string[], body: JsonObject): Outcome => {
    const before = structuredClone(body);
    const edits = [names]
      .flat()
      .flatMap((name) => named[name]?.(body, facts) ?? [{ path: ["?"], op: "set", value: name } as const]);
    expect(body).toEqual(before);
    const bytes = new TextEncoder().encode(JSON.stringify(body));
    const changed = JSON.parse(new TextDecoder().decode(applyEdits(bytes, topMembers(bytes), edits))) as JsonObject;
    const object = structuredClone(body);
    applyEditsToObject(object, edits);
    expect(object).toEqual(changed);
    return {
      body: changed,
      lost: edits.flatMap((edit) => (edit.op === "remove" && edit.lost !== undefined ? [edit.lost] : [])),
    };
  };
}
