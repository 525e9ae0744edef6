// Which media a conversation holds, found by the types of its parts: one scan for all dialects.
import type { Demand } from "../core/demand.ts";
import { asObject, type JsonValue } from "../core/json.ts";
import { beginningOf } from "./framing/json-outline.ts";

export type MediaKind = "image" | "audio" | "video" | "file";
export type MediaDemand = Pick<Demand, MediaKind>;

/** What a part is, by its `type` or its fields; undefined for anything that is no medium. */
export type KindOfPart = (part: { readonly [key: string]: JsonValue }) => MediaKind | undefined;

/** Looks into the lists under `keys` of every turn, and of the parts in them: results of tools hold media, too. */
export function mediaIn(
  turns: readonly JsonValue[],
  { keys, kindOf }: { keys: readonly string[]; kindOf: KindOfPart },
): MediaDemand {
  const found: MediaDemand = { image: false, audio: false, video: false, file: false };
  const visit = (node: JsonValue, depth: number): void => {
    const part = asObject(node);
    if (!part) return;
    const kind = kindOf(part);
    if (kind) found[kind] = true;
    if (depth === 0) return;
    for (const key of keys) {
      const inner = part[key];
      if (Array.isArray(inner)) for (const child of inner) visit(child, depth - 1);
    }
  };
  for (const turn of turns) visit(turn, 2);
  return found;
}

export function kindOfMediaType(mediaType: JsonValue | undefined): MediaKind | undefined {
  if (typeof mediaType !== "string") return undefined;
  const type = beginningOf(mediaType);
  const [top] = type.split("/", 1);
  if (top === "image" || top === "audio" || top === "video") return top;
  return type.startsWith("text/") ? undefined : "file";
}

/** The first that is a number of at least one. */
export function tokenLimit(...values: (JsonValue | undefined)[]): number | undefined {
  return values.find((value) => typeof value === "number" && value >= 1) as number | undefined;
}

export function hasItems(value: JsonValue | undefined): boolean {
  return Array.isArray(value) && value.length > 0;
}
