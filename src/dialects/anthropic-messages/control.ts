// The fields of a Messages body that decide where and how it goes.
import type { JsonObject } from "../../core/json.ts";
import type { RequestControl } from "../dialect.ts";

export function readControl(body: JsonObject): RequestControl {
  const { model, provider, stream } = body;
  return {
    model: typeof model === "string" && model !== "" ? model : undefined,
    stream: stream === true,
    providerHint: typeof provider === "string" && provider !== "" ? provider : undefined,
    // Streams of this dialect always tell their usage.
    wantsUsage: true,
  };
}
