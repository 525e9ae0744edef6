// A port of this machine that answers nothing at all, as behind a firewall: it listens, nobody accepts, and its queue is full.
import { dlopen, ptr } from "bun:ffi";
import { connect, type Socket } from "node:net";

const functions = {
  socket: { args: ["i32", "i32", "i32"], returns: "i32" },
  bind: { args: ["i32", "ptr", "u32"], returns: "i32" },
  listen: { args: ["i32", "i32"], returns: "i32" },
  getsockname: { args: ["i32", "ptr", "ptr"], returns: "i32" },
  close: { args: ["i32"], returns: "i32" },
} as const;

/** glibc, then musl by its names on Alpine. */
const libraries = ["libc.so.6", "libc.musl-x86_64.so.1", "libc.musl-aarch64.so.1"];

function openLibc() {
  if (process.platform !== "linux")
    throw new Error(`a port that never completes a connection is made as Linux does it; this is ${process.platform}`);
  for (const library of libraries) {
    try {
      return dlopen(library, functions).symbols;
    } catch {
      // The next one.
    }
  }
  throw new Error(`a port that never completes a connection needs one of ${libraries.join(", ")}`);
}

export type SilentPort = { port: number; close(): void };

/** Linux drops the first packet of a connection that the queue of a listener has no room for (listen(2), tcp(7)). */
export async function openSilentPort(): Promise<SilentPort> {
  const libc = openLibc();
  // AF_INET, SOCK_STREAM; struct sockaddr_in for 127.0.0.1 and any port.
  const descriptor = libc.socket(2, 1, 0);
  const address = new Uint8Array(16);
  address.set([2, 0, 0, 0, 127, 0, 0, 1]);
  const length = new Uint32Array([16]);
  if (libc.bind(descriptor, ptr(address), 16) !== 0 || libc.listen(descriptor, 0) !== 0) throw new Error("no socket");
  libc.getsockname(descriptor, ptr(address), ptr(length));
  const port = ((address[2] as number) << 8) | (address[3] as number);
  const waiting: Socket[] = [];
  // One more than fits hangs: then it is full.
  let isFull = false;
  while (!isFull && waiting.length < 10) {
    const socket = connect({ host: "127.0.0.1", port });
    socket.on("error", () => {});
    waiting.push(socket);
    isFull = await Promise.race([
      new Promise<false>((resolve) => socket.once("connect", () => resolve(false))),
      Bun.sleep(300).then(() => true as const),
    ]);
  }
  const close = () => {
    for (const socket of waiting) socket.destroy();
    libc.close(descriptor);
  };
  if (!isFull) {
    close();
    throw new Error("this kernel answers connections that a listener has no room for: no port can be silent");
  }
  return { port, close };
}
