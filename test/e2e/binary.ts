// The compiled executable as a process of its own, with what it says on stderr.
import { existsSync } from "node:fs";
import { join } from "node:path";

const path = join(import.meta.dir, "../../dist/sluice");

export type Binary = AsyncDisposable & {
  url: string;
  port: number;
  pid: number;
  exited: Promise<number>;
  signal(name: "SIGTERM" | "SIGINT"): void;
  /** Resolves when stderr holds this text. */
  says(text: string): Promise<string>;
};

/** Starts `sluice serve` on a free port with nothing in its environment but this. */
export async function startBinary(environment: { [name: string]: string }): Promise<Binary> {
  if (!existsSync(path))
    throw new Error("there is no dist/sluice: run `npm run build`, or `npm test`, which builds it");
  const started = Bun.spawn([path, "serve", "--port", "0"], {
    env: environment,
    stdout: "ignore",
    stderr: "pipe",
  });
  let stderr = "";
  let isOver = false;
  const reader = started.stderr.getReader();
  const decoder = new TextDecoder();
  let arrived = Promise.withResolvers<void>();
  const read = async () => {
    for (;;) {
      const { value, done } = await reader.read();
      if (value) stderr += decoder.decode(value, { stream: true });
      isOver = done;
      arrived.resolve();
      if (done) return;
    }
  };
  void read();
  const says = async (text: string) => {
    while (!stderr.includes(text)) {
      if (isOver) throw new Error(`it ended without saying ${JSON.stringify(text)}: ${stderr}`);
      arrived = Promise.withResolvers();
      await arrived.promise;
    }
    return stderr;
  };
  await says("try: curl");
  const url = /listens on (http:\S+)/.exec(stderr)?.[1] ?? "";
  return {
    url,
    port: Number(new URL(url).port),
    pid: started.pid,
    exited: started.exited,
    signal: (name) => started.kill(name),
    says,
    async [Symbol.asyncDispose]() {
      started.kill("SIGKILL");
      await started.exited;
    },
  };
}
