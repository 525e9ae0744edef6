// Transcription of ElevenLabs (elevenlabs.io/docs/api-reference/speech-to-text/convert, 2026-08): a form of its own field names.
import { asArray, asNumber, asObject, asString, type JsonObject } from "../../core/json.ts";
import { emptyUsage } from "../../core/usage.ts";
import { fieldText } from "../form.ts";
import { fillPath, type OperationRequest, type OperationTarget, type Written } from "../operation.ts";
import {
  audioTypeOf,
  fileNameOf,
  readTranscription,
  type Transcript,
  unread,
  unsupported,
  writeTranscript,
} from "./request.ts";

const known = ["language", "temperature", "timestamp_granularities"];

export function elevenlabsTranscription(request: OperationRequest, target: OperationTarget): Written {
  const read = readTranscription(request, target.provider, ["json", "text", "verbose_json"]);
  if (read.prompt !== undefined) throw unsupported("prompt", `${target.provider} takes no prompt`);
  const wantsWords = read.format === "verbose_json" || read.granularities.includes("word");
  const fields: [string, string | undefined][] = [
    ["model_id", target.model],
    ["language_code", read.language],
    ["temperature", read.temperature],
    ["timestamps_granularity", wantsWords ? "word" : "none"],
  ];
  const { boundary } = read;
  const written = fields.map(([name, value]) => (value === undefined ? "" : fieldText(boundary, name, value))).join("");
  const header = `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="${fileNameOf(read.file)}"\r\nContent-Type: ${audioTypeOf(read.file)}\r\n\r\n`;
  return {
    calls: [
      {
        path: fillPath(target),
        body: {
          kind: "pieces",
          contentType: `multipart/form-data; boundary="${boundary}"`,
          pieces: [written + header, { part: read.file, encoding: "raw" }, `\r\n--${boundary}--\r\n`],
        },
      },
    ],
    lost: [
      ...unread(read, known),
      // Words have times; there are no segments.
      ...(read.granularities.includes("segment") ? ["timestamp_granularities"] : []),
    ],
    read: ([reply]) => writeTranscript(read, readTranscript(asObject(reply?.json))),
  };
}

function readTranscript(body: JsonObject | undefined): Transcript {
  const words = (asArray(body?.["words"]) ?? [])
    .map((word) => asObject(word))
    .filter((word) => word?.["type"] === undefined || word["type"] === "word")
    .map((word) => ({
      word: asString(word?.["text"]) ?? "",
      start: asNumber(word?.["start"]) ?? 0,
      end: asNumber(word?.["end"]) ?? 0,
    }));
  const seconds = asNumber(body?.["audio_duration_secs"]);
  return {
    text: asString(body?.["text"]) ?? "",
    language: asString(body?.["language_code"]),
    seconds: seconds ?? words.at(-1)?.end,
    ...(words.length > 0 && { words }),
    ...(seconds !== undefined && { usage: { ...emptyUsage(), inputAudioSeconds: seconds } }),
  };
}
