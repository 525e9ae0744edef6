// Client headers that go on to the provider: those that its row names, on its own dialect only.
import type { Speech } from "../providers/provider.ts";
import type { Target } from "../routing/plan.ts";
import { clientToken } from "./client-token.ts";

/** `sameDialect`: the provider is called in the client's own. A beta header means nothing in another. */
export type Called = { target: Target; speech: Pick<Speech, "passHeaders">; sameDialect: boolean };

/** And the caller's own token where the provider is called with that. Throws GatewayError when there is none. */
export function passedHeaders(request: Request, called: Called, guarded: boolean): Headers {
  const token = clientToken(request, called.target, guarded);
  const passed = namedHeaders(request, called);
  return token ? { ...passed, ...token } : passed;
}

type Headers = { [name: string]: string } | undefined;

function namedHeaders(request: Request, called: Called): Headers {
  const { headers: own, row } = called.target.provider;
  const names = called.speech.passHeaders ?? row.passHeaders;
  if (!names || !called.sameDialect) return undefined;
  let passed: { [name: string]: string } | undefined;
  for (const name of names) {
    const value = request.headers.get(name);
    // What the operator has fixed (a project, an organisation) is not the client's to change; a row's default is.
    if (value === null || own[name] !== row.headers?.[name]) continue;
    passed ??= {};
    passed[name] = value;
  }
  return passed;
}
