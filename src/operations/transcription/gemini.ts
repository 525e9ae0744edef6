// Transcription by Gemini (ai.google.dev/gemini-api/docs/audio, 2026-08): generateContent over inline audio, asked for its words.
import { GatewayError } from "../../core/errors.ts";
import { asArray, asObject, asString } from "../../core/json.ts";
import { fillPath, type OperationRequest, type OperationTarget, type Written } from "../operation.ts";
import { geminiTokens } from "../usage.ts";
import { audioTypeOf, readTranscription, sizeOf, unread, writeTranscript } from "./request.ts";

/** A request may have 20 MB, in which base64 takes four bytes for three. */
const audioBytesMax = 14 * 1024 * 1024;

const task = "Transcribe this audio word for word. Answer with the transcript alone.";

export function geminiTranscription(request: OperationRequest, target: OperationTarget): Written {
  const read = readTranscription(request, target.provider, ["json", "text"]);
  if (sizeOf(read.file) > audioBytesMax) {
    throw new GatewayError("payload_too_large", `${target.provider} takes at most ${audioBytesMax} bytes of audio`, {
      param: "file",
    });
  }
  const asked = [
    task,
    ...(read.language === undefined ? [] : [`Its language is ${read.language}.`]),
    ...(read.prompt === undefined ? [] : [`For its spelling and context: ${read.prompt}`]),
  ].join(" ");
  const temperature = Number(read.temperature);
  const config =
    read.temperature === undefined || !Number.isFinite(temperature)
      ? ""
      : `,"generationConfig":{"temperature":${temperature}}`;
  const start = `{"contents":[{"role":"user","parts":[{"text":${JSON.stringify(asked)}},{"inlineData":{"mimeType":"${audioTypeOf(read.file)}","data":"`;
  return {
    calls: [
      {
        path: fillPath(target),
        body: {
          kind: "pieces",
          contentType: "application/json",
          pieces: [start, { part: read.file, encoding: "base64" }, `"}}]}]${config}}`],
        },
      },
    ],
    lost: unread(read, ["language", "prompt", "temperature"]),
    read: ([reply]) => {
      const body = asObject(reply?.json);
      const candidate = asObject(asArray(body?.["candidates"])?.[0]);
      const parts = asArray(asObject(candidate?.["content"])?.["parts"]);
      if (!parts) {
        const reason = asString(candidate?.["finishReason"]) ?? "no candidate";
        throw new GatewayError("upstream_malformed", `${target.provider} sent no transcript (${reason})`);
      }
      const spoken = parts.map((part) => asObject(part)).filter((part) => part?.["thought"] !== true);
      const text = spoken.map((part) => asString(part?.["text"]) ?? "").join("");
      return writeTranscript(read, { text: text.trim(), usage: geminiTokens(asObject(body?.["usageMetadata"])) });
    },
  };
}
