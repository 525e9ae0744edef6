// $ref and allOf: what a schema node says once its references are followed and its parts are merged. Never changes its input.
import { asArray, isObject, type JsonObject, type JsonValue } from "../../core/json.ts";

/** A schema may refer to itself many times over; written out, it may not grow without end. */
const maxNodes = 20_000;
const maxDepth = 64;

export type References = {
  /** The node with `$ref` and `allOf` folded in, as a new object; undefined where a cycle or a limit cuts it. */
  expand(node: JsonObject): JsonObject | undefined;
  /** `expand`, and remembers the way here until `leave`: a reference that is still open is a cycle. */
  enter(node: JsonObject): JsonObject | undefined;
  leave(node: JsonObject): void;
};

export function openReferences(root: JsonObject, lost: Set<string>): References {
  /** References open on the way from the root to here, a list a level. */
  const open: string[][] = [];
  /** References followed on the way to a node that `expand` made before `enter` saw it. */
  const ways = new WeakMap<JsonObject, string[]>();
  let nodes = 0;

  const fold = (node: JsonObject, way: string[]): JsonObject | undefined => {
    const known = ways.get(node);
    if (known) way.push(...known);
    const reference = node["$ref"];
    const { $ref: _reference, allOf: _all, ...own } = node;
    const members: JsonObject[] = [own];
    if (typeof reference === "string") {
      if (way.includes(reference) || open.some((level) => level.includes(reference))) {
        lost.add("$ref");
        return undefined;
      }
      way.push(reference);
      const target = resolve(root, reference);
      if (target === undefined) lost.add("$ref");
      const folded = isObject(target) ? fold(target, way) : {};
      if (!folded) return undefined;
      members.push(folded);
    }
    for (const member of asArray(node["allOf"]) ?? []) {
      const folded = isObject(member) ? fold(member, way) : {};
      if (folded) members.push(folded);
      // A node that is nothing but a way back to itself ends here; one with words of its own keeps those.
      else if (Object.keys(own).length === 0) return undefined;
    }
    return mergeAll(members);
  };

  const expand = (node: JsonObject): JsonObject | undefined => {
    const way: string[] = [];
    const folded = fold(node, way);
    if (folded) ways.set(folded, way);
    return folded;
  };

  return {
    expand,
    enter(node) {
      nodes++;
      const folded = nodes > maxNodes || open.length >= maxDepth ? undefined : expand(node);
      if (nodes > maxNodes || open.length >= maxDepth) lost.add("$ref");
      open.push(folded ? (ways.get(folded) ?? []) : []);
      if (!folded) open.pop();
      return folded;
    },
    leave() {
      open.pop();
    },
  };
}

/** A JSON pointer inside the document ("#", "#/$defs/node"); anything else would have to be fetched and is not. */
function resolve(root: JsonObject, reference: string): JsonValue | undefined {
  if (reference === "#") return root;
  if (!reference.startsWith("#/")) return undefined;
  let node: JsonValue | undefined = root;
  for (const step of reference.slice(2).split("/")) {
    const key = decode(step).replaceAll("~1", "/").replaceAll("~0", "~");
    if (Array.isArray(node)) node = node[Number(key)];
    else node = isObject(node) && Object.hasOwn(node, key) ? node[key] : undefined;
  }
  return node;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** All of these at once: properties together, demands together, and for the rest the first word counts. */
export function mergeAll(members: JsonObject[]): JsonObject {
  const out: JsonObject = {};
  for (const member of members) {
    for (const [keyword, value] of Object.entries(member)) {
      const before = out[keyword];
      if (before === undefined) out[keyword] = value;
      else if (keyword === "properties" && isObject(before) && isObject(value)) {
        out[keyword] = Object.fromEntries([...Object.entries(value), ...Object.entries(before)]);
      } else if (keyword === "required" && Array.isArray(before) && Array.isArray(value)) {
        out[keyword] = [...new Set([...before, ...value])];
      }
    }
  }
  return out;
}
