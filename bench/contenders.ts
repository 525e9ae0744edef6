// Starts and ends everything a run needs: certificate, fake upstream, floor and product, each pinned to its core.
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Subprocess } from "bun";
import { compileFlags } from "../scripts/build.ts";
import type { ContenderName } from "./scenarios.ts";
import { agentModels, agentName, hedge, hedgedModel, hedgedName } from "./wire.ts";

export const rigCore = 0;
export const proxyCore = 1;

/** Bun's fetch stops at 256 requests in flight without it, and setting it inside of the process is too late. */
const requestCap = { BUN_CONFIG_MAX_HTTP_REQUESTS: "65535" };

const startLimitMs = 10_000;
const pollMs = 1;

export type StartedProxy = { pid: number; port: number; startMs: number; stop(): Promise<void> };

export type Upstream = { pid: number; port: number; tlsPort: number; certificateFile: string };

/** What a run holds open. `close` ends every process it started and removes what it wrote. */
export type Stage = {
  upstream: Upstream;
  startProxy(name: ContenderName, options: { tls: boolean }): Promise<StartedProxy>;
  close(): Promise<void>;
};

type Running = { folder: string; processes: Set<Subprocess>; floor: string; sluice: string };

/** Why this machine cannot run the bench; undefined when it can. */
export function missingTool(cores: number): string | undefined {
  if (cores < 2) return "the bench needs two cores: one for the rig, one for the proxy";
  const missing = ["taskset", "openssl"].find((tool) => !Bun.which(tool));
  return missing && `the bench needs ${missing} on the path`;
}

/** A child's arguments with the core it must stay on. `taskset` replaces itself with the command: the pid is the command's own. */
export function pinned(core: number, command: readonly string[]): string[] {
  return [Bun.which("taskset") ?? "taskset", "-c", String(core), ...command];
}

async function expectSuccess(command: string[], cwd: string): Promise<void> {
  const child = Bun.spawn(command, { cwd, stdin: "ignore", stdout: "pipe", stderr: "pipe" });
  const [code, words] = await Promise.all([child.exited, new Response(child.stderr).text()]);
  if (code !== 0) throw new Error(`${command[0]} ${command[1]} failed: ${words.slice(-2000)}`);
}

async function compileFloor(folder: string): Promise<string> {
  const file = join(folder, "floor");
  const source = join(import.meta.dir, "floor.ts");
  await expectSuccess([process.execPath, "build", ...compileFlags, source, "--outfile", file], import.meta.dir);
  return file;
}

async function makeCertificate(folder: string): Promise<{ cert: string; key: string }> {
  const cert = join(folder, "certificate.pem");
  const key = join(folder, "key.pem");
  const subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"];
  const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"];
  await expectSuccess(["openssl", "req", "-x509", ...curve, ...subject, "-keyout", key, "-out", cert], folder);
  return { cert, key };
}

async function firstLine(stream: ReadableStream<Uint8Array>): Promise<string> {
  let text = "";
  const decoder = new TextDecoder();
  for await (const bytes of stream) {
    text += decoder.decode(bytes, { stream: true });
    if (text.includes("\n")) break;
  }
  return text.slice(0, text.indexOf("\n"));
}

async function startUpstream(running: Running): Promise<Upstream> {
  const { cert, key } = await makeCertificate(running.folder);
  const source = join(import.meta.dir, "upstream.ts");
  const child = Bun.spawn(pinned(rigCore, [process.execPath, source, "--cert", cert, "--key", key]), {
    stdin: "pipe",
    stdout: "pipe",
    stderr: "inherit",
  });
  running.processes.add(child);
  const ports = JSON.parse(await firstLine(child.stdout)) as { port: number; tlsPort: number };
  return { pid: child.pid, ...ports, certificateFile: cert };
}

/** A port that was free a moment ago; each proxy gets its own. */
function freePort(): number {
  const listener = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
  const { port } = listener;
  listener.stop(true);
  return port;
}

function proxyCommand(running: Running, options: { name: ContenderName; port: number; upstream: string }): string[] {
  if (options.name === "floor") return [running.floor, "--port", String(options.port), "--upstream", options.upstream];
  return [running.sluice, "serve", "--port", String(options.port)];
}

