// A place in a TLS context is given back however a call ends, also when nobody reads its body any more.
import { expect, test } from "bun:test";
import { GatewayError } from "../../src/core/errors.ts";
import { dialects } from "../../src/dialects/index.ts";
import { Attempt, type Prepared } from "../../src/exchange/attempt.ts";
import { systemClock, Timers } from "../../src/exchange/timers.ts";
import { Upstream, type UpstreamCall } from "../../src/exchange/upstream.ts";
import { noCredential, type Provider } from "../../src/providers/provider.ts";
import { providerRows } from "../../src/providers/rows.ts";

/** Answers at once with a body that never ends; the bookkeeping is the real one. */
class QuietUpstream extends Upstream {
  override async send(_call: UpstreamCall): Promise<Response> {
    return new Response(new ReadableStream(), { headers: { "content-type": "text/event-stream" } });
  }
}

test("a call that is stopped while nobody reads its body gives its place back", async () => {
  const row = providerRows[0]!;
  const transport = { kind: "http" } as const;
  const provider: Provider = {
    ...{
      name: "openai",
      row,
      baseUrl: "https://host.test/v1",
      headers: {},
      credentials: [noCredential],
      listedModels: [],
      transport,
    },
  };
  const prepared: Prepared = {
    target: { key: "m", provider, credential: noCredential, model: "m", dialect: "openai-chat", reason: "test" },
    half: dialects["openai-chat"]!.upstream!,
    facts: { provider: "openai", providerType: "openai", model: "m", origin: "openai", flags: {} },
    ...{
      asIs: true,
      sameDialect: true,
      path: "/chat/completions",
      speech: { path: "/chat/completions" },
      body: "{}",
      lost: [],
      adjusted: false,
      usageAsked: false,
    },
  };
  const upstream = new QuietUpstream();
  const timers = new Timers(systemClock);
  const deadlines = timers.open();
  const timeouts = { connect: 0, headers: 0, first_output: 0, idle: 0, total: 0 };
  const start = async () => {
    const common = { upstream, prepared, passed: undefined, stream: true, timeouts, deadlines };
    const attempt = new Attempt(common);
    await attempt.call();
    return attempt;
  };
  const first = upstream.enter(provider);
  first?.leave();
  // As many as one context holds.
  const attempts = await Promise.all(Array.from({ length: 64 }, start));
  const crowded = upstream.enter(provider);
  crowded?.leave();
  expect(crowded?.tls).not.toEqual(first?.tls);
  for (const attempt of attempts) attempt.stop(new GatewayError("client_gone", "the client closed the connection"));
  expect(upstream.enter(provider)?.tls).toEqual(first?.tls);
  timers.close();
});
