// `sluice mock`: serves recorded traffic as a provider, for users' tests and for ours.
import { parseArgs } from "node:util";
import { type Mock, openMock } from "../providers/mock.ts";
import { readDurationMs } from "../providers/mock-faults.ts";
import { isMockDialect, type MockDialectId, mockDialects } from "../providers/mock-wire.ts";
import { exitCodes, type Streams } from "./command.ts";

const flags = {
  dir: { type: "string" },
  host: { type: "string", default: "127.0.0.1" },
  port: { type: "string", default: "8081" },
  dialect: { type: "string" },
  case: { type: "string" },
  pace: { type: "string" },
  "chunk-bytes": { type: "string" },
  fault: { type: "string" },
} as const;

type Settings = { hostname: string; port: number; open: () => Mock };

/** Resolves when SIGTERM or SIGINT has closed the server. */
export async function run(arguments_: string[], streams: Streams): Promise<number> {
  let settings: Settings;
  try {
    settings = readSettings(arguments_);
  } catch (error) {
    streams.stderr(`sluice mock: ${(error as Error).message}\n`);
    return exitCodes.usage;
  }
  try {
    await serveUntilStopped(settings, streams);
    return exitCodes.ok;
  } catch (error) {
    streams.stderr(`sluice mock: ${(error as Error).message}\n`);
    return exitCodes.failed;
  }
}

function readSettings(arguments_: string[]): Settings {
  const { values } = parseArgs({ args: arguments_, options: flags, strict: true, allowPositionals: false });
  const { dir: directory, dialect, pace } = values;
  if (directory === undefined) throw new Error("--dir is required");
  const options = {
    directory,
    dialect: dialect === undefined ? undefined : checkedDialect(dialect),
    caseName: values.case,
    fault: values.fault,
    paceMs: pace === undefined ? undefined : readDurationMs(pace),
    chunkBytes:
      values["chunk-bytes"] === undefined
        ? undefined
        : whole("--chunk-bytes", values["chunk-bytes"], { from: 1, to: 1 << 30 }),
  };
  const port = whole("--port", values.port, { from: 0, to: 65_535 });
  return { hostname: values.host, port, open: () => openMock(options) };
}

function checkedDialect(text: string): MockDialectId {
  if (isMockDialect(text)) return text;
  throw new Error(`--dialect: ${JSON.stringify(text)} is not one of ${mockDialects.join(", ")}`);
}

function whole(flag: string, text: string, range: { from: number; to: number }): number {
  const number = Number(text);
  if (/^\d+$/.test(text) && number >= range.from && number <= range.to) return number;
  throw new Error(`${flag}: ${JSON.stringify(text)} is not a whole number from ${range.from} to ${range.to}`);
}

async function serveUntilStopped(settings: Settings, streams: Streams): Promise<void> {
  const mock = settings.open();
  const stopped = Promise.withResolvers<void>();
  // The listeners must be there before anybody can read the address and send a signal.
  process.once("SIGTERM", stopped.resolve);
  process.once("SIGINT", stopped.resolve);
  try {
    // A stalled or slow reply is what the mock is for: no idle timeout may end it.
    const server = Bun.serve({ ...address(settings), idleTimeout: 0, development: false, fetch: mock.handle });
    streams.stdout(`mock provider on ${server.url.origin}, ${mock.cases.length} cases\n`);
    await stopped.promise;
    await server.stop(true);
  } finally {
    process.off("SIGTERM", stopped.resolve);
    process.off("SIGINT", stopped.resolve);
  }
}

function address({ hostname, port }: Settings): { hostname: string; port: number; maxRequestBodySize: number } {
  return { hostname, port, maxRequestBodySize: 64 * 1024 * 1024 };
}
