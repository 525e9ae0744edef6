// Carries reasoning state of other makers in the signature of a thinking block, and reads it back (translation.md B10).
import type { OpaqueState } from "../../core/chat.ts";
import type { JsonValue } from "../../core/json.ts";

/** Whose genuine signatures stand in this dialect without a tag. */
export const nativeOrigin = "anthropic";

/** What the state belongs to: the thinking block itself, the call after it, or the call or text before it. */
export type Bearer = "self" | "next" | "previous";
export type Carried = { state: OpaqueState; bearer: Bearer };

const kinds: ReadonlySet<string> = new Set<OpaqueState["kind"]>(["signature", "redacted", "encrypted", "details"]);
const wordOfBearer: { readonly [bearer in Bearer]: string } = { self: "", next: "next-", previous: "previous-" };
const tagged = /^sluice1:([^:]+):(next-|previous-)?([a-z]+):([A-Za-z0-9_-]*)$/;

/** Is this a signature that Claude never made? It must not reach it. */
export function isTagged(signature: string): boolean {
  return signature.startsWith("sluice1:");
}

/** `sluice1:<origin>:<kind>:<base64url of JSON>`; a genuine signature of a thinking block stays as it is. */
export function tagState(state: OpaqueState, bearer: Bearer): string {
  const { origin, kind, value } = state;
  const isNative = origin === nativeOrigin && kind === "signature" && bearer === "self";
  if (isNative && typeof value === "string" && !isTagged(value)) return value;
  const payload = Buffer.from(JSON.stringify(value)).toString("base64url");
  return `sluice1:${encodeURIComponent(origin)}:${wordOfBearer[bearer]}${kind}:${payload}`;
}

/** Undefined for an empty signature, and for a tag that was damaged on its way: that is of no use to anybody. */
export function untagState(signature: string): Carried | undefined {
  if (signature === "") return undefined;
  if (!isTagged(signature)) {
    return { state: { origin: nativeOrigin, kind: "signature", value: signature }, bearer: "self" };
  }
  const [, origin, word, kind, payload] = tagged.exec(signature) ?? [];
  if (origin === undefined || kind === undefined || payload === undefined || !kinds.has(kind)) return undefined;
  try {
    const value = JSON.parse(Buffer.from(payload, "base64url").toString()) as JsonValue;
    const bearer = word === "next-" ? "next" : word === "previous-" ? "previous" : "self";
    return { state: { origin: decodeURIComponent(origin), kind: kind as OpaqueState["kind"], value }, bearer };
  } catch {
    return undefined;
  }
}