/** Nothing is inherited: a stray variable of the shell must not tell two runs apart. */
function proxyEnvironment(folder: string, upstream: string, certificateFile: string): { [name: string]: string } {
  return {
    PATH: "/usr/bin:/bin",
    HOME: folder,
    NODE_ENV: "production",
    NODE_EXTRA_CA_CERTS: certificateFile,
    SSL_CERT_FILE: certificateFile,
    OPENAI_BASE_URL: `${upstream}/v1`,
    OPENAI_API_KEY: "bench",
    ANTHROPIC_BASE_URL: `${upstream}/v1`,
    ANTHROPIC_API_KEY: "bench",
    OPENAI_COMPATIBLE_BASE_URL: `${upstream}/v1`,
    GEMINI_BASE_URL: `${upstream}/v1beta`,
    GEMINI_API_KEY: "bench",
    COHERE_BASE_URL: upstream,
    COHERE_API_KEY: "bench",
    BEDROCK_BASE_URL: upstream,
    BEDROCK_API_KEY: "bench",
    BEDROCK_REGION: "us-east-1",
    OPENAI_SECOND_BASE_URL: `${upstream}/v1`,
    OPENAI_SECOND_API_KEY: "bench",
    VIRTUAL_MODELS: JSON.stringify([
      { source: agentName, targets: agentModels },
      { source: hedgedName, targets: [hedgedModel], hedge },
    ]),
    ...requestCap,
  };
}

/** One GET over a fresh connection; fetch in this process would keep connections and share its pool with nobody's benefit. */
function answersOk(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    Bun.connect({
      hostname: "127.0.0.1",
      port,
      socket: {
        open: (socket) =>
          void socket.write(`GET /health HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: close\r\n\r\n`),
        data(socket, bytes) {
          resolve(bytes.toString("latin1", 0, 12) === "HTTP/1.1 200");
          socket.terminate();
        },
        close: () => resolve(false),
        connectError: () => resolve(false),
      },
    }).catch(() => resolve(false));
  });
}

async function stopChild(running: Running, child: Subprocess): Promise<void> {
  child.kill("SIGKILL");
  await child.exited;
  running.processes.delete(child);
}

async function startProxy(
  running: Running,
  upstream: Upstream,
  options: { name: ContenderName; tls: boolean },
): Promise<StartedProxy> {
  const port = freePort();
  const address = options.tls ? `https://127.0.0.1:${upstream.tlsPort}` : `http://127.0.0.1:${upstream.port}`;
  // A folder of its own each time: a ledger left by the last start would be read at the next one.
  const folder = mkdtempSync(join(running.folder, `${options.name}-`));
  const log = Bun.file(join(folder, "log"));
  const startedAtMs = performance.now();
  const child = Bun.spawn(pinned(proxyCore, proxyCommand(running, { name: options.name, port, upstream: address })), {
    cwd: folder,
    env: proxyEnvironment(folder, address, upstream.certificateFile),
    stdin: "ignore",
    stdout: log,
    stderr: log,
  });
  running.processes.add(child);
  while (!(await answersOk(port))) {
    const tooLate = performance.now() - startedAtMs > startLimitMs;
    if (tooLate || child.exitCode !== null) {
      await stopChild(running, child);
      throw new Error(`${options.name} did not start: ${readFileSync(join(folder, "log"), "utf8").slice(-2000)}`);
    }
    await Bun.sleep(pollMs);
  }
  const startMs = performance.now() - startedAtMs;
  return { pid: child.pid, port, startMs, stop: () => stopChild(running, child) };
}

async function close(running: Running): Promise<void> {
  await Promise.all([...running.processes].map((child) => stopChild(running, child)));
  rmSync(running.folder, { recursive: true, force: true });
}

export async function openStage(options: { sluice: string; contenders: readonly ContenderName[] }): Promise<Stage> {
  if (options.contenders.includes("sluice") && !existsSync(options.sluice)) {
    throw new Error(
      `no ${options.sluice}: build it first (npm run build), or leave it out with --contenders direct,floor`,
    );
  }
  const folder = mkdtempSync(join(tmpdir(), "sluice-bench-"));
  const running: Running = { folder, processes: new Set(), floor: "", sluice: options.sluice };
  try {
    if (options.contenders.includes("floor")) running.floor = await compileFloor(folder);
    const upstream = await startUpstream(running);
    return {
      upstream,
      startProxy: (name, { tls }) => startProxy(running, upstream, { name, tls }),
      close: () => close(running),
    };
  } catch (error) {
    await close(running);
    throw error;
  }
}
