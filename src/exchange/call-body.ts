// The body of one call, made of what an operation has written: bytes where they are few, a stream from the kept upload
// where they are many. Either can be made again for a further attempt.
import type { GatewayError } from "../core/errors.ts";
import type { JsonObject } from "../core/json.ts";
import type { Edit } from "../dialects/dialect.ts";
import { applyEdits } from "../dialects/framing/json-bytes.ts";
import type { FormPart } from "../operations/form.ts";
import type { Decision, Stretch } from "../operations/form-edit.ts";
import type { FieldValue, Piece } from "../operations/operation.ts";
import type { FormUpload } from "./form-upload.ts";
import { type HeldBody, memoryBytesMax } from "./held-body.ts";
import type { RequestBody } from "./read-body.ts";
import { pulled } from "./upload.ts";

export type MadeBody = {
  body: Uint8Array | string | ReadableStream<Uint8Array>;
  headers: { [name: string]: string };
};

export function jsonBody(json: JsonObject): MadeBody {
  return { body: JSON.stringify(json), headers: { "content-type": "application/json" } };
}

export type OwnChanges = {
  model: string | undefined;
  /** Names of top-level fields. */
  remove: readonly string[];
  set?: readonly FieldValue[] | undefined;
};

/** The client's own JSON, its other bytes untouched. */
export function ownJson({ bytes, json, top }: RequestBody, { model, remove, set }: OwnChanges): MadeBody {
  const edits: Edit[] = (set ?? []).map(({ path, value }) => ({ path, op: "set", value }));
  for (const name of remove) if (Object.hasOwn(json, name)) edits.push({ path: [name], op: "remove" });
  // Anything but a string belongs to the provider.
  if (typeof json["provider"] === "string") edits.push({ path: ["provider"], op: "remove" });
  if (set === undefined && model !== undefined && json["model"] !== model) {
    edits.push({ path: ["model"], op: "set", value: model });
  }
  return { body: applyEdits(bytes, top, edits), headers: { "content-type": "application/json" } };
}

/** Where the bytes of the client's form are, all of them read. */
export type FormSource = { upload: FormUpload; onFailure: (failure: GatewayError) => void };

/** The client's own form, its other bytes untouched. */
export async function ownForm(source: FormSource, model: string | undefined, remove: readonly string[]) {
  const { upload } = source;
  const editor = upload.editor(["model", ...remove]);
  for (const part of editor.undecided()) editor.decide(part, decisionOn(part, model));
  if (model !== undefined && !upload.form.parts.some((part) => part.name === "model")) editor.add("model", model);
  return await fromStretches(source, editor.next(upload.held.length), upload.contentType);
}

/** A `model` that is right already stays as it is. */
export function decisionOn(part: FormPart, model: string | undefined): Decision {
  if (part.name !== "model") return { op: "remove" };
  return model === undefined || part.value === model ? { op: "keep" } : { op: "replace", value: model };
}

/** A body that an operation has put together. */
export async function fromPieces(source: FormSource, pieces: readonly Piece[], contentType: string): Promise<MadeBody> {
  const stretches = pieces.map((piece): Source => {
    if (typeof piece === "string") return piece;
    const { contentStart: start, contentEnd: end } = piece.part;
    return { start, end, base64: piece.encoding === "base64" };
  });
  return await fromStretches(source, stretches, contentType);
}

type Source = Stretch | { start: number; end: number; base64: boolean };

function lengthOf(stretch: Source): number {
  if (typeof stretch === "string") return Buffer.byteLength(stretch);
  const length = stretch.end - stretch.start;
  return "base64" in stretch && stretch.base64 ? Math.ceil(length / 3) * 4 : length;
}

async function fromStretches(source: FormSource, stretches: readonly Source[], contentType: string): Promise<MadeBody> {
  const length = stretches.reduce((sum, stretch) => sum + lengthOf(stretch), 0);
  const headers = { "content-type": contentType };
  const pieces = piecesOf(source.upload.held, stretches);
  if (length > memoryBytesMax) {
    const next = async () => (await pieces.next()).value ?? undefined;
    // fetch sends the length in place of chunks: some hosts want one.
    return { body: pulled(source, next), headers: { ...headers, "content-length": String(length) } };
  }
  const whole: Uint8Array[] = [];
  for await (const piece of pieces) whole.push(piece);
  return { body: Buffer.concat(whole), headers };
}

async function* piecesOf(held: HeldBody, stretches: readonly Source[]): AsyncGenerator<Uint8Array, undefined> {
  for (const stretch of stretches) {
    if (typeof stretch === "string") {
      yield Buffer.from(stretch);
      continue;
    }
    const base64 = "base64" in stretch && stretch.base64;
    let over: Buffer = Buffer.alloc(0);
    for (let at = stretch.start; at < stretch.end; ) {
      const bytes = await held.read(at, stretch.end);
      at += bytes.length;
      if (!base64) {
        yield bytes;
        continue;
      }
      // Three bytes make four characters: what is left over waits for the next piece.
      const joined = over.length === 0 ? Buffer.from(bytes) : Buffer.concat([over, bytes]);
      const whole = at < stretch.end ? joined.length - (joined.length % 3) : joined.length;
      over = joined.subarray(whole);
      yield Buffer.from(joined.toString("base64", 0, whole));
    }
  }
}
