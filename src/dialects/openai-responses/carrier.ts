// Opaque state of other makers inside `encrypted_content`, which every client of this dialect sends back (translation.md B10).
import type { OpaqueState } from "../../core/chat.ts";
import { asObject, asString, type JsonValue, parseJson } from "../../core/json.ts";

const tag = "sluice1:";
/** Whose own encrypted reasoning stands there untagged. */
const homeOrigin = "openai";
const kinds: ReadonlySet<string> = new Set(["signature", "redacted", "encrypted", "details"]);
/** State of a tool call or a text, which this dialect's items have no field for: it travels in a reasoning item of its own. */
export type Owner = { call: string } | { text: true };
export type Carried = { state: OpaqueState; owner?: Owner };

/** Is this state that another maker has made, and we have tagged? */
export function isTagged(text: string): boolean {
  return text.startsWith(tag);
}

function encode(value: JsonValue): string {
  return Buffer.from(JSON.stringify(value), "utf8").toString("base64url");
}

/** Encrypted reasoning of the dialect's own maker as it is, everything else tagged with its maker. */
export function carrierOf(state: OpaqueState): string {
  if (state.origin === homeOrigin && state.kind === "encrypted" && typeof state.value === "string") return state.value;
  return `${tag}${state.origin}:${state.kind}:${encode(state.value)}`;
}

export function carrierFor(owner: Owner, state: OpaqueState): string {
  const name = "call" in owner ? "call" : "text";
  const held: JsonValue = "call" in owner ? { call: owner.call, value: state.value } : { value: state.value };
  return `${tag}${state.origin}:${name}-${state.kind}:${encode(held)}`;
}

/** What `encrypted_content` holds; undefined for a carrier of ours that was damaged on the way. */
export function readCarrier(text: string): Carried | undefined {
  if (!isTagged(text)) return { state: { origin: homeOrigin, kind: "encrypted", value: text } };
  const [, origin = "", word = "", payload = ""] = text.split(":");
  const value = parseJson(Buffer.from(payload, "base64url").toString("utf8"));
  const [owner, ownedKind] = word.includes("-") ? (word.split("-", 2) as [string, string]) : [undefined, word];
  if (origin === "" || value === undefined || !kinds.has(ownedKind)) return undefined;
  const kind = ownedKind as OpaqueState["kind"];
  if (owner === undefined) return { state: { origin, kind, value } };
  const held = asObject(value);
  const call = asString(held?.["call"]);
  const inner = held?.["value"];
  if (inner === undefined || (owner === "call" && call === undefined)) return undefined;
  return { state: { origin, kind, value: inner }, owner: call === undefined ? { text: true } : { call } };
}
