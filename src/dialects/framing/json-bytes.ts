// Finds members of a JSON text in its bytes and edits them in place: nothing but the named values is re-serialised.
// The text has been, or will be, parsed by JSON.parse; this scanner only needs to be safe on broken input, not strict.
import { GatewayError } from "../../core/errors.ts";
import type { JsonObject, JsonValue } from "../../core/json.ts";
import type { Edit } from "../dialect.ts";

/** Nesting that no real request has; JSON.parse takes seconds for millions of levels (robustness.md V15). */
export const depthMax = 128;

const quote = 0x22;
const comma = 0x2c;
const colon = 0x3a;
const backslash = 0x5c;
const openBracket = 0x5b;
const closeBracket = 0x5d;
const openBrace = 0x7b;
const closeBrace = 0x7d;

/** One member of an object or element of an array, as byte ranges. `start` is the key's quote, or the value's start. */
export type Member = { key: string | number; start: number; valueStart: number; valueEnd: number };

const isSpace = (byte: number | undefined): boolean => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;

function skipSpace(bytes: Uint8Array, from: number): number {
  let index = from;
  while (isSpace(bytes[index])) index++;
  return index;
}

/** Index after the closing quote of the string that opens at `from`; the length of the text when it never closes. */
function skipString(bytes: Uint8Array, from: number): number {
  let index = from + 1;
  // Short strings are the rule in structure, long ones in content: look by hand first, then let native code search.
  const near = Math.min(bytes.length, index + 24);
  for (; index < near; index++) {
    const byte = bytes[index];
    if (byte === quote) return index + 1;
    if (byte === backslash) index++;
  }
  for (;;) {
    const end = bytes.indexOf(quote, index);
    if (end < 0) return bytes.length;
    let slashes = 0;
    while (end - 1 - slashes >= index && bytes[end - 1 - slashes] === backslash) slashes++;
    if (slashes % 2 === 0) return end + 1;
    index = end + 1;
  }
}

/** Index after the value that starts at `from`. Throws GatewayError when it nests deeper than allowed. */
function skipValue(bytes: Uint8Array, from: number, depth: number): number {
  const first = bytes[from];
  if (first === quote) return skipString(bytes, from);
  if (first !== openBrace && first !== openBracket) return skipScalar(bytes, from);
  let level = depth;
  let index = from;
  const length = bytes.length;
  while (index < length) {
    const byte = bytes[index];
    if (byte === quote) {
      index = skipString(bytes, index);
      continue;
    }
    index++;
    if (byte === openBrace || byte === openBracket) {
      if (++level > depthMax) throw tooDeep();
    } else if (byte === closeBrace || byte === closeBracket) {
      if (--level <= depth) return index;
    }
  }
  return length;
}

function skipScalar(bytes: Uint8Array, from: number): number {
  let index = from;
  while (index < bytes.length) {
    const byte = bytes[index];
    if (byte === comma || byte === closeBrace || byte === closeBracket || isSpace(byte)) break;
    index++;
  }
  return index;
}

function tooDeep(): GatewayError {
  return new GatewayError("invalid_request", `the body nests deeper than ${depthMax} levels`);
}

// Without ignoreBOM a key that begins with U+FEFF would read as another key.
const text = new TextDecoder("utf-8", { ignoreBOM: true });

/**
 * Members of the object or array that starts at `from`, in order, keys with their escapes decoded. Stops quietly at
 * broken JSON. Throws GatewayError when something nests too deep. `ascii` is the whole text where each byte is one
 * character of it: keys are then parts of it, which spares a decoding each.
 */
