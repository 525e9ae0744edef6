// What passthrough is made of, and what is known of one such request once it has been planned. Types only.
import type { UpstreamHalf } from "../dialects/dialect.ts";
import type { Credential, Provider } from "../providers/provider.ts";
import type { Exchange } from "./exchange.ts";
import type { RunParts } from "./run-parts.ts";
import type { Upgrade } from "./socket.ts";

export type PassthroughSettings = {
  enabled: boolean;
  /** Names or types of the providers that may be called so; all when absent. */
  providers: readonly string[] | undefined;
  v1Alias: boolean;
  bodyBytesMax: number;
};

export type PassthroughParts = Pick<
  RunParts,
  "admit" | "providers" | "upstream" | "timers" | "health" | "settle" | "onOpen" | "listener" | "settings"
> & { passthrough: PassthroughSettings; upgrade: Upgrade };

export type Passing = {
  parts: PassthroughParts;
  exchange: Exchange;
  request: Request;
  provider: Provider;
  credential: Credential;
  url: string;
  /** Without the credential. */
  headers: { [name: string]: string };
  /** Reads usage in the reply: the dialect spoken at this path, else the provider's first. */
  half: UpstreamHalf | undefined;
};
