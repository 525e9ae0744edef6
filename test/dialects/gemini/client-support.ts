// What the tests of Gemini's client half share: reading bodies, and writing events as whole reply and as stream.
import { GatewayError } from "../../../src/core/errors.ts";
import type { ReplyEvent } from "../../../src/core/events.ts";
import { openFold } from "../../../src/core/fold.ts";
import type { JsonObject, JsonValue } from "../../../src/core/json.ts";
import { geminiClient } from "../../../src/dialects/gemini/client.ts";
import { readRequest } from "../../../src/dialects/gemini/read-request.ts";

export const context = { requestId: "req-1", nowSeconds: 1_700_000_000, provider: "p", model: "m", wantsUsage: true };
export const client = geminiClient({ model: "gemini-test", stream: false });

export function read(body: JsonObject) {
  return readRequest(body, { model: "gemini-test", stream: false });
}

/** A body of these contents alone. */
export function readContents(...contents: JsonValue[]) {
  return read({ contents }).turns;
}

export const user = (...parts: JsonValue[]): JsonObject => ({ role: "user", parts });
export const model = (...parts: JsonValue[]): JsonObject => ({ role: "model", parts });

export function failureOf(act: () => unknown): GatewayError {
  try {
    act();
  } catch (cause) {
    if (cause instanceof GatewayError) return cause;
    throw cause;
  }
  throw new Error("it did not fail");
}

/** The chunks that these events are streamed as. */
export function streamed(events: readonly ReplyEvent[]): JsonObject[] {
  const writer = client.openWriter(context);
  const text = events.map((event) => writer.write(event)).join("");
  return text
    .split("\r\n\r\n")
    .filter((frame) => frame !== "")
    .map((frame) => JSON.parse(frame.replace(/^data: /, "")) as JsonObject);
}

export function whole(events: readonly ReplyEvent[]): JsonObject {
  const fold = openFold();
  for (const event of events) fold.emit(event);
  return client.writeReply(fold.reply(), context);
}

type Candidate = { content: { parts: JsonObject[] }; [field: string]: unknown };

export function candidateOf(reply: JsonObject, index = 0): Candidate {
  return (reply["candidates"] as unknown as Candidate[])[index]!;
}

export function partsOf(chunks: readonly JsonObject[]): JsonObject[] {
  return chunks.flatMap((chunk) => candidateOf(chunk).content.parts);
}
