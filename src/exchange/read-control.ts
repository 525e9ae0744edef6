// Where and how a request is to go, by its body, with a model's name that can be meant.
import { badRequest } from "../core/errors.ts";
import type { ClientHalf, RequestControl } from "../dialects/dialect.ts";
import type { RequestBody } from "./read-body.ts";

const modelLengthMax = 256;

export type NamedControl = RequestControl & { model: string };

/** Throws GatewayError where no model is named. */
export function readControl(client: ClientHalf, body: RequestBody): NamedControl {
  const control = client.readControl(body.json);
  if (control.model === undefined) throw badRequest("model", "model is required: a non-empty string");
  refuseLongName(control.model);
  return control as NamedControl;
}

export function refuseLongName(model: string): void {
  if (model.length > modelLengthMax) throw badRequest("model", `model is longer than ${modelLengthMax} characters`);
}
