// The caller's own token for a provider that is set to `auth: client`: what of the request may pass, and when it may not.
import { GatewayError } from "../core/errors.ts";
import { gatewayKeyHeader } from "../core/key-headers.ts";
import type { Provider } from "../providers/provider.ts";
import type { Target } from "../routing/plan.ts";

/** Headers to add, undefined where the provider has a credential of its own. Throws GatewayError when there is no token. */
export function clientToken(
  request: Request,
  { provider, credential }: Pick<Target, "provider" | "credential">,
  guarded: boolean,
): { [name: string]: string } | undefined {
  const { passes } = credential;
  if (!passes) return undefined;
  // Behind a key, what stands in the usual headers is that key, unless it came in the header of its own.
  if (guarded && !request.headers.has(gatewayKeyHeader)) throw missing(provider, passes, true);
  const found = passes.flatMap((name): [string, string][] => {
    const value = request.headers.get(name);
    return value ? [[name, value]] : [];
  });
  if (found.length === 0) throw missing(provider, passes, guarded);
  return Object.fromEntries(found);
}

function missing({ name }: Provider, passes: readonly string[], guarded: boolean): GatewayError {
  const own = `${name} is called with your own token: send it in ${passes.join(" or ")}`;
  return new GatewayError("not_authenticated", guarded ? `${own}, and Sluice's key in ${gatewayKeyHeader}` : own);
}