export function members(bytes: Uint8Array, from: number, depth = 1, ascii?: string): Member[] {
  const found: Member[] = [];
  const isObject = bytes[from] === openBrace;
  if (!isObject && bytes[from] !== openBracket) return found;
  let index = skipSpace(bytes, from + 1);
  while (index < bytes.length && bytes[index] !== closeBrace && bytes[index] !== closeBracket) {
    const start = index;
    let key: string | number = found.length;
    if (isObject) {
      if (bytes[index] !== quote) return found;
      const keyEnd = skipString(bytes, index);
      key = readKey(ascii?.slice(index + 1, keyEnd - 1) ?? text.decode(bytes.subarray(index + 1, keyEnd - 1)));
      index = skipSpace(bytes, keyEnd);
      if (bytes[index] !== colon) return found;
      index = skipSpace(bytes, index + 1);
    }
    const valueStart = index;
    const valueEnd = skipValue(bytes, index, depth);
    if (valueEnd === valueStart) return found;
    found.push({ key, start, valueStart, valueEnd });
    index = skipSpace(bytes, valueEnd);
    if (bytes[index] !== comma) return found;
    index = skipSpace(bytes, index + 1);
  }
  return found;
}

function readKey(inside: string): string {
  if (!inside.includes("\\")) return inside;
  try {
    return JSON.parse(`"${inside}"`) as string;
  } catch {
    return inside;
  }
}

/**
 * Members of the top-level object, or elements of a top-level array; empty for any other text. `decoded` is the same in
 * characters, where the caller has it.
 */
export function topMembers(bytes: Uint8Array, decoded?: string): Member[] {
  // UTF-8 has more bytes than UTF-16 has units for everything outside ASCII.
  const ascii = decoded?.length === bytes.length ? decoded : undefined;
  return members(bytes, skipSpace(bytes, 0), 1, ascii);
}

/** The first key that stands twice, if one does: which of the two would count is anybody's guess. */
export function duplicateKey(found: readonly Member[]): string | undefined {
  const seen = new Set<string | number>();
  for (const member of found) {
    if (seen.has(member.key)) return String(member.key);
    seen.add(member.key);
  }
  return undefined;
}

type Splice = { start: number; end: number; text: string };
type Change = { remove: true } | { set: JsonValue } | { inside: Branch } | { first: JsonValue };
/** Edits of one container: what happens to each of its members. Indices stand as strings, as in JavaScript's own access. */
type Branch = Map<string, Change>;
/** Stands in the branch of an array for what is put before its first item; no index is written so. */
const firstKey = "before 0";

/**
 * The bytes with the edits applied. `top` are the members of the top-level object. The same array when nothing changes.
 * Paths name the places of the original body. Of two edits of one place the later counts; what is removed stays removed
 * whatever is set inside it; setting an index that an array does not have appends. With `inPlace` the given bytes may be
 * changed and returned in part.
 */
export function applyEdits(
  bytes: Uint8Array,
  top: readonly Member[],
  edits: readonly Edit[],
  inPlace = false,
): Uint8Array {
  if (edits.length === 0) return bytes;
  const splices = simpleSplice(top, edits) ?? [];
  if (splices.length === 0) collect({ bytes, open: skipSpace(bytes, 0), splices }, top, branchOf(edits));
  if (splices.length === 0) return bytes;
  if (inPlace && splices.length === 1) {
    const shifted = shiftInPlace(bytes, splices[0] as Splice);
    if (shifted) return shifted;
  }
  splices.sort((one, other) => one.start - other.start);
  const parts: Uint8Array[] = [];
  let from = 0;
  for (const splice of splices) {
    if (splice.start > from) parts.push(bytes.subarray(from, splice.start));
    if (splice.text !== "") parts.push(Buffer.from(splice.text));
    from = splice.end;
  }
  parts.push(bytes.subarray(from));
  return Buffer.concat(parts);
}

function branchOf(edits: readonly Edit[]): Branch {
  const root: Branch = new Map();
  for (const edit of edits) if (edit.path.length > 0) place(root, edit, 0);
  return root;
}

