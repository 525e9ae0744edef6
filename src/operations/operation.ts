// The contract of an endpoint that is not chat: how its requests are written for a host's shape, and its replies read.
// Pure, like a dialect: no I/O, no clock, no vendor beyond the names of shapes.
import type { JsonObject, JsonValue } from "../core/json.ts";
import type { OperationId, OperationShape } from "../core/operation.ts";
import type { Usage } from "../core/usage.ts";
import type { Form, FormPart } from "./form.ts";
import { pathValue } from "./paths.ts";

/** Whose form the client writes, and wants to be answered in. "results" is what Cohere's and Jina's rerank have in common. */
export type ClientShape = "openai" | "gemini" | "gemini-batch" | "results" | "cohere" | "voyage";

/** The form of nearly all clients. */
export const usualClient: ClientShape = "openai";

/** Hosts of these shapes take a client's form as it is: it may go straight through. */
export const passingShapes: ReadonlySet<OperationShape> = new Set(["openai", "raw"]);

/** A request as its client sent it, either as JSON or as a form. */
export type OperationRequest = {
  client: ClientShape;
  json?: JsonObject;
  /** All of its parts: present only when the whole form has been read. */
  form?: Form;
};

/** What is called, as the operation needs to know it. */
export type OperationTarget = {
  /** Instance name, for messages. */
  provider: string;
  /** As the host knows it; undefined where the client named none. */
  model: string | undefined;
  path: string;
  batchPath?: string;
};

/** A part of a body that is put together: text, or bytes of the client's form, as they are or in base64. */
export type Piece = string | { part: FormPart; encoding: "raw" | "base64" };

/** A field of a JSON body and what it must say. */
export type FieldValue = { path: readonly (string | number)[]; value: JsonValue };

export type CallBody =
  /** The client's own body, JSON or a form, with its `model` replaced where it has one at the top. */
  | { kind: "own"; remove: readonly string[]; set?: readonly FieldValue[] }
  | { kind: "json"; json: JsonObject }
  | { kind: "pieces"; contentType: string; pieces: readonly Piece[] };

export type Call = { path: string; body: CallBody };

/** A reply of the host, of status 200. */
export type HostReply = { json: JsonValue; headers: { get(name: string): string | null } };

/** What the client gets in its place. */
export type ReadyReply = {
  body: JsonObject | string | Uint8Array;
  contentType: string;
  usage?: Usage;
  /** What of the request turned out to be lost only now. */
  lost?: readonly string[];
};

/** Throws GatewayError for a reply that cannot be meant. */
export type ReadReply = (replies: readonly HostReply[]) => ReadyReply;

export type Written = {
  /** Made one after the other; almost always one. Where there are several, `read` puts their replies together. */
  calls: readonly Call[];
  /** Client fields that the host will not see, in the client's names. */
  lost: readonly string[];
  /** Absent: the reply passes as it comes, byte for byte. */
  read?: ReadReply;
  /** Type of a reply that passes as it comes, where the host's own may be another. */
  replyType?: string;
};

/** Throws GatewayError ("unsupported", naming the field) for what must not be sent without it. */
export type WriteRequest = (request: OperationRequest, target: OperationTarget) => Written;

export interface Operation {
  readonly id: OperationId;
  /** Throws GatewayError (400, naming the field) when a field that every host reads has a wrong type or is missing. */
  check(request: OperationRequest): void;
  readonly shapes: { readonly [shape in OperationShape]?: WriteRequest };
  /** Bodies and replies pass whatever they are, whatever the reply's status of success. */
  readonly isRaw?: true;
  /** Usage in a reply that passes as it comes: of a JSON reply its top-level members, of a stream each event. */
  usageOf(reply: JsonObject): Usage | undefined;
}

/** The client's own body, for a host that speaks its language. */
export function passOn(target: OperationTarget, remove: readonly string[] = []): Written {
  return { calls: [{ path: fillPath(target), body: { kind: "own", remove } }], lost: remove };
}

/** The path with the model's name, and further values, in their places. */
export function fillPath(target: OperationTarget, values: { readonly [name: string]: string } = {}): string {
  const all: { readonly [name: string]: string | undefined } = { model: target.model, ...values };
  return target.path.replace(/\{(\w+)\}/g, (_whole, name: string) => pathValue(name, all[name]));
}
