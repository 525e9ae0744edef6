// A gateway in front of one scripted host, for tests of passthrough.
import { ending } from "../support/ending.ts";
import { jsonReply, openFakeUpstream, type Script } from "../support/fake-upstream.ts";
import { type GatewayOptions, openGateway } from "../support/gateway.ts";

const listing = jsonReply({ data: [] });

export async function opened(script: Script, options: GatewayOptions = {}) {
  const host = await openFakeUpstream((request, index) => {
    if (request.target === "/v1/models") return listing;
    return typeof script === "function" ? script(request, index) : script;
  });
  const gateway = await openGateway({ hosts: { OPENAI: host }, ...options });
  return {
    host,
    gateway,
    /** Requests other than for the models. */
    asked: () => host.requests.filter(({ target }) => target !== "/v1/models"),
    ...ending(gateway, host),
  };
}
