// Adjustments of tools, of the choice among them, and of tool call ids.
import { asArray, asObject, asString, isObject, isSaid, type JsonObject } from "../../core/json.ts";
import type { Adjustment } from "../dialect.ts";
import {
  messagesOf,
  nodesOf,
  type Path,
  type Placed,
  remove,
  removeField,
  report,
  reportOnce,
  set,
  silently,
} from "./adjust-edits.ts";

const lists = ["anyOf", "oneOf", "allOf", "prefixItems"];
const maps = ["properties", "$defs", "definitions", "patternProperties", "dependentSchemas"];
const singles = ["items", "additionalProperties", "not", "if", "then", "else", "contains", "propertyNames"];

/** Every schema within a schema, itself included. Names of properties and values of enums are not schemas. */
function schemasIn(node: JsonObject, path: Path): Placed[] {
  const found: Placed[] = [{ node, path }];
  for (const field of lists)
    for (const inner of nodesOf(node, field, path)) found.push(...schemasIn(inner.node, inner.path));
  for (const field of maps) {
    for (const [name, inner] of Object.entries(asObject(node[field]) ?? {})) {
      if (isObject(inner)) found.push(...schemasIn(inner, [...path, field, name]));
    }
  }
  for (const field of singles) {
    const inner = node[field];
    if (isObject(inner)) found.push(...schemasIn(inner, [...path, field]));
  }
  return found;
}

function functionsOf(body: JsonObject): Placed[] {
  return nodesOf(body, "tools").flatMap(({ node, path }) => {
    const inner = asObject(node["function"]);
    return inner ? [{ node: inner, path: [...path, "function"] }] : [];
  });
}

function toolSchemasOf(body: JsonObject): Placed[] {
  return functionsOf(body).flatMap(({ node, path }) => {
    const parameters = asObject(node["parameters"]);
    return parameters ? schemasIn(parameters, [...path, "parameters"]) : [];
  });
}

/** MiMo refuses the fields of strict mode (T26, Zoo-Code#80): they only ever narrowed what the model may write. */
const stripStrictFields: Adjustment = (body) => {
  const strict = functionsOf(body).flatMap(({ node, path }) =>
    node["strict"] === undefined
      ? []
      : [remove([...path, "strict"], node["strict"] === true ? "tools.strict" : undefined)],
  );
  const closed = toolSchemasOf(body)
    .filter(({ node }) => node["additionalProperties"] !== undefined)
    // From the inside out: a schema below the field must not be looked for after the field is gone.
    .reverse()
    .map(({ path }) => remove([...path, "additionalProperties"], "tools.additionalProperties"));
  return reportOnce([...strict, ...closed]);
};

/** Moonshot refuses `$schema` (B12), which says nothing to a model. */
const stripSchemaKey: Adjustment = (body) =>
  toolSchemasOf(body)
    .filter(({ node }) => node["$schema"] !== undefined)
    .map(({ path }) => remove([...path, "$schema"]));

function hasTools(body: JsonObject): boolean {
  return (asArray(body["tools"])?.length ?? 0) > 0;
}

const toolFields = ["tools", "tool_choice", "parallel_tool_calls"];

/** Many hosts refuse an empty list (T12, Portkey 1c9fdd23); with it goes what only makes sense beside tools. */
const emptyTools: Adjustment = (body) => {
  if (hasTools(body) || toolFields.every((field) => body[field] === undefined)) return [];
  return silently(toolFields.flatMap((field) => removeField(body, field)));
};

/** OpenAI refuses the field on calls without tools (A1.1). */
const parallelNeedsTools: Adjustment = (body) =>
  hasTools(body) ? [] : silently(removeField(body, "parallel_tool_calls"));

/** Mistral's word for "required" (translation.md D1, row Mistral, read 2026-11). */
const toolChoiceAny: Adjustment = (body) => (body["tool_choice"] === "required" ? [set(["tool_choice"], "any")] : []);

/** Hosts that cannot force a tool: the model is left to choose, and the client is told. */
const toolChoiceAuto: Adjustment = (body) => {
  const choice = body["tool_choice"];
  if (!isSaid(choice) || choice === "auto" || choice === "none") return [];
  return [report("tool_choice", "tool_choice"), set(["tool_choice"], "auto")];
};

