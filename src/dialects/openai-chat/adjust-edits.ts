// Making edits: small builders shared by the named adjustments of this dialect.
import { asArray, isObject, type JsonObject, type JsonValue } from "../../core/json.ts";
import type { Edit } from "../dialect.ts";

export type Path = readonly (string | number)[];

export function set(path: Path, value: JsonValue): Edit {
  return { path, op: "set", value };
}

/** Removes a field; with `lost`, the removal is reported under that name. */
export function remove(path: Path, lost?: string): Edit {
  return lost === undefined ? { path, op: "remove" } : { path, op: "remove", lost };
}

/**
 * Reports a loss beside a `set` of the same field. Only removals carry names, so this one is of a key that is not there;
 * it must come before the `set`, and the field must not be a list.
 */
export function report(field: string, lost: string): Edit {
  return remove([field, "lost"], lost);
}

/** Removals that lose nothing, because what stood there is said another way or said nothing. */
export function silently(edits: readonly Edit[]): Edit[] {
  return edits.map((edit) => remove(edit.path));
}

/** Removes a top-level field where it stands; null says nothing and is not reported. */
export function removeField(body: JsonObject, field: string, lost: string | undefined = field): Edit[] {
  if (body[field] === undefined) return [];
  return [remove([field], body[field] === null ? undefined : lost)];
}

/** Many edits of one kind are one loss: only the first keeps its name. */
export function reportOnce(edits: readonly Edit[]): Edit[] {
  const told = new Set<string>();
  return edits.map((edit) => {
    if (edit.op !== "remove" || edit.lost === undefined) return edit;
    if (told.has(edit.lost)) return remove(edit.path);
    told.add(edit.lost);
    return edit;
  });
}

export type Placed = { node: JsonObject; path: Path };

/** The objects of a list, with their places. */
export function nodesOf(parent: JsonObject, field: string, path: Path = []): Placed[] {
  const found: Placed[] = [];
  const nodes = asArray(parent[field]) ?? [];
  for (let index = 0; index < nodes.length; index++) {
    const node = nodes[index];
    if (isObject(node)) found.push({ node, path: [...path, field, index] });
  }
  return found;
}

export function messagesOf(body: JsonObject): Placed[] {
  return nodesOf(body, "messages");
}

/** The parts of every message's content, in order. */
export function contentPartsOf(body: JsonObject): Placed[] {
  const found: Placed[] = [];
  const messages = asArray(body["messages"]) ?? [];
  for (let index = 0; index < messages.length; index++) {
    const message = messages[index];
    // Nearly every message is plain text: a long history costs one look at each.
    if (!isObject(message) || !Array.isArray(message["content"])) continue;
    found.push(...nodesOf(message, "content", ["messages", index]));
  }
  return found;
}
