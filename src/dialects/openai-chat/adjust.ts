// The named edits of a Chat Completions body that provider rows switch on. Pure; a row names them in the order it wants.
import type { Adjustment } from "../dialect.ts";
import { fieldAdjustments } from "./adjust-fields.ts";
import { messageAdjustments } from "./adjust-messages.ts";
import { reasoningAdjustments } from "./adjust-reasoning.ts";
import { toolAdjustments } from "./adjust-tools.ts";

export const adjustments: { readonly [name: string]: Adjustment } = {
  ...fieldAdjustments,
  ...messageAdjustments,
  ...reasoningAdjustments,
  ...toolAdjustments,
};
