// The composition root: opens every part in order and closes them in reverse. The only file that knows them all.
import { lookup } from "node:dns/promises";
import type { AnyElysia } from "elysia";
import { openCatalog } from "./app/catalog.ts";
import { openLearned } from "./app/learned.ts";
import { type OpenedNames, openNames } from "./app/names.ts";
import { passthroughParts } from "./app/passthrough.ts";
import { openResilience } from "./app/resilience.ts";
import { openUploads } from "./app/uploads.ts";
import type { Catalog } from "./catalog/catalog.ts";
import type { Config } from "./config/schema.ts";
import { GatewayError } from "./core/errors.ts";
import type { Exchange, IdleLimit } from "./exchange/exchange.ts";
import { inlineMedia } from "./exchange/fetch-media.ts";
import type { OperationParts } from "./exchange/operation-run.ts";
import type { PassthroughParts } from "./exchange/passthrough-parts.ts";
import type { RunParts } from "./exchange/run-parts.ts";
import { openSettle } from "./exchange/settle.ts";
import { type Clock, systemClock, Timers } from "./exchange/timers.ts";
import { fetchMedia, fetchToken, Upstream } from "./exchange/upstream.ts";
import { documentEndpoints } from "./http/api-pages.ts";
import { chatEndpoints } from "./http/chat.ts";
import { explainEndpoint } from "./http/explain.ts";
import { geminiEndpoints } from "./http/gemini.ts";
import { openGuard } from "./http/guard.ts";
import { type Listener, openListener } from "./http/listener.ts";
import { modelEndpoints } from "./http/models.ts";
import { operationEndpoints } from "./http/operations.ts";
import { passthroughEndpoints } from "./http/passthrough.ts";
import { proxiedEndpoints } from "./http/proxied.ts";
import { statszEndpoints } from "./http/statsz.ts";
import { openAdmit } from "./policy/admit.ts";
import { configuredProviders } from "./providers/configured.ts";
import { ModelFacts } from "./providers/facts.ts";
import type { Provider } from "./providers/provider.ts";
import { type Log, openLog } from "./telemetry/log.ts";
import { openStats } from "./telemetry/stats.ts";

export type AppOptions = {
  config: Config;
  /** For credentials and for the outbound proxy's variables. */
  environment: { readonly [name: string]: string | undefined };
  /** Takes log lines. */
  logSink: (text: string) => void;
  clock?: Clock;
};

export type App = {
  url: URL;
  providers: readonly Provider[];
  catalog: Catalog;
  log: Log;
  /** Stops accepting, lets running requests finish for `drain_timeout`, then ends them with a typed error. */
  close(): Promise<void>;
};

/** After the drain's deadline, running streams get this long to write their error frame. */
const lastWordsMs = 1000;

/** Throws when the address cannot be listened on; what was opened before is closed. */
export function openApp(options: AppOptions): App {
  const { config, environment } = options;
  const { server, telemetry } = config;
  const log = openLog({ level: telemetry.log_level, format: telemetry.log_format, sink: options.logSink });
  const timers = new Timers(options.clock ?? systemClock);
  const resilience = openResilience(config, timers.nowMs);
  const upstream = new Upstream();
  const providers = providersOf(config, environment, log);
  const running = new Set<Exchange>();
  const catalog = openCatalog({ config, providers, environment, upstream, log });
  // Lists of the last run will do until they have been read anew.
  const state = { modelsRead: catalog.restored, draining: false };
  const names = openNames({ config, providers, catalog, health: resilience.parts.health, nowMs: timers.nowMs, log });
  const admit = openAdmit(server.master_key);
  const learned = openLearned({ config, nowMs: timers.nowMs, openWorker: openTokenizerWorker });
  const stats = openStats(timers.nowMs);
  const { estimate } = learned.parts;
  const onSettled = (exchange: Exchange) => running.delete(exchange);
  const settle = openSettle({ log, stats, estimate, logRequests: telemetry.log_requests, onSettled });
  let listener: Listener | undefined;
  const parts: OperationParts = {
    ...openUploads(config, providers, log),
    settings: { ...runSettings(config), retryOf: resilience.retryOf },
    admit,
    providers,
    directory: catalog,
    planner: names.planner,
    sessions: names.sessions,
    upstream,
    models: new ModelFacts(),
    timers,
    ...resilience.parts,
    stats,
    settle,
    ...learned.parts,
    onOpen: (exchange) => running.add(exchange),
    inlineMedia: (request, signal) =>
      inlineMedia(request, { policy: config.content.fetch_media, fetch: fetchMedia, resolve: addressesOf, signal }),
    listener: idleLimitOf(() => listener),
  };
  try {
    listener = openListener({
      host: server.host,
      port: server.port,
      guard: openGuard({ open: server.master_key === undefined && !server.allow_open }),
      plugins: endpoints({ parts, names, state, passing: passthroughParts(config, parts, () => listener) }),
      log,
    });
  } catch (cause) {
    timers.close();
    throw cause;
  }
  catalog.start();
  names.watch();
  void catalog.ready().then(() => Object.assign(state, { modelsRead: true }));
  const opened = listener;
  return {
    url: opened.url,
    providers: [...providers.values()],
    catalog,
    log,
    async close() {
      state.draining = true;
      await drain(opened, running, server.drain_timeout);
      for (const part of [catalog, timers, resilience, learned, names, log]) part.close();
    },
  };
}

