// Speech of ElevenLabs (elevenlabs.io/docs/api-reference/text-to-speech/convert, 2026-08): the voice stands in the path, the
// format in the query, and the reply is the audio itself.
import { fillPath, type OperationRequest, type OperationTarget, type Written } from "../operation.ts";
import { formatOf, readSpeech, type SpeechFormat, speechTypes, speedOf, unsupported } from "./request.ts";

// PCM has no header that would tell its rate: OpenAI's is 24 kHz, and so is what clients play.
const outputFormats: { readonly [format in SpeechFormat]?: string } = {
  mp3: "mp3_44100_128",
  opus: "opus_48000_128",
  pcm: "pcm_24000",
  wav: "wav_44100",
};

export function elevenlabsSpeech(request: OperationRequest, target: OperationTarget): Written {
  const read = readSpeech(request);
  if (read.instructions !== undefined) throw unsupported("instructions", `${target.provider} takes no instructions`);
  const formats = Object.keys(outputFormats) as SpeechFormat[];
  const { format, lost } = formatOf(read, target.provider, formats);
  const speed = speedOf(read, target.provider, 0.7, 1.2);
  const path = fillPath(target, { voice: read.voice ?? "" });
  return {
    calls: [
      {
        path: `${path}${path.includes("?") ? "&" : "?"}output_format=${outputFormats[format]}`,
        body: {
          kind: "json",
          json: {
            text: read.input,
            ...(target.model !== undefined && { model_id: target.model }),
            ...(speed !== undefined && { voice_settings: { speed } }),
          },
        },
      },
    ],
    lost: [...lost, ...read.rest],
    replyType: speechTypes[format],
  };
}
