// Applies named adjustments the way the relay does, for their tests.
import type { TargetFlags } from "../../../src/core/facts.ts";
import type { JsonObject } from "../../../src/core/json.ts";
import { adjustments } from "../../../src/dialects/openai-chat/adjust.ts";
import { adjusted, type Outcome } from "../adjusted.ts";
import { withFlags } from "./upstream-support.ts";

export function adjust(names: string | readonly string[], body: JsonObject, flags: TargetFlags = {}): Outcome {
  return adjusted(adjustments, withFlags(flags))(names, body);
}

export const message = (fields: JsonObject): JsonObject => ({
  messages: [
    { role: "user", content: "q" },
    { role: "assistant", content: null, ...fields },
  ],
});
