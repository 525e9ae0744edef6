// What a transcription request asks for (platform.openai.com/docs/api-reference/audio/createTranscription, 2026-08), and the
// reply in the format that it names.
import { badRequest, GatewayError } from "../../core/errors.ts";
import type { JsonObject } from "../../core/json.ts";
import type { Usage } from "../../core/usage.ts";
import { type FormPart, fieldOf, fieldsOf } from "../form.ts";
import type { OperationRequest, ReadyReply } from "../operation.ts";

export type TranscriptFormat = "json" | "text" | "verbose_json";

export type TranscriptionRequest = {
  file: FormPart;
  language: string | undefined;
  prompt: string | undefined;
  temperature: string | undefined;
  format: TranscriptFormat;
  granularities: readonly string[];
  /** Names of the fields that were sent, brackets taken off. */
  sent: readonly string[];
  /** Separates the parts of a form of our own as well as it did the client's. */
  boundary: string;
};

/** Throws GatewayError naming the field, also for a format that this host's replies cannot be made into. */
export function readTranscription(
  request: OperationRequest,
  provider: string,
  formats: readonly TranscriptFormat[],
): TranscriptionRequest {
  const form = request.form ?? { boundary: "", parts: [] };
  const files = form.parts.filter((part) => part.name === "file");
  const [file] = files;
  if (!file || files.length > 1) throw badRequest("file", "exactly one file is required");
  const named = fieldOf(form, "response_format")?.trim().toLowerCase() || "json";
  const format = formats.find((known) => known === named);
  if (!format) throw unsupported("response_format", `${provider} transcribes to ${formats.join(", ")}, no ${named}`);
  if (fieldOf(form, "stream") === "true") throw unsupported("stream", `${provider} does not stream transcripts`);
  return {
    file,
    language: fieldOf(form, "language")?.trim() || undefined,
    prompt: fieldOf(form, "prompt")?.trim() || undefined,
    temperature: fieldOf(form, "temperature")?.trim() || undefined,
    format,
    granularities: fieldsOf(form, "timestamp_granularities"),
    sent: [...new Set(form.parts.map((part) => part.name.replace(/\[\]$/, "")))],
    boundary: form.boundary,
  };
}

export function unsupported(param: string, message: string): GatewayError {
  return new GatewayError("unsupported", message, { param });
}

const alwaysRead = ["file", "model", "response_format", "stream", "provider"];

/** Fields that were sent and are not among those that have been read. */
export function unread(request: TranscriptionRequest, known: readonly string[]): string[] {
  return request.sent.filter((name) => !alwaysRead.includes(name) && !known.includes(name));
}

export type Transcript = {
  text: string;
  language?: string | undefined;
  seconds?: number | undefined;
  words?: { word: string; start: number; end: number }[];
  usage?: Usage | undefined;
};

export function writeTranscript(request: TranscriptionRequest, transcript: Transcript): ReadyReply {
  const { text, usage } = transcript;
  const counted = usage ? { usage } : {};
  if (request.format === "text") return { body: text, contentType: "text/plain; charset=utf-8", ...counted };
  if (request.format === "json") return { body: { text }, contentType: "application/json", ...counted };
  const verbose: JsonObject = {
    task: "transcribe",
    language: transcript.language ?? "",
    duration: transcript.seconds ?? 0,
    text,
    ...(transcript.words && { words: transcript.words }),
  };
  return { body: verbose, contentType: "application/json", ...counted };
}

// The types that OpenAI's endpoint takes, by the ending of the file's name.
const typeOfEnding: { readonly [ending: string]: string } = {
  flac: "audio/flac",
  m4a: "audio/mp4",
  mp3: "audio/mpeg",
  mp4: "audio/mp4",
  mpeg: "audio/mpeg",
  mpga: "audio/mpeg",
  oga: "audio/ogg",
  ogg: "audio/ogg",
  opus: "audio/ogg",
  wav: "audio/wav",
  webm: "audio/webm",
};

/** The audio's media type: as the client says, else by the file's name, else WAV. Safe to be written into JSON. */
export function audioTypeOf(file: FormPart): string {
  const written = file.type?.split(";")[0]?.trim().toLowerCase() ?? "";
  if (/^(?:audio|video)\/[\w.+-]+$/.test(written)) return written;
  const ending = /\.([a-z0-9]+)$/i.exec(file.fileName ?? "")?.[1]?.toLowerCase() ?? "";
  return typeOfEnding[ending] ?? "audio/wav";
}

/** The name of the file as a form's header may hold it. */
export function fileNameOf(file: FormPart): string {
  return (file.fileName || "audio").replace(/["\\\r\n]/g, "_");
}

/** The length of a part's content in bytes. */
export function sizeOf(file: FormPart): number {
  return file.contentEnd - file.contentStart;
}
