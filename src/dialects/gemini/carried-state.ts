// Reasoning state of other makers in the place of a thought signature, so that a Gemini client hands it back (translation.md B10).
import type { OpaqueState } from "../../core/chat.ts";
import { asObject, asString, parseJson } from "../../core/json.ts";

export const ownOrigin = "gemini";

/**
 * The whole is base64, as the field is bytes: Google's Python client decodes and encodes it anew, with the alphabet for
 * URLs. The mark is of a length divisible by three, so that it has one spelling whatever follows.
 */
const mark = "sluice-state-1:";
const encodedMark = Buffer.from(mark).toString("base64");

/** Takes the place of a signature that no Gemini made (A4.4); the model's answers get worse, but it answers. */
export const noSignature = "skip_thought_signature_validator";

const kinds: readonly OpaqueState["kind"][] = ["signature", "redacted", "encrypted", "details"];

export function writeSignature(state: OpaqueState): string {
  if (state.origin === ownOrigin && state.kind === "signature" && typeof state.value === "string") return state.value;
  const { origin, kind, value } = state;
  return Buffer.from(mark + JSON.stringify({ origin, kind, value })).toString("base64");
}

export function isForeignSignature(signature: unknown): boolean {
  return typeof signature === "string" && signature.startsWith(encodedMark);
}

/** Undefined for no signature, for what Gemini CLI puts in its place on every call, and for one with our mark that somebody has damaged: nobody could read it. */
export function readSignature(signature: unknown): OpaqueState | undefined {
  if (typeof signature !== "string" || signature === "" || signature === noSignature) return undefined;
  if (!isForeignSignature(signature)) return { origin: ownOrigin, kind: "signature", value: signature };
  const carried = asObject(parseJson(Buffer.from(signature, "base64").toString("utf8").slice(mark.length)));
  const origin = asString(carried?.["origin"]);
  const kind = kinds.find((known) => known === carried?.["kind"]);
  const value = carried?.["value"];
  return origin === undefined || kind === undefined || value === undefined ? undefined : { origin, kind, value };
}