/** The listener is opened after the parts that it is one of. */
function idleLimitOf(listener: () => Listener | undefined): IdleLimit {
  return {
    liftIdleLimit: (request) => listener()?.liftIdleLimit(request),
    restoreIdleLimit: (request) => listener()?.restoreIdleLimit(request),
  };
}

type State = { modelsRead: boolean; draining: boolean };

type Served = { parts: OperationParts; passing: PassthroughParts; names: OpenedNames; state: State };

function endpoints({ parts, passing, names, state }: Served): AnyElysia[] {
  return [
    passthroughEndpoints(passing),
    chatEndpoints(parts),
    explainEndpoint(parts),
    modelEndpoints(names.listing, parts.admit),
    geminiEndpoints(parts),
    proxiedEndpoints(parts),
    operationEndpoints(() => readinessOf(state)),
    statszEndpoints(parts),
    documentEndpoints(),
  ];
}

function readinessOf(state: State) {
  if (state.draining) return { ready: false, reason: "draining" };
  return state.modelsRead ? { ready: true } : { ready: false, reason: "reading the providers' models" };
}

function providersOf(config: Config, environment: AppOptions["environment"], log: Log): Map<string, Provider> {
  const { providers, problems } = configuredProviders(config, environment, { fetchToken });
  for (const { path, message } of problems) log.write("warn", "a provider was left out", { path, problem: message });
  return providers;
}

function runSettings(config: Config): Omit<RunParts["settings"], "retryOf"> {
  const { server } = config;
  return {
    bodyBytesMax: server.body_limit,
    commitAfterMs: server.commit_after,
    heartbeatMs: server.heartbeat,
    timeouts: server.timeouts,
    providerTimeouts: new Map(
      Object.entries(config.providers).map(([name, provider]) => [name, { ...server.timeouts, ...provider.timeouts }]),
    ),
    strict: config.strict,
    guarded: server.master_key !== undefined,
    annotate: config.replies.annotate,
  };
}

/** In the executable all threads stand beside the entry, by their paths below this file's folder. */
const openTokenizerWorker = () => new Worker(new URL("./tokens/worker.ts", import.meta.url).href);

async function addressesOf(host: string): Promise<string[]> {
  return (await lookup(host, { all: true })).map(({ address }) => address);
}

async function drain(listener: Listener, running: ReadonlySet<Exchange>, limitMs: number): Promise<void> {
  const stopped = listener.stop();
  if (await endsWithin(stopped, limitMs)) return;
  for (const exchange of running) {
    exchange.stop(new GatewayError("unavailable", "Sluice is shutting down", { publicCode: "shutting_down" }));
  }
  await endsWithin(stopped, lastWordsMs);
  await listener.close();
}

async function endsWithin(promise: Promise<void>, milliseconds: number): Promise<boolean> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const limit = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), milliseconds);
  });
  const ended = await Promise.race([promise.then(() => true), limit]);
  clearTimeout(timer);
  return ended;
}
