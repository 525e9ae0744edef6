// Starts this process anew, under the same pid, with Bun's limit on parallel fetches lifted. Bun reads the limit once, before
// any code of ours, and without it the 257th request in flight waits in silence (bun.md 0, trap 1).
import { dlopen, ptr } from "bun:ffi";

const variable = "BUN_CONFIG_MAX_HTTP_REQUESTS";
const limit = "65535";
/** glibc, musl on both architectures, macOS. */
const libraries = ["libc.so.6", "libc.musl-x86_64.so.1", "libc.musl-aarch64.so.1", "libSystem.B.dylib"];
/** Commands that send requests for others. The rest need no second start. */
const serving = /^(serve|mock|-.*)?$/;

/** Returns only when there is nothing to do, or when it cannot be done; then it has said so. */
export function reexecWithFetchLimit(): void {
  const [first = ""] = process.argv.slice(2);
  if (process.env[variable] !== undefined || !serving.test(first) || process.platform === "win32") return;
  const argv = isCompiled()
    ? [process.execPath, ...process.argv.slice(2)]
    : [process.execPath, ...process.execArgv, ...process.argv.slice(1)];
  const environment = Object.entries(process.env).map(([name, value]) => `${name}=${value ?? ""}`);
  environment.push(`${variable}=${limit}`);
  for (const library of libraries) {
    try {
      // Only returns when it fails.
      open(library).symbols.execve(text(process.execPath), list(argv), list(environment));
    } catch {
      // Not this system's library.
    }
  }
  process.stderr.write(
    `sluice: could not lift the limit of 256 parallel provider requests; start with ${variable}=${limit} to lift it\n`,
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
