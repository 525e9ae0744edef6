// Fetches one page of a provider's model listing.
import { GatewayError } from "../core/errors.ts";
import type { JsonValue } from "../core/json.ts";
import type { Provider } from "../providers/provider.ts";
import { requestHeaders } from "./attempt.ts";
import { ReplyBody } from "./reply-body.ts";
import { connectionError, type Upstream } from "./upstream.ts";
import { parseReply } from "./whole.ts";

/** A listing larger than this is no listing. OpenRouter's is about 1 MB. */
const listingBytesMax = 16 * 1024 * 1024;

export type ListingCall = { upstream: Upstream; provider: Provider; path: string; timeoutMs: number };

/** Rejects with GatewayError. */
export async function fetchListing(listing: ListingCall): Promise<JsonValue> {
  const { provider, upstream } = listing;
  const attempt = new AbortController();
  let failure: GatewayError | undefined;
  const timer = setTimeout(() => {
    failure = new GatewayError("upstream_timeout", `${provider.name} did not list its models in time`);
    attempt.abort(failure);
  }, listing.timeoutMs);
  const lease = upstream.enter(provider);
  try {
    const headers = requestHeaders(provider);
    headers["accept"] = "application/json";
    const [credential] = provider.credentials;
    if (!credential) throw new GatewayError("internal", `${provider.name} has no credential`);
    const { signal } = attempt;
    const call = { provider, credential, path: listing.path, method: "GET", headers, signal, lease } as const;
    const response = await upstream.send(call).catch((cause) => {
      lease?.leave();
      throw connectionError(cause, provider.name);
    });
    const body = new ReplyBody({
      response,
      lease,
      provider: provider.name,
      attempt: { failure: undefined, abort: () => attempt.abort() },
    });
    if (response.status !== 200) {
      body.cancel();
      throw new GatewayError("upstream_failed", `${provider.name} answered ${response.status} to the model list`);
    }
    return parseReply(await body.bytes(listingBytesMax), provider.name);
  } catch (cause) {
    throw failure ?? cause;
  } finally {
    clearTimeout(timer);
  }
}
