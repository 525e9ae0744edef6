// POST /v1/audio/speech in OpenAI's form, and how other hosts are asked for the same.
import { badRequest } from "../core/errors.ts";
import { asObject } from "../core/json.ts";
import { type Operation, passOn } from "./operation.ts";
import { elevenlabsSpeech } from "./speech/elevenlabs.ts";
import { geminiSpeech } from "./speech/gemini.ts";
import { minimaxSpeech } from "./speech/minimax.ts";
import { xiaomiSpeech } from "./speech/xiaomi.ts";
import { readUsage } from "./usage.ts";

export const speech: Operation = {
  id: "audio/speech",
  check({ json }) {
    const input = json?.["input"];
    if (typeof input !== "string" || input.trim() === "")
      throw badRequest("input", "input is required: a non-empty string");
  },
  shapes: {
    openai: (_request, target) => passOn(target),
    elevenlabs: elevenlabsSpeech,
    gemini: geminiSpeech,
    minimax: minimaxSpeech,
    xiaomi: xiaomiSpeech,
  },
  usageOf: (reply) => readUsage(asObject(reply["usage"])),
};
