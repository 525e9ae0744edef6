// The timers of one call of a provider: the watch over its connection, and the words for one that has run out.
import { GatewayError } from "../core/errors.ts";
import type { Provider } from "../providers/provider.ts";
import type { Deadlines } from "./timers.ts";
import { canConnect, isReachedDirectly } from "./upstream.ts";

export type ConnectWatch = {
  provider: Provider;
  deadlines: Deadlines;
  connectMs: number;
  isAnswered: () => boolean;
  stop: (reason: GatewayError) => void;
};

/** Bun's fetch does not tell when it has connected: whether it can is tried beside it. */
export function watchConnect({ provider, deadlines, connectMs, isAnswered, stop }: ConnectWatch): void {
  if (!isReachedDirectly(provider)) return;
  const probe = async () => {
    const reached = await canConnect(provider, connectMs / 2);
    if (!reached && !isAnswered()) stop(timeoutError("connect", provider.name));
  };
  deadlines.on("connect", () => void probe());
  // Half the time passes before anything is tried: nearly every connection is made by then.
  deadlines.set("connect", connectMs / 2);
}

const timeoutWords: { readonly [name: string]: string } = {
  connect: "could not be connected to in time",
  headers: "did not begin to answer in time",
  first_output: "gave no output in time",
  idle: "fell silent in the middle of its reply",
  total: "did not finish in time",
};

export function timeoutError(name: string, provider: string): GatewayError {
  return new GatewayError(
    "upstream_timeout",
    `${provider} ${timeoutWords[name] ?? "took too long"} (${name} timeout)`,
    {
      publicCode: `upstream_${name}_timeout`,
    },
  );
}
