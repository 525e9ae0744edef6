// POST /v1/a2a: an agent's JSON-RPC, passed on as it comes to whichever host the operator has named.
import { type Operation, passOn } from "./operation.ts";

export const a2a: Operation = {
  id: "a2a",
  isRaw: true,
  check: () => {},
  shapes: { raw: (_request, target) => passOn(target), openai: (_request, target) => passOn(target) },
  usageOf: () => undefined,
};
