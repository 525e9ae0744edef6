// The compiled executable, run as a user would: in a directory and an environment that the test alone decides.
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Subprocess } from "bun";
import { compile } from "../../scripts/build.ts";

const root = join(import.meta.dir, "../..");
const binary = join(root, "dist/sluice");
// `npm test` builds it beforehand; a single file run by hand may come without.
if (!existsSync(binary)) compile({ entry: join(root, "src/main.ts"), outfile: binary });

/** A directory with these files, for one test file. */
export function scratch(files: { readonly [name: string]: string } = {}): string {
  const directory = mkdtempSync(join(tmpdir(), "sluice-e2e-"));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text);
  return directory;
}

export function removeScratch(directory: string): void {
  rmSync(directory, { recursive: true, force: true });
}

export type Start = { arguments: readonly string[]; directory?: string; environment?: { [name: string]: string } };

type Child = Subprocess<"ignore", "pipe", "pipe">;

/** Nothing of the test's own environment passes: no PATH, no proxy, no credential. */
function spawn({ arguments: given, directory = tmpdir(), environment = {} }: Start): Child {
  return Bun.spawn([binary, ...given], {
    cwd: directory,
    env: environment,
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
}

/** Runs it to its end. */
export async function run(start: Start): Promise<{ code: number; out: string; err: string }> {
  const child = spawn(start);
  const [out, err] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
  return { code: await child.exited, out, err };
}

export type Running = AsyncDisposable & {
  /** Address that it printed, without a slash at the end. */
  origin: string;
  port: number;
  pid: number;
  /** Everything it has printed, to both streams. */
  output(): string;
  /** Resolves when it has printed this text. */
  says(text: string): Promise<void>;
  signal(name: "SIGTERM" | "SIGINT"): void;
  /** Its exit code. */
  exited: Promise<number>;
  /** Sends the signal and resolves to the exit code. */
  stop(signal?: "SIGTERM" | "SIGINT"): Promise<number>;
};

/** Starts it and resolves once its output matches `ready`, whose first group is the address. */
export async function start(options: Start & { ready: RegExp }): Promise<Running> {
  const child = spawn(options);
  const decoder = new TextDecoder();
  const address = Promise.withResolvers<string>();
  let output = "";
  let isOver = false;
  let arrived = Promise.withResolvers<void>();
  const collect = async (stream: ReadableStream<Uint8Array>) => {
    for await (const piece of stream) {
      output += decoder.decode(piece, { stream: true });
      const found = options.ready.exec(output)?.[1];
      if (found !== undefined) address.resolve(found);
      arrived.resolve();
      arrived = Promise.withResolvers();
    }
  };
  const collected = Promise.all([collect(child.stdout), collect(child.stderr)]);
  void child.exited.then(async (code) => {
    await collected;
    isOver = true;
    arrived.resolve();
    address.reject(new Error(`it ended with ${code} before it was ready: ${output}`));
  });
  const stop = async (signal: "SIGTERM" | "SIGINT" = "SIGTERM") => {
    child.kill(signal);
    const code = await child.exited;
    await collected;
    return code;
  };
  const says = async (text: string) => {
    while (!output.includes(text)) {
      if (isOver) throw new Error(`it ended without saying ${JSON.stringify(text)}: ${output}`);
      await arrived.promise;
    }
  };
  const origin = await address.promise;
  return {
    origin,
    port: Number(new URL(origin).port),
    pid: child.pid,
    says,
    signal: (name) => child.kill(name),
    exited: child.exited,
    output: () => output,
    stop,
    [Symbol.asyncDispose]: async () => {
      child.kill("SIGKILL");
      await child.exited;
    },
  };
}

/** Complete once the last line of the banner is there. */
export const gatewayReady = /listens on (http:\/\/\S+)[\s\S]*\ntry: .*\n/;
export const mockReady = /mock provider on (http:\/\/[^\s,]+)/;

/** Starts `sluice serve` on a free port with nothing in its environment but this. */
export function startGateway(environment: { [name: string]: string }): Promise<Running> {
  return start({ arguments: ["serve", "--port", "0"], environment, ready: gatewayReady });
}
