// Images: generations, edits and variations in OpenAI's form (platform.openai.com/docs/api-reference/images, 2026-08).
import { badRequest } from "../core/errors.ts";
import { asObject } from "../core/json.ts";
import type { OperationId } from "../core/operation.ts";
import { fieldOf } from "./form.ts";
import { type Operation, type OperationRequest, passOn } from "./operation.ts";
import { readUsage } from "./usage.ts";

function imageOperation(id: OperationId, check: (request: OperationRequest) => void): Operation {
  return {
    id,
    check,
    shapes: { openai: (_request, target) => passOn(target) },
    usageOf: (reply) => readUsage(asObject(reply["usage"])),
  };
}

function needsPrompt({ json, form }: OperationRequest): void {
  const prompt = json ? json["prompt"] : form && fieldOf(form, "prompt");
  if ((json || form) && (typeof prompt !== "string" || prompt === "")) {
    throw badRequest("prompt", "prompt is required: a non-empty string");
  }
}

export const imageGenerations = imageOperation("images/generations", needsPrompt);
export const imageEdits = imageOperation("images/edits", needsPrompt);
export const imageVariations = imageOperation("images/variations", () => {});
