// Findings about the machine: the port, the place for the model lists, the limit on open files.
import { constants } from "node:fs";
import { access, mkdir, readFile, statfs } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { dirname } from "node:path";
import type { LoadedConfig } from "../config/load.ts";
import { snapshotPath } from "./catalog.ts";
import type { Draft, Finding } from "./doctor-finding.ts";

/** What is asked of the operating system; tests stand in for it. */
export type Machine = {
  /** Text of /proc/self/limits; undefined where there is none. */
  limits(): Promise<string | undefined>;
  /** Bytes that an ordinary user can still write at this path. */
  freeBytes(path: string): Promise<number | undefined>;
};

export const thisMachine: Machine = {
  limits: () => readFile("/proc/self/limits", "utf8").catch(() => undefined),
  async freeBytes(path) {
    const found = await statfs(path).catch(() => undefined);
    return found && found.bavail * found.bsize;
  },
};

const leastFreeBytes = 100 * 1024 * 1024;
/** Each request holds two sockets; this many serve some two hundred at a time. */
const fewFiles = 512;
/** Below this a busy gateway runs out. */
const enoughFiles = 4096;

export async function machineFindings(loaded: LoadedConfig, machine: Machine): Promise<Finding[]> {
  const found = [await portFinding(loaded), ...(await diskFindings(loaded, machine)), ...(await fileFindings(machine))];
  return found.map((finding) => ({ scope: "machine", ...finding }));
}

async function portFinding({ config }: LoadedConfig): Promise<Draft> {
  const { host, port } = config.server;
  const code = await listenOnce(host, port);
  const check = "port";
  if (code === undefined)
    return { check, status: "ok", code: "port.free", message: `${host}:${port} can be listened on` };
  if (code === "EADDRINUSE" && (await isSluice(host, port))) {
    return { check, status: "ok", code: "port.sluice", message: `Sluice itself listens on ${host}:${port}` };
  }
  if (code === "EADDRINUSE") {
    const message = `port ${port} is in use`;
    const remedy = "stop what listens there, or set PORT to another one";
    return { check, status: "failure", code: "port.in_use", message, remedy };
  }
  if (code === "EACCES") {
    const message = `port ${port} is reserved for the system`;
    const remedy = "set PORT to 1024 or more, or give the executable cap_net_bind_service";
    return { check, status: "failure", code: "port.denied", message, remedy };
  }
  const message = `${host} is no address of this machine (${code})`;
  return {
    check,
    status: "failure",
    code: "port.no_address",
    message,
    remedy: "set HOST to 127.0.0.1, 0.0.0.0 or an address that `ip address` shows",
  };
}

/** The code of what went wrong. */
function listenOnce(host: string, port: number): Promise<string | undefined> {
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  const server = createServer();
  server.once("error", (cause: { code?: string }) => resolve(cause.code ?? "unknown"));
  server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(undefined)));
  return promise;
}

const greetingWaitMs = 1000;

/** A gateway that runs greets at `/`; whatever else listens there does not say this. */
function isSluice(host: string, port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const everywhere: { readonly [host: string]: string } = { "0.0.0.0": "127.0.0.1", "::": "::1" };
  const socket = connect({ host: everywhere[host] ?? host, port });
  let text = "";
  const end = () => {
    clearTimeout(timer);
    socket.destroy();
    resolve(text.includes('"name":"sluice"'));
  };
  const timer = setTimeout(end, greetingWaitMs);
  socket.on("data", (bytes) => {
    text += bytes.toString("latin1");
    if (text.length > 4096) end();
  });
  for (const event of ["end", "error", "close"]) socket.once(event, end);
  socket.write(`GET / HTTP/1.1\r\nHost: localhost:${port}\r\nConnection: close\r\n\r\n`);
  return promise;
}

async function diskFindings({ config, environment }: LoadedConfig, machine: Machine): Promise<Draft[]> {
  const check = "disk";
  const path = snapshotPath(config, environment);
  if (path === undefined) {
    return [{ check, status: "skipped", code: "disk.unused", message: "model lists are not kept: nothing is written" }];
  }
  const folder = dirname(path);
  const failed = await mkdir(folder, { recursive: true, mode: 0o700 })
    .then(() => access(folder, constants.W_OK))
    .then(
      () => undefined,
      (cause: unknown) => (cause as { code?: string }).code ?? "unknown",
    );
  if (failed !== undefined) {
    const message = `${folder} cannot be written (${failed}): after a restart, models are known only once they have been read`;
    const remedy = "set SLUICE_MODELS_SNAPSHOT to a file in a folder that can be written, or to off";
    return [{ check, status: "warning", code: "disk.not_writable", message, remedy }];
  }
  const free = await machine.freeBytes(folder);
  if (free !== undefined && free < leastFreeBytes) {
    const message = `${folder} has ${Math.floor(free / 1024 / 1024)} MiB left`;
    return [
      { check, status: "warning", code: "disk.full", message, remedy: "free some space, or keep the lists elsewhere" },
    ];
  }
  return [{ check, status: "ok", code: "disk.ok", message: `${folder} can be written` }];
}

async function fileFindings(machine: Machine): Promise<Draft[]> {
  const check = "open files";
  const limit = readLimit(await machine.limits());
  if (limit === undefined) {
    return [{ check, status: "skipped", code: "files.unknown", message: "this system does not tell its limit" }];
  }
  const message = `the limit on open files is ${limit}`;
  if (limit >= enoughFiles) return [{ check, status: "ok", code: "files.ok", message }];
  const remedy =
    "raise it: `ulimit -n 65536` in a shell, LimitNOFILE=65536 in a systemd unit, --ulimit nofile=65536 in Docker";
  return [
    {
      check,
      status: limit < fewFiles ? "failure" : "warning",
      code: "files.few",
      message: `${message}: each request holds two`,
      remedy,
    },
  ];
}

/** The hard limit: Bun raises the soft one up to it. */
function readLimit(text: string | undefined): number | undefined {
  const match = /^Max open files\s+\S+\s+(\S+)/m.exec(text ?? "");
  if (!match) return undefined;
  return match[1] === "unlimited" ? Number.POSITIVE_INFINITY : Number(match[1]);
}
