// The whole gateway on a real socket, in front of scripted provider hosts, with what it logged of each request.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type App, openApp } from "../../src/app.ts";
import { loadConfig } from "../../src/config/load.ts";
import type { Clock } from "../../src/exchange/timers.ts";
import { type FakeUpstream, jsonReply, openFakeUpstream, type Script, type SeenRequest } from "./fake-upstream.ts";

/** A scripted host that lists no models by itself, so that its script sees calls of models alone. */
export type ModelHost = FakeUpstream & {
  /** The POSTs among its requests. */
  readonly calls: SeenRequest[];
  /** Resolves with call number `index` as soon as it has been read. */
  call(index: number): Promise<SeenRequest>;
};

export type ModelHostOptions = {
  /** What it answers to a request for its models. */
  listing?: unknown;
  /** The models are told only then. */
  listedAfter?: Promise<void>;
};

export async function openModelHost(script: Script, options: ModelHostOptions = {}): Promise<ModelHost> {
  const calls: SeenRequest[] = [];
  const waiting = new Map<number, PromiseWithResolvers<SeenRequest>>();
  const awaited = (index: number) => {
    const found = waiting.get(index) ?? Promise.withResolvers<SeenRequest>();
    waiting.set(index, found);
    return found;
  };
  const upstream = await openFakeUpstream((request) => {
    if (request.method === "GET") {
      const listing = jsonReply(options.listing ?? { data: [] });
      return options.listedAfter ? [{ waitFor: options.listedAfter }, ...listing] : listing;
    }
    const index = calls.push(request) - 1;
    awaited(index).resolve(request);
    return typeof script === "function" ? script(request, index) : script;
  });
  // A spread would read the count of connections once and for all.
  return Object.defineProperties(upstream, {
    calls: { value: calls },
    call: { value: (index: number) => awaited(index).promise },
  }) as ModelHost;
}

/** One line of the log that tells of a request. */
export type Settlement = { outcome: string; status: number; attempts: number; [field: string]: unknown };

export type GatewayOptions = {
  /** Provider variables beside those of `hosts`. */
  environment?: { [name: string]: string };
  arguments?: readonly string[];
  /** Text of a `sluice.json`. */
  file?: string;
  clock?: Clock;
  /** Prefix of a provider's variables -> its host. Each gets a credential. */
  hosts?: { [prefix: string]: { url: string } };
  /** False: do not wait for the providers' models. */
  isReady?: false;
};

export type Gateway = AsyncDisposable & {
  app: App;
  /** Without trailing slash. */
  url: string;
  port: number;
  /** POST to the chat endpoint; an object becomes JSON, text and bytes go as they are. */
  chat(body: unknown, options?: { headers?: Record<string, string>; signal?: AbortSignal }): Promise<Response>;
  /** Resolves with what was logged of requests once there are `count` of them. */
  settled(count: number): Promise<Settlement[]>;
  /** Everything that was logged so far. */
  logged(): string;
};

/** The credential that hosts expect of the gateway. */
export const credential = "sk-upstream-secret";

export async function openGateway(options: GatewayOptions = {}): Promise<Gateway> {
  // A test sees each failure as it is, unless it asks for repeats.
  const environment: { [name: string]: string } = { SLUICE_RETRY_MAX_RETRIES: "0", ...options.environment };
  for (const [prefix, host] of Object.entries(options.hosts ?? {})) {
    environment[`${prefix}_API_KEY`] ??= credential;
    environment[`${prefix}_BASE_URL`] = host.url;
  }
  const workingDirectory = mkdtempSync(join(tmpdir(), "sluice-gateway-"));
  if (options.file !== undefined) writeFileSync(join(workingDirectory, "sluice.json"), options.file);
  const loaded = loadConfig({
    arguments: ["--port", "0", ...(options.arguments ?? [])],
    environment,
    workingDirectory,
    systemDirectory: workingDirectory,
  });
  rmSync(workingDirectory, { recursive: true });
  if (loaded.problems.length > 0) throw new Error(JSON.stringify(loaded.problems));
  let text = "";
  const app = openApp({
    config: loaded.config,
    environment,
    logSink: (lines) => {
      text += lines;
    },
    ...(options.clock && { clock: options.clock }),
  });
  if (options.isReady !== false) await app.catalog.ready();
  const url = app.url.href.replace(/\/$/, "");
  const settlements = () => {
    app.log.flush();
    const lines = text.split("\n").filter((line) => line.includes('"message":"request"'));
    return lines.map((line) => JSON.parse(line) as Settlement);
  };
  return {
    app,
    url,
    port: Number(app.url.port),
    chat: (body, { headers, signal } = {}) =>
      fetch(`${url}/v1/chat/completions`, {
        method: "POST",
        headers: { "content-type": "application/json", ...headers },
        body: typeof body === "string" || body instanceof Uint8Array ? body : JSON.stringify(body),
        ...(signal && { signal }),
      }),
    async settled(count) {
      while (settlements().length < count) await Bun.sleep(2);
      return settlements();
    },
    logged: () => {
      app.log.flush();
      return text;
    },
    [Symbol.asyncDispose]: async () => {
      await app.close();
    },
  };
}
