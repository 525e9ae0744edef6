// Speech of Gemini (ai.google.dev/gemini-api/docs/speech-generation, 2026-08): generateContent that answers in raw PCM.
import { GatewayError } from "../../core/errors.ts";
import { asArray, asObject, asString, type JsonObject } from "../../core/json.ts";
import { fillPath, type OperationRequest, type OperationTarget, type ReadyReply, type Written } from "../operation.ts";
import { geminiTokens } from "../usage.ts";
import { formatOf, readSpeech, type SpeechFormat, speechTypes } from "./request.ts";

/** What the documents name; the reply's own type says it too. */
const sampleRateHz = 24_000;

export function geminiSpeech(request: OperationRequest, target: OperationTarget): Written {
  const read = readSpeech(request);
  const { format, lost } = formatOf(read, target.provider, ["wav", "pcm"]);
  // Style is told in the prompt, before the text.
  const text = read.instructions === undefined ? read.input : `${read.instructions}: ${read.input}`;
  const voice = read.voice === undefined ? undefined : { prebuiltVoiceConfig: { voiceName: read.voice } };
  const json: JsonObject = {
    contents: [{ role: "user", parts: [{ text }] }],
    generationConfig: {
      responseModalities: ["AUDIO"],
      ...(voice && { speechConfig: { voiceConfig: voice } }),
    },
  };
  return {
    calls: [{ path: fillPath(target), body: { kind: "json", json } }],
    lost: [...lost, ...read.rest, ...(read.speed === undefined || read.speed === 1 ? [] : ["speed"])],
    read: ([reply]) => readAudio(asObject(reply?.json), target.provider, format),
  };
}

function readAudio(body: JsonObject | undefined, provider: string, format: SpeechFormat): ReadyReply {
  const candidate = asObject(asArray(body?.["candidates"])?.[0]);
  const parts = asArray(asObject(candidate?.["content"])?.["parts"]) ?? [];
  const data = parts.map((part) => asObject(asObject(part)?.["inlineData"])).filter((inline) => inline !== undefined);
  const pcm = Buffer.concat(data.map((inline) => Buffer.from(asString(inline["data"]) ?? "", "base64")));
  if (pcm.length === 0) {
    const reason = asString(candidate?.["finishReason"]);
    throw new GatewayError("upstream_malformed", `${provider} sent no audio${reason ? ` (${reason})` : ""}`);
  }
  const rate = Number(/rate=(\d+)/.exec(asString(data[0]?.["mimeType"]) ?? "")?.[1] ?? sampleRateHz);
  const usage = geminiTokens(asObject(body?.["usageMetadata"]));
  return {
    body: format === "wav" ? Buffer.concat([wavHeader(pcm.length, rate), pcm]) : pcm,
    contentType: speechTypes[format],
    ...(usage && { usage }),
  };
}

/** Of 16-bit mono PCM (soundfile.sapp.org/doc/WaveFormat). */
function wavHeader(length: number, rate: number): Buffer {
  const header = Buffer.alloc(44);
  header.write("RIFF", 0, "latin1");
  header.writeUInt32LE(36 + length, 4);
  header.write("WAVEfmt ", 8, "latin1");
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(rate, 24);
  header.writeUInt32LE(rate * 2, 28);
  header.writeUInt16LE(2, 32);
  header.writeUInt16LE(16, 34);
  header.write("data", 36, "latin1");
  header.writeUInt32LE(length, 40);
  return header;
}
