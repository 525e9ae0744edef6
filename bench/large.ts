// Large bodies through the compiled binary: a 500 MB upload and a 200 MB download, what they cost in memory, whether every
// byte arrives, and how fast either side learns that the other has gone. `npm run build && npm run bun bench/large.ts`.
import { readFileSync, writeFileSync } from "node:fs";
import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { startGateway } from "../test/support/binary.ts";

const megabyte = 1024 * 1024;
const uploadBytes = 500 * 1000 * 1000;
const downloadBytes = 200 * 1000 * 1000;
const memoryBytesMax = 64 * megabyte;
const closeMsMax = 100;
/** How long a side takes nothing. */
const stallMs = 2000;
/** The whole script gives up then. */
const limitMs = 120_000;

const chunk = new Uint8Array(64 * 1024).map((_, index) => (index * 7919) % 251);
const boundary = "large";
const head = `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\nContent-Type: audio/wav\r\n\r\n`;
const tail = `\r\n--${boundary}\r\nContent-Disposition: form-data; name="model"\r\n\r\nMODEL\r\n--${boundary}--\r\n`;

type Host = {
  url: string;
  mode: string;
  seen: { bytes: number; sum: string; length: string | undefined };
  closed: PromiseWithResolvers<number>;
  begun: PromiseWithResolvers<void>;
  cut: () => void;
  close: () => void;
};

/** A provider that counts what it is sent, and speaks for long. */
async function openHost(): Promise<Host> {
  let current: ServerResponse | undefined;
  const server = createServer((incoming, outgoing) => void answer(incoming, outgoing).catch(() => {}));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const host: Host = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    mode: "",
    seen: { bytes: 0, sum: "", length: undefined },
    closed: Promise.withResolvers(),
    begun: Promise.withResolvers(),
    cut: () => current?.socket?.destroy(),
    close: () => server.close(),
  };
  const answer = async (incoming: IncomingMessage, outgoing: ServerResponse) => {
    if (incoming.method === "GET") {
      outgoing.end('{"data":[{"id":"whisper-1"}]}');
      return;
    }
    current = outgoing;
    outgoing.on("close", () => host.closed.resolve(performance.now()));
    const hasher = new Bun.CryptoHasher("sha256");
    let bytes = 0;
    for await (const piece of incoming) {
      bytes += piece.length;
      hasher.update(piece);
      if (host.mode === "upload" && bytes > 20 * megabyte) host.begun.resolve();
      if (host.mode === "slow" && bytes > 5 * megabyte) {
        host.mode = "";
        await Bun.sleep(stallMs);
      }
    }
    host.seen = { bytes, sum: hasher.digest("hex"), length: incoming.headers["content-length"] };
    if (incoming.url?.endsWith("/speech")) return speak(host, outgoing);
    outgoing.end('{"text":"done","usage":{"type":"duration","seconds":5}}');
  };
  return host;
}

async function speak(host: Host, outgoing: ServerResponse): Promise<void> {
  outgoing.writeHead(200, { "content-type": "audio/mpeg", "content-length": String(downloadBytes) });
  for (let sent = 0; sent < downloadBytes; sent += chunk.length) {
    if (outgoing.destroyed) return;
    const isRoom = outgoing.write(chunk.subarray(0, Math.min(chunk.length, downloadBytes - sent)));
    if (!isRoom) await new Promise<void>((resolve) => void outgoing.once("drain", resolve).once("close", resolve));
    if (sent > 20 * megabyte) host.begun.resolve();
    if (host.mode === "download" && sent > 30 * megabyte) return;
  }
  outgoing.end();
}

type Reply = { status: number; bytes: number; text: string; closedMs: number };

/** POSTs, at the pace of whoever takes it. `destroy` is handed out so that the client can leave. */
function post(
  url: string,
  options: {
    headers: { [name: string]: string };
    body: (write: (piece: Uint8Array | string) => Promise<void>) => Promise<void>;
    leave?: (destroy: () => void) => void;
    /** Takes nothing for so long, once. */
    stallMs?: number;
  },
): Promise<Reply> {
  return new Promise((resolve) => {
    const outgoing = httpRequest(url, { method: "POST", headers: options.headers });
    const reply: Reply = { status: 0, bytes: 0, text: "", closedMs: 0 };
    const end = () => {
      reply.closedMs ||= performance.now();
      resolve(reply);
    };
    outgoing.on("response", (incoming) => {
      reply.status = incoming.statusCode ?? 0;
      let isSlow = options.stallMs !== undefined;
      incoming.on("data", (piece: Buffer) => {
        reply.bytes += piece.length;
        if (isSlow && reply.bytes > 5 * megabyte) {
          isSlow = false;
          incoming.pause();
          setTimeout(() => incoming.resume(), options.stallMs);
        }
        if (reply.text.length < 300) reply.text += piece.toString("latin1").slice(0, 300);
      });
      incoming.on("end", end);
      incoming.on("error", end);
      incoming.on("close", end);
    });
    outgoing.on("error", end);
    outgoing.on("close", end);
    options.leave?.(() => outgoing.destroy());
    const write = async (piece: Uint8Array | string) => {
      if (outgoing.destroyed) throw new Error("gone");
      if (!outgoing.write(piece)) await new Promise<void>((go) => void outgoing.once("drain", go).once("close", go));
    };
    void options.body(write).then(
      () => outgoing.end(),
      () => {},
    );
  });
}

const uploadLength = Buffer.byteLength(head) + uploadBytes + Buffer.byteLength(tail.replace("MODEL", "whisper-1"));

async function writeUpload(write: (piece: Uint8Array | string) => Promise<void>): Promise<void> {
  await write(head);
  for (let sent = 0; sent < uploadBytes; sent += chunk.length)
    await write(chunk.subarray(0, Math.min(chunk.length, uploadBytes - sent)));
  await write(tail.replace("MODEL", "whisper-1"));
}

