// What a speech request asks for, in OpenAI's form (platform.openai.com/docs/api-reference/audio/createSpeech, 2026-08).
import { badRequest, GatewayError } from "../../core/errors.ts";
import { asNumber, asObject, asString, type JsonObject } from "../../core/json.ts";
import type { OperationRequest } from "../operation.ts";

export type SpeechFormat = "mp3" | "opus" | "aac" | "flac" | "wav" | "pcm";

export type SpeechRequest = {
  input: string;
  voice: string | undefined;
  /** Undefined: the client named none, and expects mp3. */
  format: string | undefined;
  speed: number | undefined;
  instructions: string | undefined;
  /** Fields beside those above that no other host takes. */
  rest: string[];
};

export const speechTypes: { readonly [format in SpeechFormat]: string } = {
  mp3: "audio/mpeg",
  opus: "audio/ogg",
  aac: "audio/aac",
  flac: "audio/flac",
  wav: "audio/wav",
  pcm: "audio/pcm",
};

/** Throws GatewayError naming the field. */
export function readSpeech(request: OperationRequest): SpeechRequest {
  const {
    input,
    voice,
    response_format,
    speed,
    instructions,
    stream_format,
    model: _model,
    ...rest
  } = request.json ?? ({} as JsonObject);
  // A stream of events cannot be made of bytes that come at once.
  if (stream_format === "sse") throw unsupported("stream_format", "this provider streams audio alone, no events");
  const spoken = asString(voice) ?? asString(asObject(voice)?.["id"]);
  if (voice !== undefined && spoken === undefined)
    throw badRequest("voice", "voice must be a name, or an object with an id");
  return {
    input: asString(input) ?? "",
    voice: spoken?.trim() || undefined,
    format: asString(response_format)?.trim().toLowerCase() || undefined,
    speed: asNumber(speed),
    instructions: asString(instructions)?.trim() || undefined,
    rest: Object.keys(rest),
  };
}

export function unsupported(param: string, message: string): GatewayError {
  return new GatewayError("unsupported", message, { param });
}

/** One of the formats a host makes. Another that the client names is refused: it could not play what came. */
export function formatOf(
  request: SpeechRequest,
  provider: string,
  formats: readonly SpeechFormat[],
): { format: SpeechFormat; lost: string[] } {
  const { format = "mp3" } = request;
  const found = formats.find((known) => known === format);
  if (found) return { format: found, lost: [] };
  if (request.format !== undefined) {
    throw unsupported("response_format", `${provider} makes ${formats.join(", ")}, no ${request.format}`);
  }
  // Nobody asked for mp3 by name: the type of the reply says what it is.
  return { format: formats[0] as SpeechFormat, lost: ["response_format"] };
}

/** Throws GatewayError for a speed that the host would refuse or change by itself. */
export function speedOf(request: SpeechRequest, provider: string, least: number, most: number): number | undefined {
  const { speed } = request;
  if (speed !== undefined && (speed < least || speed > most)) {
    throw unsupported("speed", `the speed of ${provider} is ${least} to ${most}`);
  }
  return speed;
}
