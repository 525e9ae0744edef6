// Speech of Xiaomi MiMo (platform.xiaomimimo.com/docs/en-US/usage-guide/speech-synthesis-v2.5, 2026-08): a chat whose
// assistant message is the text to be spoken, and whose user message says how.
import { GatewayError } from "../../core/errors.ts";
import { asArray, asObject, asString, type JsonObject } from "../../core/json.ts";
import { fillPath, type OperationRequest, type OperationTarget, type Written } from "../operation.ts";
import { readUsage } from "../usage.ts";
import { formatOf, readSpeech, speechTypes } from "./request.ts";

export function xiaomiSpeech(request: OperationRequest, target: OperationTarget): Written {
  const read = readSpeech(request);
  const { format, lost } = formatOf(read, target.provider, ["wav", "pcm"]);
  const json: JsonObject = {
    model: target.model ?? "",
    messages: [
      ...(read.instructions === undefined ? [] : [{ role: "user", content: read.instructions }]),
      { role: "assistant", content: read.input },
    ],
    audio: { format: format === "pcm" ? "pcm16" : format, ...(read.voice !== undefined && { voice: read.voice }) },
  };
  return {
    calls: [{ path: fillPath(target), body: { kind: "json", json } }],
    lost: [...lost, ...read.rest, ...(read.speed === undefined || read.speed === 1 ? [] : ["speed"])],
    read: ([reply]) => {
      const body = asObject(reply?.json);
      const message = asObject(asObject(asArray(body?.["choices"])?.[0])?.["message"]);
      const audio = asString(asObject(message?.["audio"])?.["data"]);
      if (!audio) throw new GatewayError("upstream_malformed", `${target.provider} sent a reply without audio`);
      const usage = readUsage(asObject(body?.["usage"]));
      return { body: Buffer.from(audio, "base64"), contentType: speechTypes[format], ...(usage && { usage }) };
    },
  };
}
