// The reply of an embeddings request in the client's form, made of vectors.
import { GatewayError } from "../../core/errors.ts";
import { asArray, type JsonObject, type JsonValue } from "../../core/json.ts";
import type { OperationTarget, ReadyReply } from "../operation.ts";
import { inputUsage } from "../usage.ts";
import type { EmbeddingsRequest } from "./request.ts";

export type Embedded = {
  /** One for each input, in their order. */
  vectors: readonly JsonValue[];
  /** Undefined where the host does not count. */
  tokens: number | undefined;
};

/** Throws GatewayError when there is not one vector for each input. */
export function writeEmbeddings(request: EmbeddingsRequest, target: OperationTarget, embedded: Embedded): ReadyReply {
  const { vectors, tokens } = embedded;
  if (vectors.length !== request.inputs.length) {
    throw new GatewayError(
      "upstream_malformed",
      `${target.provider} sent ${vectors.length} vectors for ${request.inputs.length} inputs`,
    );
  }
  const written = vectors.map((vector) => writeVector(vector, request.encoding, target.provider));
  const usage = tokens === undefined ? undefined : inputUsage(tokens);
  return { body: bodyOf(request, target, written, tokens), contentType: "application/json", ...(usage && { usage }) };
}

function bodyOf(
  request: EmbeddingsRequest,
  target: OperationTarget,
  vectors: JsonValue[],
  tokens: number | undefined,
): JsonObject {
  if (request.client === "gemini") return { embedding: { values: vectors[0] as JsonValue } };
  if (request.client === "gemini-batch") return { embeddings: vectors.map((values) => ({ values })) };
  return {
    object: "list",
    data: vectors.map((embedding, index) => ({ object: "embedding", index, embedding })),
    model: target.model ?? "",
    usage: { prompt_tokens: tokens ?? 0, total_tokens: tokens ?? 0 },
  };
}

/** Numbers, or base64 of 32-bit floats in little-endian order, whichever the host has sent. */
function writeVector(vector: JsonValue, encoding: "float" | "base64", provider: string): JsonValue {
  const numbers = asArray(vector);
  if (typeof vector === "string") return encoding === "base64" ? vector : fromBase64(vector);
  if (!numbers?.every((entry) => typeof entry === "number")) {
    throw new GatewayError("upstream_malformed", `${provider} sent a vector that is none`);
  }
  return encoding === "float" ? numbers : toBase64(numbers as number[]);
}

function toBase64(numbers: readonly number[]): string {
  const bytes = Buffer.alloc(numbers.length * 4);
  for (const [index, number] of numbers.entries()) bytes.writeFloatLE(number, index * 4);
  return bytes.toString("base64");
}

function fromBase64(text: string): number[] {
  const bytes = Buffer.from(text, "base64");
  return Array.from({ length: Math.floor(bytes.length / 4) }, (_, index) => bytes.readFloatLE(index * 4));
}

/** A host's list of what should be there; throws GatewayError where it is none. */
export function listOf(value: JsonValue | undefined, provider: string, what: string): JsonValue[] {
  const list = asArray(value);
  if (!list) throw new GatewayError("upstream_malformed", `${provider} sent a reply without ${what}`);
  return list;
}

/** Slices of at most `size`: hosts take so many inputs at a time. */
export function inBatches<T>(list: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(list.length / size) }, (_, index) =>
    list.slice(index * size, (index + 1) * size),
  );
}

/** The sum of what is known; undefined when nothing is. */
export function sumOf(counts: readonly (number | undefined)[]): number | undefined {
  const known = counts.filter((count) => count !== undefined);
  return known.length === 0 ? undefined : known.reduce((sum, count) => sum + count, 0);
}
