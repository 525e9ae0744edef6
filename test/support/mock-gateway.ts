// A gateway on a real socket with the mock engine behind every provider, for tests that drive it with official SDKs.
import OpenAI from "openai";
import { type MockOptions, openMock } from "../../src/providers/mock.ts";
import { corpusRoot } from "./corpus.ts";
import { openGateway } from "./gateway.ts";

export type Sent = { path: string; headers: { [name: string]: string }; body: SentBody };
/** Loose on purpose: tests name the fields that they assert on. */
export type SentBody = { [field: string]: unknown };

export type MockGateway = AsyncDisposable & {
  /** `http://127.0.0.1:PORT`, without a slash at the end. */
  origin: string;
  mockOrigin: string;
  /** An unmodified SDK pointed at the gateway. It never retries, so that every failure is seen as it is. */
  client: OpenAI;
  /** The last chat request that a provider received, as the mock tells it under /requests. */
  lastSent(): Promise<Sent>;
  /** How many chat requests the mock has received. */
  countSent(): number;
};

export type MockGatewayOptions = {
  mock?: Partial<MockOptions>;
  /** Row names; each gets the mock's address with its own name as the first part of the path. */
  providers: readonly string[];
  environment?: { [name: string]: string };
  /** Called in place of the mock. */
  upstreamUrl?: string;
  /** Rewrites the wire text of every stream that the mock sends. */
  reframe?: (wire: string) => string;
};

/** The providers' credential: a text that must turn up in no reply. */
export const operatorKey = "credential-of-the-operator";

const sdkOptions = { apiKey: "any key will do", maxRetries: 0 };

/** The SDK's promises are lazy subclasses, which `expect(…).rejects` does not see through. */
export async function failureOf(asking: PromiseLike<unknown>): Promise<unknown> {
  try {
    await asking;
  } catch (cause) {
    return cause;
  }
  throw new Error("it did not fail");
}

/** Rewriting took the mock's own pieces away. */
async function* inPieces(wire: string, size = Number.POSITIVE_INFINITY): AsyncGenerator<Uint8Array> {
  const bytes = new TextEncoder().encode(wire);
  for (let from = 0; from < bytes.length; from += size) yield bytes.subarray(from, from + size);
}

export async function openMockGateway(options: MockGatewayOptions): Promise<MockGateway> {
  const mock = openMock({ directory: corpusRoot, ...options.mock });
  const { reframe } = options;
  let sent = 0;
  const answer = async (request: Request) => {
    if (request.method === "POST") sent++;
    const response = await mock.handle(request);
    if (!reframe || !response.headers.get("content-type")?.startsWith("text/event-stream")) return response;
    return new Response(inPieces(reframe(await response.text()), options.mock?.chunkBytes), response);
  };
  const mockServer = Bun.serve({ hostname: "127.0.0.1", port: 0, idleTimeout: 0, fetch: answer });
  const mockOrigin = mockServer.url.origin;
  const environment: { [name: string]: string } = { SLUICE_LOG_LEVEL: "error", ...options.environment };
  const hosts: { [prefix: string]: { url: string } } = {};
  for (const name of options.providers) {
    const prefix = name.toUpperCase().replaceAll("-", "_");
    environment[`${prefix}_API_KEY`] = operatorKey;
    hosts[prefix] = { url: `${options.upstreamUrl ?? mockOrigin}/${name}` };
  }
  const gateway = await openGateway({ environment, hosts });
  return {
    origin: gateway.url,
    mockOrigin,
    client: new OpenAI({ ...sdkOptions, baseURL: `${gateway.url}/v1` }),
    countSent: () => sent,
    async lastSent() {
      const response = await fetch(`${mockOrigin}/requests`);
      const { requests } = (await response.json()) as { requests: (Sent & { method: string })[] };
      const last = requests.findLast((request) => request.method === "POST");
      if (!last) throw new Error("no provider received a request");
      return last;
    },
    async [Symbol.asyncDispose]() {
      await gateway[Symbol.asyncDispose]();
      await mockServer.stop(true);
    },
  };
}