function nameOf(tool: JsonObject): string | undefined {
  return asString(asObject(tool["function"])?.["name"]) ?? asString(asObject(tool["custom"])?.["name"]);
}

/** `allowed_tools` is OpenAI's own form; elsewhere the list itself is narrowed, which costs the prompt cache only. */
const allowedToolsFilter: Adjustment = (body) => {
  const choice = asObject(body["tool_choice"]);
  if (choice?.["type"] !== "allowed_tools") return [];
  const allowed = asObject(choice["allowed_tools"]) ?? choice;
  const names = new Set(nodesOf(allowed, "tools").map(({ node }) => nameOf(node) ?? asString(node["name"])));
  const forbidden = nodesOf(body, "tools").filter(({ node }) => !names.has(nameOf(node)));
  const mode = asString(allowed["mode"]) === "required" ? "required" : "auto";
  return [...forbidden.map(({ path }) => remove(path)), set(["tool_choice"], mode)];
};

const nineCharacters = /^[A-Za-z0-9]{9}$/;
const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/** Nine characters that depend on the id alone, so that a history keeps its ids from call to call (U23). */
function shortId(id: string, attempt: number): string {
  const digest = new Bun.CryptoHasher("sha256").update(`${attempt}:${id}`).digest();
  return Array.from(digest.subarray(0, 9), (byte) => alphabet[byte % alphabet.length]).join("");
}

/** Ids that fit stay; the others get a short one that no other id of the request has (T02). */
function shortIds(ids: readonly string[]): Map<string, string> {
  const taken = new Set(ids.filter((id) => nineCharacters.test(id)));
  const short = new Map<string, string>();
  for (const id of ids) {
    if (short.has(id) || nineCharacters.test(id)) continue;
    let attempt = 0;
    while (taken.has(shortId(id, attempt))) attempt++;
    taken.add(shortId(id, attempt));
    short.set(id, shortId(id, attempt));
  }
  return short;
}

type IdPlace = { id: string; path: Path };

/** Where ids stand, in order. Empty ones are named by their position, calls and results counted apart (T03). */
function idPlaces(body: JsonObject): IdPlace[] {
  const counts = { call: 0, result: 0 };
  const named = (id: string, kind: "call" | "result") => (id === "" ? `\u0000${counts[kind]++}` : id);
  return messagesOf(body).flatMap(({ node, path }): IdPlace[] => {
    const result = asString(node["tool_call_id"]);
    const calls = nodesOf(node, "tool_calls", path).flatMap(({ node: call, path: place }): IdPlace[] => {
      const id = asString(call["id"]) ?? "";
      return [{ id: named(id, "call"), path: [...place, "id"] }];
    });
    return result === undefined ? calls : [...calls, { id: named(result, "result"), path: [...path, "tool_call_id"] }];
  });
}

/** Mistral takes ids of exactly nine letters and digits (T05; opencode#1680, langchain#24668). */
const toolIdsNine: Adjustment = (body) => {
  const places = idPlaces(body);
  const short = shortIds(places.map(({ id }) => id));
  return places.flatMap(({ id, path }) => {
    const mapped = short.get(id);
    return mapped === undefined ? [] : [set(path, mapped)];
  });
};

/**
 * A result whose call is not there, as trimming of histories leaves it: hosts refuse it for good (M13; translation.md D1,
 * row Z.ai). What it says becomes a note of the user's.
 */
const orphanResults: Adjustment = (body) => {
  const called = new Set<string>();
  return reportOnce(
    messagesOf(body).flatMap(({ node, path }) => {
      for (const { node: call } of nodesOf(node, "tool_calls")) called.add(asString(call["id"]) ?? "");
      if (node["role"] !== "tool" || called.has(asString(node["tool_call_id"]) ?? "")) return [];
      return [set([...path, "role"], "user"), remove([...path, "tool_call_id"], "messages.tool_call_id")];
    }),
  );
};

export const toolAdjustments: { readonly [name: string]: Adjustment } = {
  "strip-strict-fields": stripStrictFields,
  "strip-schema-key": stripSchemaKey,
  "empty-tools": emptyTools,
  "parallel-needs-tools": parallelNeedsTools,
  "tool-choice-any": toolChoiceAny,
  "tool-choice-auto": toolChoiceAuto,
  "allowed-tools-filter": allowedToolsFilter,
  "orphan-results": orphanResults,
  "tool-ids-9": toolIdsNine,
};
