// A client on a raw socket: it can stop reading, hang up, send half a request, and see every byte that comes.
import type { Socket } from "bun";

export type RawClient = {
  /** Everything received so far, as text. */
  readonly received: string;
  /** Bytes received so far. */
  readonly bytes: number;
  write(text: string | Uint8Array): void;
  /** Resolves when the text has come. Rejects when the connection ends without it. */
  until(wanted: string): Promise<string>;
  /** Resolves with everything when the connection has ended. */
  readonly ended: Promise<string>;
  /** Takes nothing more from the socket until `resume`. */
  pause(): void;
  resume(): void;
  /** Gone without a word. */
  hangUp(): void;
};

export async function openRawClient(port: number, options: { keep?: boolean } = {}): Promise<RawClient> {
  const decoder = new TextDecoder();
  const ended = Promise.withResolvers<string>();
  let received = "";
  let bytes = 0;
  let isOpen = true;
  let arrived = Promise.withResolvers<void>();
  const end = () => {
    isOpen = false;
    arrived.resolve();
    ended.resolve(received);
  };
  const socket: Socket = await Bun.connect({
    hostname: "127.0.0.1",
    port,
    socket: {
      data(_socket, chunk) {
        bytes += chunk.length;
        if (options.keep !== false) received += decoder.decode(chunk, { stream: true });
        arrived.resolve();
      },
      end,
      close: end,
      error: end,
    },
  });
  return {
    get received() {
      return received;
    },
    get bytes() {
      return bytes;
    },
    write(content) {
      if (socket.write(content) < Buffer.byteLength(content)) throw new Error("the socket is full");
    },
    async until(wanted) {
      while (!received.includes(wanted)) {
        if (!isOpen) throw new Error(`the connection ended without ${JSON.stringify(wanted)}: ${received}`);
        arrived = Promise.withResolvers();
        await arrived.promise;
      }
      return received;
    },
    ended: ended.promise,
    pause: () => socket.pause(),
    resume: () => socket.resume(),
    hangUp: () => socket.terminate(),
  };
}

/** A whole request as it stands on the wire. */
export function requestText(path: string, body: unknown, headers: readonly string[] = []): string {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return [
    `POST ${path} HTTP/1.1`,
    "Host: 127.0.0.1",
    "Content-Type: application/json",
    `Content-Length: ${Buffer.byteLength(text)}`,
    ...headers,
    "",
    text,
  ].join("\r\n");
}
