// Starts this process anew, under the same pid, with the settings that Bun and its allocator read before any code of ours.
import { dlopen, ptr } from "bun:ffi";
import { libraries } from "../app/libraries.ts";

const settings: readonly (readonly [variable: string, value: string])[] = [
  // Without it the 257th provider request in flight waits in silence (bun.md 0, trap 1).
  ["BUN_CONFIG_MAX_HTTP_REQUESTS", "65535"],
  // Milliseconds until freed memory goes back to the system. At the default of mimalloc the buffers of large bodies are given
  // back and faulted in again at every request: a third of the CPU time of 1 MB bodies (bench/, whole-1mb).
  ["MIMALLOC_PURGE_DELAY", "10000"],
];
/** Commands that send requests for others. The rest need no second start. */
const serving = /^(serve|mock|-.*)?$/;

/** Returns only when there is nothing to do, or when it cannot be done; then it has said so. */
export function reexecWithSettings(): void {
  const [first = ""] = process.argv.slice(2);
  const missing = settings.filter(([variable]) => process.env[variable] === undefined);
  if (missing.length === 0 || !serving.test(first) || process.platform === "win32") return;
  const argv = isCompiled()
    ? [process.execPath, ...process.argv.slice(2)]
    : [process.execPath, ...process.execArgv, ...process.argv.slice(1)];
  const environment = Object.entries(process.env).map(([name, value]) => `${name}=${value ?? ""}`);
  for (const [variable, value] of missing) environment.push(`${variable}=${value}`);
  for (const library of libraries) {
    try {
      // Only returns when it fails.
      open(library).symbols.execve(text(process.execPath), list(argv), list(environment));
    } catch {
      // Not this system's library.
    }
  }
  const wanted = missing.map(([variable, value]) => `${variable}=${value}`).join(" ");
  process.stderr.write(
    `sluice: could not start anew with ${wanted}; set them to lift Bun's limit of 256 provider requests\n`,
  );
}

function open(library: string) {
  return dlopen(library, { execve: { args: ["ptr", "ptr", "ptr"], returns: "i32" } });
}

/** Modules of a compiled binary live in a virtual root. */
function isCompiled(): boolean {
  return import.meta.path.startsWith("/$bunfs/");
}

/** Keeps the bytes alive until execve has copied them. */
const kept: ArrayBufferView[] = [];

function text(value: string) {
  const bytes = Buffer.from(`${value}\0`);
  kept.push(bytes);
  return ptr(bytes);
}

/** A NULL-terminated array of C strings. */
function list(values: readonly string[]) {
  const pointers = new BigUint64Array(values.length + 1);
  for (const [index, value] of values.entries()) pointers[index] = BigInt(text(value));
  kept.push(pointers);
  return ptr(pointers);
}
