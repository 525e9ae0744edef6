// Opens passthrough: its settings, and the listener's way of handing a connection over.
import type { Config } from "../config/schema.ts";
import type { PassthroughParts } from "../exchange/passthrough-parts.ts";
import type { RunParts } from "../exchange/run-parts.ts";
import type { Listener } from "../http/listener.ts";

export function passthroughParts(
  config: Config,
  parts: RunParts,
  listener: () => Listener | undefined,
): PassthroughParts {
  const { enabled, providers, v1_alias: v1Alias, body_limit: bodyBytesMax } = config.passthrough;
  return {
    ...parts,
    passthrough: { enabled, providers, v1Alias, bodyBytesMax },
    upgrade: (request, end, headers) => listener()?.upgrade(request, end, headers) ?? false,
  };
}
