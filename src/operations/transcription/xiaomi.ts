// Transcription of Xiaomi MiMo (platform.xiaomimimo.com/docs/en-US/usage-guide/speech-recognition, 2026-08): a chat about
// audio that stands in the message as a data URL.
import { asArray, asObject, asString } from "../../core/json.ts";
import { fillPath, type OperationRequest, type OperationTarget, type Written } from "../operation.ts";
import { readUsage } from "../usage.ts";
import { audioTypeOf, readTranscription, unread, writeTranscript } from "./request.ts";

export function xiaomiTranscription(request: OperationRequest, target: OperationTarget): Written {
  const read = readTranscription(request, target.provider, ["json", "text"]);
  const options = read.language === undefined ? "" : `,"asr_options":${JSON.stringify({ language: read.language })}`;
  const start = `{"model":${JSON.stringify(target.model ?? "")}${options},"messages":[{"role":"user","content":[{"type":"input_audio","input_audio":{"data":"data:${audioTypeOf(read.file)};base64,`;
  return {
    calls: [
      {
        path: fillPath(target),
        body: {
          kind: "pieces",
          contentType: "application/json",
          pieces: [start, { part: read.file, encoding: "base64" }, '"}}]}]}'],
        },
      },
    ],
    lost: unread(read, ["language"]),
    read: ([reply]) => {
      const body = asObject(reply?.json);
      const message = asObject(asObject(asArray(body?.["choices"])?.[0])?.["message"]);
      const usage = readUsage(asObject(body?.["usage"]));
      return writeTranscript(read, { text: asString(message?.["content"]) ?? "", usage });
    },
  };
}
