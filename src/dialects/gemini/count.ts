// Counting tokens as Google does it: `:countTokens`, of contents alone or of a whole request (ai.google.dev/api/tokens).
import { asNumber, asObject, type JsonObject } from "../../core/json.ts";
import { hintEdits } from "../control.ts";
import type { CountingClient, CountingUpstream, Edit } from "../dialect.ts";
import { spelled } from "./spelling.ts";

const wholeRequest = "generateContentRequest";
const known = new Set([wholeRequest]);
const resource = (model: string): string => `models/${model}`;

/** A request inside names its model again, which must be the one of the path. */
function editsOfCount(body: JsonObject, model: string): Edit[] {
  const edits = hintEdits(body);
  for (const key of [wholeRequest, "generate_content_request"]) {
    const inner = asObject(body[key]);
    if (!inner) continue;
    edits.push({ path: [key, "model"], op: "set", value: resource(model) });
    if (typeof inner["provider"] === "string") edits.push({ path: [key, "provider"], op: "remove" });
  }
  return edits;
}

export const countingUpstream: CountingUpstream = {
  // Contents alone would leave out the system's instruction and the tools.
  writeBody: (body, { model }) => ({ [wholeRequest]: { model: resource(model), ...body } }),
  nativeEdits: editsOfCount,
  readCount: (body) => asNumber(asObject(body)?.["totalTokens"]),
};

export const countingClient: CountingClient = {
  asRequest(body: JsonObject) {
    const { model: _named, ...inner } = asObject(spelled(body, known)[wholeRequest]) ?? body;
    return inner;
  },
  writeCount: (inputTokens) => ({ totalTokens: inputTokens }),
};