function place(branch: Branch, edit: Edit, depth: number): void {
  const key = String(edit.path[depth]);
  if (depth === edit.path.length - 1) {
    if (edit.op === "prepend") placeFirst(branch, key, edit.value);
    else branch.set(key, edit.op === "set" ? { set: edit.value } : { remove: true });
    return;
  }
  const known = branch.get(key);
  if (known && "remove" in known) return;
  if (known && "set" in known) {
    branch.set(key, { set: edited(known.set, { ...edit, path: edit.path.slice(depth + 1) }) });
    return;
  }
  const inside: Branch = known && "inside" in known ? known.inside : new Map();
  if (!known) branch.set(key, { inside });
  place(inside, edit, depth + 1);
}

function placeFirst(branch: Branch, key: string, value: JsonValue): void {
  const known = branch.get(key);
  if (known && "remove" in known) return;
  if (known && "set" in known) {
    if (Array.isArray(known.set)) branch.set(key, { set: [value, ...known.set] });
    return;
  }
  const inside: Branch = known && "inside" in known ? known.inside : new Map();
  branch.set(key, { inside: inside.set(firstKey, { first: value }) });
}

/** The usual case, a top-level value replaced and nothing else, without building a tree of edits. */
function simpleSplice(top: readonly Member[], edits: readonly Edit[]): Splice[] | undefined {
  const [edit] = edits;
  if (edits.length !== 1 || edit?.op !== "set" || edit.path.length !== 1) return undefined;
  const member = top.find(({ key }) => key === edit.path[0]);
  return member && [{ start: member.valueStart, end: member.valueEnd, text: JSON.stringify(edit.value) }];
}

/** A text in place of a longer one, by moving what stands before it: a model id stands near the start of a megabyte. */
function shiftInPlace(bytes: Uint8Array, splice: Splice): Uint8Array | undefined {
  const text = Buffer.from(splice.text);
  const room = splice.end - splice.start - text.length;
  if (room < 0) return undefined;
  bytes.copyWithin(room, 0, splice.start);
  bytes.set(text, splice.start + room);
  return bytes.subarray(room);
}

/** A value that one edit sets, with a later edit inside it; the first edit's own value may be a part of the body. */
function edited(value: JsonValue, edit: Edit): JsonValue {
  const branch = branchOf([edit]);
  if (typeof value !== "object" || value === null) return made({ inside: branch }) ?? value;
  const copy = copyOf(value) as JsonObject | JsonValue[];
  applyBranch(copy, branch);
  return copy;
}

function copyOf(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(copyOf);
  // Frozen: a raw number of parseExact, which no copy would keep.
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, copyOf(inner)]));
}

type Work = { bytes: Uint8Array /** Index of the container's opening bracket. */; open: number; splices: Splice[] };

function collect(work: Work, found: readonly Member[], branch: Branch): void {
  const { bytes, open, splices } = work;
  const missing = new Map(branch);
  const removed: boolean[] = [];
  const first = bytes[open] === openBracket ? branch.get(firstKey) : undefined;
  missing.delete(firstKey);
  for (const member of found) {
    const key = String(member.key);
    const change = branch.get(key);
    missing.delete(key);
    removed.push(change !== undefined && "remove" in change);
    if (!change || "remove" in change || "first" in change) continue;
    const { valueStart, valueEnd } = member;
    if ("inside" in change && (bytes[valueStart] === openBrace || bytes[valueStart] === openBracket)) {
      collect({ bytes, open: valueStart, splices }, members(bytes, valueStart), change.inside);
      continue;
    }
    const value = made(change);
    if (value !== undefined) splices.push({ start: valueStart, end: valueEnd, text: JSON.stringify(value) });
  }
  const added =
    bytes[open] === openBracket
      ? appended(missing).map((value) => JSON.stringify(value))
      : [...missing].flatMap(([key, change]) => {
          const value = made(change);
          return value === undefined ? [] : [`${JSON.stringify(key)}:${JSON.stringify(value)}`];
        });
  if (first && "first" in first) {
    const isAlone = removed.every(Boolean) && added.length === 0;
    splices.push({ start: open + 1, end: open + 1, text: JSON.stringify(first.first) + (isAlone ? "" : ",") });
  }
  spliceRuns({ work, found, removed, added: added.join(",") });
}