function uploadSum(): string {
  const hasher = new Bun.CryptoHasher("sha256").update(head);
  for (let sent = 0; sent < uploadBytes; sent += chunk.length)
    hasher.update(chunk.subarray(0, Math.min(chunk.length, uploadBytes - sent)));
  return hasher.update(tail.replace("MODEL", "whisper-1")).digest("hex");
}

const memory = (pid: number, name: string) =>
  Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) * 1024;

const failures: string[] = [];
function report(what: string, isFine: boolean, figures: string): void {
  process.stdout.write(`${isFine ? "ok  " : "FAIL"} ${what.padEnd(58)} ${figures}\n`);
  if (!isFine) failures.push(what);
}

/** Peak of the resident memory during `work`, over what was resident before. */
async function growth(pid: number, work: () => Promise<void>): Promise<number> {
  const before = memory(pid, "VmRSS");
  writeFileSync(`/proc/${pid}/clear_refs`, "5");
  await work();
  return memory(pid, "VmHWM") - before;
}

const form = { "content-type": `multipart/form-data; boundary=${boundary}`, "content-length": String(uploadLength) };
const path = "/v1/audio/transcriptions";
const speech = {
  headers: { "content-type": "application/json" },
  body: (write: (piece: string) => Promise<void>) => write('{"model":"openai/tts-1","input":"a","voice":"alloy"}'),
};

async function largeUpload(
  name: string,
  environment: { [name: string]: string },
  host: Host,
  query = "",
): Promise<void> {
  await using binary = await startGateway(environment);
  await post(`${binary.origin}${path}?model=openai/whisper-1`, {
    headers: { "content-type": form["content-type"] },
    body: (write) => write(head + tail),
  });
  const startedMs = performance.now();
  let reply: Reply | undefined;
  const grown = await growth(binary.pid, async () => {
    reply = await post(`${binary.origin}${path}${query}`, { headers: form, body: writeUpload });
  });
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
  const arrived = reply?.status === 200 && host.seen.sum === uploadSum() && host.seen.bytes === uploadLength;
  report(
    `${name}: every byte arrives`,
    arrived,
    `${host.seen.bytes} bytes in ${seconds} s, status ${reply?.status} ${arrived ? "" : reply?.text}`,
  );
  report(`${name}: memory`, grown <= memoryBytesMax, `+${(grown / megabyte).toFixed(1)} MiB`);
}

/** One side takes nothing for a while: what the other sends must wait there, not here. */
async function stalled(environment: { [name: string]: string }, host: Host): Promise<void> {
  await using binary = await startGateway(environment);
  host.mode = "slow";
  const up = await growth(binary.pid, async () => {
    await post(`${binary.origin}${path}`, { headers: form, body: writeUpload });
  });
  report("upload to a host that stops taking: memory", up <= memoryBytesMax, `+${(up / megabyte).toFixed(1)} MiB`);
  const down = await growth(binary.pid, async () => {
    await post(`${binary.origin}/v1/audio/speech`, { ...speech, stallMs });
  });
  report(
    "download by a client that stops taking: memory",
    down <= memoryBytesMax,
    `+${(down / megabyte).toFixed(1)} MiB`,
  );
}

async function largeDownload(environment: { [name: string]: string }): Promise<void> {
  await using binary = await startGateway(environment);
  const url = `${binary.origin}/v1/audio/speech`;
  let reply: Reply | undefined;
  const grown = await growth(binary.pid, async () => {
    reply = await post(url, speech);
  });
  report("200 MB download: every byte arrives", reply?.bytes === downloadBytes, `${reply?.bytes} bytes`);
  report("200 MB download: memory", grown <= memoryBytesMax, `+${(grown / megabyte).toFixed(1)} MiB`);
}

async function leaving(host: Host, url: string, mode: "upload" | "download", who: "client" | "host"): Promise<void> {
  host.mode = mode;
  host.closed = Promise.withResolvers();
  host.begun = Promise.withResolvers();
  let destroy = () => {};
  const leave = (how: () => void) => {
    destroy = how;
  };
  const asked =
    mode === "upload"
      ? post(`${url}${path}`, { headers: form, body: writeUpload, leave })
      : post(`${url}/v1/audio/speech`, { ...speech, leave });
  await host.begun.promise;
  await Bun.sleep(50);
  const leftMs = performance.now();
  if (who === "client") destroy();
  else host.cut();
  const closedMs = who === "client" ? await host.closed.promise : (await asked).closedMs;
  const tookMs = closedMs - leftMs;
  report(`${mode}: the ${who} leaves, the other side is closed`, tookMs <= closeMsMax, `${tookMs.toFixed(1)} ms`);
  await asked;
  host.mode = "";
}

const limit = setTimeout(() => {
  process.stdout.write(`FAIL the script took longer than ${limitMs} ms\n`);
  process.exit(1);
}, limitMs);
const host = await openHost();
const one = { OPENAI_API_KEY: "k", OPENAI_BASE_URL: host.url };
const two = { ...one, GROQ_API_KEY: "k", GROQ_BASE_URL: host.url };
await largeUpload("500 MB upload, straight through (one provider)", one, host);
await largeUpload("500 MB upload, straight through (?model=)", two, host, "?model=openai/whisper-1");
await largeUpload("500 MB upload, file before model (spooled)", two, host);
await largeDownload(one);
await stalled(one, host);
{
  await using binary = await startGateway(one);
  for (const mode of ["upload", "download"] as const) {
    for (const who of ["client", "host"] as const) await leaving(host, binary.origin, mode, who);
  }
}
host.close();
clearTimeout(limit);
process.exit(failures.length === 0 ? 0 : 1);
