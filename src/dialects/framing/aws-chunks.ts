// Bedrock's InvokeModelWithResponseStream: each `chunk` message holds one event of the model's own stream. Gives it as SSE.
import { asObject, asString, type JsonObject } from "../../core/json.ts";
import type { Frame } from "../dialect.ts";
import { AwsEventStreamDecoder } from "./aws-event-stream.ts";

/** Turns the bytes of an AWS event stream into those of server-sent events; what a chunk holds is not changed. */
export class AwsChunks {
  readonly #decoder = new AwsEventStreamDecoder((frame) => this.#take(frame));
  #text = "";

  /** Empty while a message is not whole. Throws what the decoder throws. */
  push(bytes: Uint8Array): Uint8Array {
    this.#text = "";
    this.#decoder.push(bytes);
    return this.#text === "" ? nothing : encoder.encode(this.#text);
  }

  #take({ event, data }: Frame): void {
    if (data === "") return;
    const payload = asObject(JSON.parse(data)) ?? {};
    const chunk = asString(payload["bytes"]);
    if (chunk !== undefined) {
      const text = Buffer.from(chunk, "base64").toString("utf8");
      this.#text += `event: ${asString(asObject(JSON.parse(text))?.["type"]) ?? event}\ndata: ${text}\n\n`;
    } else if (/exception|error/i.test(event)) {
      this.#text += `event: error\ndata: ${JSON.stringify(errorEvent(event, payload))}\n\n`;
    }
  }
}

const nothing = new Uint8Array(0);
const encoder = new TextEncoder();

/** By the exception's name in lower case (Bedrock Runtime API reference, InvokeModelWithResponseStream, ResponseStream). */
const types: { readonly [exception: string]: string } = {
  throttlingexception: "rate_limit_error",
  serviceunavailableexception: "overloaded_error",
  modelnotreadyexception: "overloaded_error",
  modeltimeoutexception: "timeout_error",
  validationexception: "invalid_request_error",
};

function errorEvent(exception: string, payload: JsonObject): JsonObject {
  const message = asString(payload["message"]) ?? exception;
  return { type: "error", error: { type: types[exception.toLowerCase()] ?? "api_error", message } };
}