/** What a change puts where nothing stands, or nothing that has members; undefined when it puts nothing. */
function made(change: Change): JsonValue | undefined {
  if ("set" in change) return change.set;
  if ("remove" in change || "first" in change) return undefined;
  const entries = [...change.inside].flatMap(([key, inner]): [string, JsonValue][] => {
    const value = made(inner);
    return value === undefined ? [] : [[key, value]];
  });
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}

/** Values for indices that an array does not have: they go to its end, in order. Other keys mean nothing to an array. */
function appended(missing: Branch): JsonValue[] {
  return [...missing]
    .flatMap(([key, change]) => {
      const index = indexOf(key);
      const value = made(change);
      return index === undefined || value === undefined ? [] : [{ index, value }];
    })
    .sort((one, other) => one.index - other.index)
    .map(({ value }) => value);
}

function indexOf(key: string): number | undefined {
  return /^(0|[1-9]\d*)$/.test(key) ? Number(key) : undefined;
}

/** Removes runs of members with the commas they need no more, and appends new members after the last one kept. */
function spliceRuns(runs: { work: Work; found: readonly Member[]; removed: readonly boolean[]; added: string }): void {
  const { work, found, removed, added } = runs;
  const keptLast = removed.lastIndexOf(false);
  let index = 0;
  while (index < found.length) {
    if (!removed[index]) {
      index++;
      continue;
    }
    let last = index;
    while (removed[last + 1]) last++;
    const next = found[last + 1];
    // The run at the end is removed together with the comma before it, below.
    if (next && index < keptLast)
      work.splices.push({ start: (found[index] as Member).start, end: next.start, text: "" });
    index = last + 1;
  }
  const kept = found[keptLast];
  const start = kept ? kept.valueEnd : work.open + 1;
  const lastMember = found.at(-1);
  const end = lastMember && keptLast < found.length - 1 ? lastMember.valueEnd : start;
  const addition = added === "" ? "" : kept ? `,${added}` : added;
  if (end > start || addition !== "") work.splices.push({ start, end, text: addition });
}

/** The same edits, by the same rules, on a parsed body. Changes `body`, which must be our own. */
export function applyEditsToObject(body: JsonObject, edits: readonly Edit[]): void {
  applyBranch(body, branchOf(edits));
}

function applyBranch(node: JsonObject | JsonValue[], branch: Branch): void {
  const missing = new Map(branch);
  missing.delete(firstKey);
  const removed: string[] = [];
  for (const [key, change] of branch) {
    // Own members only: "__proto__" and "constructor" are names like any other.
    if (!Object.hasOwn(node, key) || (Array.isArray(node) && indexOf(key) === undefined)) continue;
    missing.delete(key);
    const before = (node as JsonObject)[key];
    if ("remove" in change) removed.push(key);
    else if ("inside" in change && typeof before === "object" && before !== null) applyBranch(before, change.inside);
    else setMember(node, key, made(change));
  }
  if (Array.isArray(node)) {
    // The last ones first: each removal moves what stands behind it.
    for (const index of removed.map(Number).sort((one, other) => other - one)) node.splice(index, 1);
    node.push(...appended(missing));
    const first = branch.get(firstKey);
    if (first && "first" in first) node.unshift(first.first);
    return;
  }
  for (const key of removed) delete node[key];
  for (const [key, change] of missing) setMember(node, key, made(change));
}

function setMember(node: JsonObject | JsonValue[], key: string, value: JsonValue | undefined): void {
  if (value === undefined) return;
  // Assigning "__proto__" would set the prototype.
  Object.defineProperty(node, key, { value, writable: true, enumerable: true, configurable: true });
}
