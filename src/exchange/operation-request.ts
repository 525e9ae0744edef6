// Reads a request of an endpoint that is not chat as far as it must be read before a provider is chosen.
import { badRequest, GatewayError } from "../core/errors.ts";
import { asString } from "../core/json.ts";
import { fieldOf } from "../operations/form.ts";
import type { Exchange } from "./exchange.ts";
import { FormUpload } from "./form-upload.ts";
import { type RequestBody, readJsonBody } from "./read-body.ts";
import { refuseLongName } from "./read-control.ts";
import type { Spool } from "./spool.ts";
import { Upload } from "./upload.ts";

/** The client's body. */
export type OperationSource =
  | { kind: "json"; body: RequestBody }
  | { kind: "form"; upload: FormUpload }
  /** Passed on unread. */
  | { kind: "raw"; upload: Upload; contentType: string };

export type OperationControl = {
  /** As the client wrote it. */
  model: string | undefined;
  providerHint: string | undefined;
  stream: boolean;
};

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must not get through.
const hasControls = /[\u0000-\u001f\u007f]/;

export type SourceLimits = {
  jsonBytesMax: number;
  uploadBytesMax: number;
  spool: Spool;
};

/** Rejects with GatewayError. A form is read up to its `model` or its end, and no further than what fits into memory. */
export async function openSource(exchange: Exchange, limits: SourceLimits, isRaw: boolean): Promise<OperationSource> {
  const { request, deadlines } = exchange;
  const contentType = request.headers.get("content-type") ?? "";
  const uploadLimits = { bytesMax: limits.uploadBytesMax, deadlines, spool: limits.spool };
  if (isRaw) return { kind: "raw", upload: new Upload(request, uploadLimits), contentType };
  if (/^\s*multipart\/form-data\b/i.test(contentType)) {
    return { kind: "form", upload: new FormUpload(request, contentType, uploadLimits) };
  }
  // What `curl -d` says of any body is no reason to refuse one: chat takes it too, and what is no JSON is told so.
  if (/^\s*(?:multipart\/|audio\/|image\/)/i.test(contentType)) {
    throw new GatewayError("unsupported_media_type", "the body must be JSON or multipart/form-data");
  }
  return { kind: "json", body: await readJsonBody(request, { bytesMax: limits.jsonBytesMax, deadlines }) };
}

/** What the address or a header says, over what the body says. Throws GatewayError. */
export function readOperationControl(source: OperationSource, named: string | undefined): OperationControl {
  const control = source.kind === "json" ? jsonControl(source.body) : formControl(source);
  const model = named ?? control.model;
  if (model !== undefined) refuseLongName(model);
  // In a form a line end could begin another field, with another model.
  if (model !== undefined && hasControls.test(model)) throw badRequest("model", "model holds control characters");
  return { ...control, model };
}

function jsonControl({ json }: RequestBody): OperationControl {
  const { model, provider, stream } = json;
  if (model !== undefined && model !== null && (typeof model !== "string" || model === "")) {
    throw badRequest("model", "model must be a non-empty string");
  }
  return {
    model: asString(model),
    // Anything but a string there belongs to the provider and passes.
    providerHint: asString(provider) || undefined,
    stream: stream === true || json["stream_format"] === "sse",
  };
}

function formControl(source: Exclude<OperationSource, { kind: "json" }>): OperationControl {
  if (source.kind === "raw") return { model: undefined, providerHint: undefined, stream: false };
  const { form } = source.upload;
  const model = fieldOf(form, "model");
  if (model?.trim() === "") throw badRequest("model", "model must be a non-empty string");
  return {
    model,
    providerHint: fieldOf(form, "provider")?.trim() || undefined,
    stream: fieldOf(form, "stream") === "true",
  };
}

/** `?model=` or `x-sluice-model`: a client that cannot put `model` before its file says it there. */
export function namedModel(request: Request): string | undefined {
  const header = request.headers.get("x-sluice-model")?.trim();
  if (header) return header;
  const query = request.url.indexOf("?");
  return query < 0 ? undefined : new URLSearchParams(request.url.slice(query)).get("model") || undefined;
}
