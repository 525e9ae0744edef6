// Speech of MiniMax (platform.minimax.io/docs/api-reference/speech-t2a-http, 2026-08): hexadecimal audio in a JSON reply.
import { GatewayError } from "../../core/errors.ts";
import { asNumber, asObject, asString, type JsonObject } from "../../core/json.ts";
import { emptyUsage } from "../../core/usage.ts";
import { fillPath, type OperationRequest, type OperationTarget, type ReadyReply, type Written } from "../operation.ts";
import { formatOf, readSpeech, speechTypes, speedOf, unsupported } from "./request.ts";

export function minimaxSpeech(request: OperationRequest, target: OperationTarget): Written {
  const read = readSpeech(request);
  if (read.voice === undefined) throw unsupported("voice", `${target.provider} needs a voice`);
  if (read.instructions !== undefined) throw unsupported("instructions", `${target.provider} takes no instructions`);
  const { format, lost } = formatOf(read, target.provider, ["mp3", "wav", "flac", "pcm"]);
  const speed = speedOf(read, target.provider, 0.5, 2) ?? 1;
  const json: JsonObject = {
    model: target.model ?? "",
    text: read.input,
    stream: false,
    output_format: "hex",
    voice_setting: { voice_id: read.voice, speed },
    // OpenAI's PCM is 24 kHz, and has no header that would say anything else.
    audio_setting: { format, ...(format === "pcm" && { sample_rate: 24_000 }) },
  };
  return {
    calls: [{ path: fillPath(target), body: { kind: "json", json } }],
    lost: [...lost, ...read.rest],
    read: ([reply]) => readAudio(asObject(reply?.json), target.provider, speechTypes[format]),
  };
}

function readAudio(body: JsonObject | undefined, provider: string, contentType: string): ReadyReply {
  const data = asObject(body?.["data"]);
  const audio = asString(data?.["audio"]);
  // Status 2 is the end of the synthesis, 1 a part of it.
  if (!audio || asNumber(data?.["status"]) === 1 || !/^(?:[0-9a-f]{2})+$/i.test(audio)) {
    throw new GatewayError("upstream_malformed", `${provider} sent a reply without whole audio`);
  }
  const details = asObject(body?.["extra_info"]);
  const characters = asNumber(details?.["usage_characters"]);
  const milliseconds = asNumber(details?.["audio_length"]);
  const usage = {
    ...emptyUsage(),
    ...(characters !== undefined && { inputCharacters: characters }),
    ...(milliseconds !== undefined && { outputAudioSeconds: milliseconds / 1000 }),
  };
  return { body: Buffer.from(audio, "hex"), contentType, ...(details && { usage }) };
}
