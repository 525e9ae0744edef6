// Transcription of Cohere (docs.cohere.com/reference/create-audio-transcription, 2026-08): OpenAI's form with fewer fields,
// of which the language is required.
import { badRequest } from "../../core/errors.ts";
import { asObject, asString } from "../../core/json.ts";
import { fillPath, type OperationRequest, type OperationTarget, type Written } from "../operation.ts";
import { readTranscription, unread, writeTranscript } from "./request.ts";

export function cohereTranscription(request: OperationRequest, target: OperationTarget): Written {
  const read = readTranscription(request, target.provider, ["json", "text"]);
  if (read.language === undefined) throw badRequest("language", `${target.provider} needs the audio's language`);
  const lost = unread(read, ["language", "temperature"]);
  return {
    calls: [
      {
        path: fillPath(target),
        body: { kind: "own", remove: [...lost, "response_format", "timestamp_granularities[]"] },
      },
    ],
    lost,
    read: ([reply]) => writeTranscript(read, { text: asString(asObject(reply?.json)?.["text"]) ?? "" }),
  };
}
