// A gateway on a real socket with the mock engine behind every provider, for tests that drive it with official SDKs.
import { tmpdir } from "node:os";
import OpenAI from "openai";
import { openApp } from "../../src/app.ts";
import { loadConfig } from "../../src/config/load.ts";
import { type MockOptions, openMock } from "../../src/providers/mock.ts";
import { corpusRoot } from "./corpus.ts";

export type Sent = { path: string; headers: { [name: string]: string }; body: SentBody };
/** Loose on purpose: tests name the fields that they assert on. */
export type SentBody = { [field: string]: unknown };

export type OpenGateway = AsyncDisposable & {
  /** `http://127.0.0.1:PORT`, without a slash at the end. */
  origin: string;
  mockOrigin: string;
  /** An unmodified SDK pointed at the gateway. It never retries, so that every failure is seen as it is. */
  client: OpenAI;
  /** The last chat request that a provider received, as the mock tells it under /requests. */
  lastSent(): Promise<Sent>;
  logLines: string[];
};

export type GatewayOptions = {
  mock?: Partial<MockOptions>;
  /** Row names; each gets the mock's address with its own name as the first part of the path. */
  providers: readonly string[];
  environment?: { [name: string]: string };
  /** Rewrites the wire text of every stream that the mock sends. */
  reframe?: (wire: string) => string;
};

const sdkOptions = { apiKey: "any key will do", maxRetries: 0 };

/** Rewriting took the mock's own pieces away. */
async function* inPieces(wire: string, size = Number.POSITIVE_INFINITY): AsyncGenerator<Uint8Array> {
  const bytes = new TextEncoder().encode(wire);
  for (let from = 0; from < bytes.length; from += size) yield bytes.subarray(from, from + size);
}

export async function openGateway(options: GatewayOptions): Promise<OpenGateway> {
  const mock = openMock({ directory: corpusRoot, ...options.mock });
  const { reframe } = options;
  const answer = async (request: Request) => {
    const response = await mock.handle(request);
    if (!reframe || !response.headers.get("content-type")?.startsWith("text/event-stream")) return response;
    return new Response(inPieces(reframe(await response.text()), options.mock?.chunkBytes), response);
  };
  const mockServer = Bun.serve({ hostname: "127.0.0.1", port: 0, idleTimeout: 0, fetch: answer });
  const mockOrigin = mockServer.url.origin;
  const environment: { [name: string]: string } = { PORT: "0", SLUICE_LOG_LEVEL: "error", ...options.environment };
  for (const name of options.providers) {
    const prefix = name.toUpperCase().replaceAll("-", "_");
    environment[`${prefix}_API_KEY`] = "the operator's credential";
    environment[`${prefix}_BASE_URL`] = `${mockOrigin}/${name}`;
  }
  const loaded = loadConfig({ arguments: [], environment, workingDirectory: tmpdir() });
  if (loaded.problems.length > 0) throw new Error(JSON.stringify(loaded.problems));
  const logLines: string[] = [];
  const app = openApp({
    config: loaded.config,
    environment: loaded.environment,
    logSink: (text) => void logLines.push(text),
  });
  await app.catalog.ready();
  const origin = app.url.origin;
  return {
    origin,
    mockOrigin,
    client: new OpenAI({ ...sdkOptions, baseURL: `${origin}/v1` }),
    logLines,
    async lastSent() {
      const response = await fetch(`${mockOrigin}/requests`);
      const { requests } = (await response.json()) as { requests: (Sent & { method: string })[] };
      const last = requests.findLast((request) => request.method === "POST");
      if (!last) throw new Error("no provider received a request");
      return last;
    },
    async [Symbol.asyncDispose]() {
      await app.close();
      await mockServer.stop(true);
    },
  };
}
