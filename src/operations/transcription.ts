// Audio to text: POST /v1/audio/transcriptions and /v1/audio/translations in OpenAI's form, and how other hosts are asked.
import { badRequest } from "../core/errors.ts";
import { asNumber, asObject, type JsonObject } from "../core/json.ts";
import { emptyUsage, type Usage } from "../core/usage.ts";
import { type Operation, type OperationRequest, passOn } from "./operation.ts";
import { cohereTranscription } from "./transcription/cohere.ts";
import { elevenlabsTranscription } from "./transcription/elevenlabs.ts";
import { geminiTranscription } from "./transcription/gemini.ts";
import { xiaomiTranscription } from "./transcription/xiaomi.ts";
import { readUsage } from "./usage.ts";

/** The form may be known in part only, while it streams through: then the host judges. */
function needsFile({ form }: OperationRequest): void {
  if (form && !form.parts.some((part) => part.name === "file")) throw badRequest("file", "file is required");
}

/** `usage`, or the length that a verbose reply tells. */
function usageOf(reply: JsonObject): Usage | undefined {
  const seconds = asNumber(reply["duration"]);
  return (
    readUsage(asObject(reply["usage"])) ??
    (seconds === undefined ? undefined : { ...emptyUsage(), inputAudioSeconds: seconds })
  );
}

export const transcription: Operation = {
  id: "audio/transcriptions",
  check: needsFile,
  shapes: {
    openai: (_request, target) => passOn(target),
    cohere: cohereTranscription,
    elevenlabs: elevenlabsTranscription,
    gemini: geminiTranscription,
    xiaomi: xiaomiTranscription,
  },
  usageOf,
};

export const translation: Operation = {
  id: "audio/translations",
  check: needsFile,
  shapes: { openai: (_request, target) => passOn(target) },
  usageOf,
};
