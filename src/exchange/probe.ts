// One GET of a provider whose whole reply is looked at, whatever it is: for telling what is wrong with it.
import { GatewayError } from "../core/errors.ts";
import type { Credential, Provider } from "../providers/provider.ts";
import { requestHeaders } from "./attempt.ts";
import { ReplyBody } from "./reply-body.ts";
import { connectionError, type Upstream } from "./upstream.ts";

/** OpenRouter's list of models is about 1 MB. */
const bodyBytesMax = 16 * 1024 * 1024;

export type ProbeCall = {
  upstream: Upstream;
  provider: Provider;
  credential: Credential;
  path: string;
  timeoutMs: number;
};

export type Probe = {
  status: number;
  headers: Headers;
  text: string;
  /** Wall clock in the middle between request and reply. */
  atMs: number;
};

/** Rejects with GatewayError: not connected, not answered, broken off. A status is no failure. */
export async function probe({ upstream, provider, credential, path, timeoutMs }: ProbeCall): Promise<Probe> {
  const controller = new AbortController();
  let failure: GatewayError | undefined;
  const timer = setTimeout(() => {
    failure = new GatewayError("upstream_timeout", `${provider.name} did not answer within ${timeoutMs / 1000} s`);
    controller.abort(failure);
  }, timeoutMs);
  const lease = upstream.enter(provider);
  const sentMs = Date.now();
  try {
    const headers = { ...requestHeaders(provider), accept: "application/json" };
    const call = { provider, credential, path, method: "GET", headers, signal: controller.signal, lease };
    const response = await upstream.send(call).catch((cause) => {
      lease?.leave();
      throw connectionError(cause, provider.name);
    });
    const atMs = (sentMs + Date.now()) / 2;
    const body = new ReplyBody({
      response,
      lease,
      provider: provider.name,
      attempt: { failure: undefined, abort: () => controller.abort() },
    });
    const bytes = await body.bytes(bodyBytesMax);
    return { status: response.status, headers: response.headers, text: new TextDecoder().decode(bytes), atMs };
  } catch (cause) {
    throw failure ?? cause;
  } finally {
    clearTimeout(timer);
  }
}
