// Runs Bun with the given arguments: the Bun this runs in, or the build for this platform that npm installed.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");

function installedBun() {
  const arch = process.arch === "arm64" ? "aarch64" : process.arch;
  const system = process.platform === "win32" ? "windows" : process.platform;
  const file = system === "windows" ? "bun.exe" : "bun";
  for (const variant of ["", "-musl"]) {
    const path = join(root, "node_modules", "@oven", `bun-${system}-${arch}${variant}`, "bin", file);
    if (existsSync(path)) return path;
  }
  return undefined;
}

// The pinned build wins over a Bun that merely happens to be on the machine: one version everywhere.
const bun = installedBun() ?? (process.versions.bun ? process.execPath : undefined);
if (!bun) {
  console.error("sluice: no Bun for this platform in node_modules; run `npm install` (or `bun install`) first");
  process.exit(1);
}

const child = spawn(bun, process.argv.slice(2), { stdio: "inherit", cwd: process.cwd() });
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
child.on("exit", (code, signal) => process.exit(signal ? 1 : (code ?? 1)));
