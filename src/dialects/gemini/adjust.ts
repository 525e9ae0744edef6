// Named edits of a generateContent body for targets that take less than the dialect has. Provider rows switch them on.
import { asArray, asObject, isObject, type JsonObject, type JsonValue } from "../../core/json.ts";
import type { Adjustment, Edit } from "../dialect.ts";

type Path = (string | number)[];

function parts(body: JsonObject): { part: JsonObject; path: Path }[] {
  return (asArray(body["contents"]) ?? []).flatMap((content, turn) =>
    (asArray(asObject(content)?.["parts"]) ?? []).flatMap((part, index) =>
      isObject(part) ? [{ part, path: ["contents", turn, "parts", index] }] : [],
    ),
  );
}

/** Vertex answers 400 to an `id` inside calls and responses (translation.md T56); without it they pair by name and order. */
const dropCallIds: Adjustment = (body) =>
  parts(body).flatMap(({ part, path }) =>
    ["functionCall", "function_call", "functionResponse", "function_response"].flatMap((key): Edit[] =>
      asObject(part[key])?.["id"] === undefined ? [] : [{ path: [...path, key, "id"], op: "remove" }],
    ),
  );

/** Gemma has no systemInstruction (M32): its text goes in front of the first user turn. */
const systemIntoUser: Adjustment = (body) => {
  const key = body["systemInstruction"] !== undefined ? "systemInstruction" : "system_instruction";
  const system = body[key];
  if (system === undefined) return [];
  const instruction: JsonValue[] =
    typeof system === "string" ? [{ text: system }] : (asArray(asObject(system)?.["parts"]) ?? []);
  const contents = asArray(body["contents"]) ?? [];
  const first = asObject(contents[0]);
  const removal: Edit = { path: [key], op: "remove" };
  if (first && first["role"] !== "model") {
    const own = asArray(first["parts"]) ?? [];
    return [removal, { path: ["contents", 0, "parts"], op: "set", value: [...instruction, ...own] }];
  }
  return [removal, { path: ["contents"], op: "set", value: [{ role: "user", parts: instruction }, ...contents] }];
};

/** `labels` exist on Vertex only; the Developer API refuses the field (A4.2). */
const dropLabels: Adjustment = (body) =>
  body["labels"] === undefined ? [] : [{ path: ["labels"], op: "remove", lost: "labels" }];

export const adjustments: { readonly [name: string]: Adjustment } = {
  "drop-call-ids": dropCallIds,
  "system-into-user": systemIntoUser,
  "drop-labels": dropLabels,
};

/** Into the system instruction, before the client's own, in the client's spelling. */
export function systemEdits(body: JsonObject, prompt: { text: string; force: boolean }): Edit[] {
  const key = body["system_instruction"] === undefined ? "systemInstruction" : "system_instruction";
  const parts = asArray(asObject(body[key])?.["parts"]) ?? [];
  if (parts.length === 0) return [{ path: [key], op: "set", value: { parts: [{ text: prompt.text }] } }];
  return prompt.force ? [{ path: [key, "parts"], op: "prepend", value: { text: prompt.text } }] : [];
}
