// Reads how much a client wants the model to reason, and in which format it wants the answer.
import { type Effort, efforts, type OutputFormat, type Reasoning } from "../../core/chat.ts";
import { asNumber, asObject, asString, type JsonObject, type JsonValue } from "../../core/json.ts";
import { defined, restOf } from "./fields.ts";

/** Fields that were not understood, to be kept under their top-level names. */
export type Leftovers = { [field: string]: JsonValue };

export const reasoningFields = [
  "reasoning_effort",
  "reasoning",
  "thinking",
  "enable_thinking",
  "thinking_budget",
  "include_reasoning",
] as const;

type Claim = { [K in keyof Reasoning]?: Reasoning[K] | undefined };

/** "High" is sent as well (R38). A word that is none of ours stays where it was and is the provider's to judge. */
function effortOf(value: JsonValue | undefined): Effort | undefined {
  const word = asString(value)?.toLowerCase();
  return efforts.find((effort) => effort === word);
}

function booleanOf(value: JsonValue | undefined): boolean | undefined {
  return typeof value === "boolean" ? value : undefined;
}

function switchOf(value: JsonValue | undefined): "on" | "off" | undefined {
  return typeof value === "boolean" ? (value ? "on" : "off") : undefined;
}

const thinkingModes: { readonly [type: string]: Reasoning["mode"] } = {
  enabled: "on",
  disabled: "off",
  adaptive: "adaptive",
};
const displayed: { readonly [display: string]: boolean } = { omitted: false, summarized: true };

function includedBy(exclude: JsonValue | undefined): boolean | undefined {
  return typeof exclude === "boolean" ? !exclude : undefined;
}

/** What each spelling says, by the canonical field it would set: translation.md B9, "inputs to unify". */
const spellings: { readonly [field: string]: { readonly [inner: string]: (value: JsonValue | undefined) => Claim } } = {
  reasoning: {
    effort: (value) => ({ effort: effortOf(value) }),
    max_tokens: (value) => ({ budgetTokens: asNumber(value) }),
    enabled: (value) => ({ mode: switchOf(value) }),
    exclude: (value) => ({ includeText: includedBy(value) }),
    summary: (value) => ({ summary: asString(value) }),
  },
  thinking: {
    type: (value) => ({ mode: lookUp(thinkingModes, value) }),
    budget_tokens: (value) => ({ budgetTokens: asNumber(value) }),
    display: (value) => ({ includeText: lookUp(displayed, value) }),
  },
};

const scalars: { readonly [field: string]: (value: JsonValue | undefined) => Claim } = {
  reasoning_effort: (value) => ({ effort: effortOf(value) }),
  enable_thinking: (value) => ({ mode: switchOf(value) }),
  thinking_budget: (value) => ({ budgetTokens: asNumber(value) }),
  include_reasoning: (value) => ({ includeText: booleanOf(value) }),
};

function lookUp<T>(table: { readonly [word: string]: T }, value: JsonValue | undefined): T | undefined {
  return typeof value === "string" && Object.hasOwn(table, value) ? table[value] : undefined;
}

/** Takes what a spelling says if that was not said otherwise before; false leaves the field to the leftovers. */
function accept(reasoning: Claim, claim: Claim): boolean {
  const said = Object.entries(claim).filter(([, value]) => value !== undefined);
  if (said.length === 0) return false;
  const before = reasoning as { [field: string]: unknown };
  if (said.some(([field, value]) => before[field] !== undefined && before[field] !== value)) return false;
  Object.assign(reasoning, Object.fromEntries(said));
  return true;
}

/** The first spelling wins, in the order of `reasoningFields`; one that contradicts it is left over, not dropped. */
export function readReasoning(body: JsonObject): { reasoning?: Reasoning; leftovers: Leftovers } {
  const reasoning: Claim = {};
  const leftovers: Leftovers = {};
  for (const field of reasoningFields) {
    const value = body[field];
    if (value === undefined || value === null) continue;
    const inner = spellings[field];
    const node = asObject(value);
    if (!inner || !node) {
      if (!accept(reasoning, scalars[field]?.(value) ?? {})) leftovers[field] = value;
      continue;
    }
    const taken = Object.keys(inner).filter(
      (key) => node[key] == null || accept(reasoning, inner[key]?.(node[key]) ?? {}),
    );
    const rest = restOf(node, new Set(taken));
    if (rest) leftovers[field] = rest;
  }
  return Object.keys(reasoning).length === 0
    ? { leftovers }
    : { reasoning: defined<Reasoning>(reasoning as Required<Reasoning>), leftovers };
}

const schemaFields = new Set(["name", "description", "schema", "strict"]);

function readSchema(node: JsonObject): { output: OutputFormat; rest?: JsonObject } {
  const strict = booleanOf(node["strict"]);
  const output = defined<OutputFormat & { kind: "schema" }>({
    kind: "schema",
    name: asString(node["name"]),
    description: asString(node["description"]),
    schema: asObject(node["schema"]) ?? {},
    strict,
  });
  const rest = restOf(node, schemaFields);
  return { output, ...(rest && { rest: { json_schema: rest } }) };
}

/** `response_format`; a type that only some hosts know (a grammar, a regular expression) is left over whole. */
export function readOutputFormat(value: JsonValue | undefined): { output?: OutputFormat; rest?: JsonObject } {
  const node = asObject(value);
  if (!node) return {};
  const outer = restOf(node, new Set(["type", "json_schema"]));
  switch (node["type"]) {
    case "text":
      return { output: { kind: "text" }, ...(outer && { rest: outer }) };
    case "json_object":
      return { output: { kind: "json" }, ...(outer && { rest: outer }) };
    case "json_schema": {
      const { output, rest } = readSchema(asObject(node["json_schema"]) ?? {});
      return outer || rest ? { output, rest: { ...outer, ...rest } } : { output };
    }
    default:
      return { rest: node };
  }
}
