// What is written into a reply, or a frame of one, that otherwise passes as it comes.
import { isObject, type JsonValue } from "../core/json.ts";
import type { Edit, Frame, ReplyContext, UpstreamHalf } from "../dialects/dialect.ts";
import { applyEdits, topMembers } from "../dialects/framing/json-bytes.ts";

export type ReplyEdits = Pick<UpstreamHalf, "annotateEdits" | "renameEdits">;

export type ReplyEditing = {
  half: ReplyEdits;
  provider: string;
  /** Write what we know into it (`replies.annotate`). */
  annotate: boolean;
  /** The client's name of the model, where it must stand for the provider's. */
  asked?: string | undefined;
};

/** What a reply must call its model; undefined where the provider was asked by that name, and where no client minds. */
export function askedOf({ renameEdits }: ReplyEdits, { asked, model }: ReplyContext): string | undefined {
  return renameEdits && asked !== model ? asked : undefined;
}

/** @param body what the bytes hold */
export function editReply(bytes: Uint8Array, body: JsonValue, editing: ReplyEditing): Uint8Array {
  const { half, provider, annotate, asked } = editing;
  if ((!annotate && asked === undefined) || !isObject(body)) return bytes;
  const edits: Edit[] = asked === undefined ? [] : (half.renameEdits?.(body, asked) ?? []);
  if (annotate && half.annotateEdits) edits.push(...half.annotateEdits(body, provider));
  return edits.length === 0 ? bytes : applyEdits(bytes, topMembers(bytes), edits);
}

/** The bytes of a frame with its data edited. Its other lines stay as they are, unless its data stand on several. */
export function editFrame(bytes: Uint8Array, { event, data }: Frame, editing: ReplyEditing): Uint8Array {
  // A line end between the lines of its data stands between tokens of its JSON: inside strings it is escaped.
  const line = Buffer.from(data.replaceAll("\n", " "));
  const edited = editReply(line, JSON.parse(data) as JsonValue, editing);
  const at = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).indexOf(line);
  if (at >= 0) return Buffer.concat([bytes.subarray(0, at), edited, bytes.subarray(at + line.length)]);
  return Buffer.concat([Buffer.from(`${event === "" ? "" : `event: ${event}\n`}data: `), edited, Buffer.from("\n\n")]);
}
