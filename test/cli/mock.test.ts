// `sluice mock` as a process: what it serves on a real socket and how it ends.
import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { corpusRoot, streams, wireText } from "../support/corpus.ts";

const recorded = wireText(streams("openai-chat").find((recording) => recording.name === "openai/openai-text")!);

describe("the command", () => {
  const script = `import { run } from ${JSON.stringify(join(import.meta.dir, "../../src/cli/mock.ts"))};
    const streams = { stdout: (text) => process.stdout.write(text), stderr: (text) => process.stderr.write(text) };
    process.exit(await run(process.argv.slice(1), streams, {}));`;
  const start = (...arguments_: string[]) =>
    Bun.spawn([process.execPath, "-e", script, "--", ...arguments_], { stdout: "pipe", stderr: "pipe" });

  test.each(["SIGTERM", "SIGINT"] as const)(
    "serves on a socket, resets for real, and ends with exit 0 on %s",
    async (signal) => {
      const child = start("--dir", corpusRoot, "--port", "0");
      const reader = child.stdout.getReader();
      const banner = new TextDecoder().decode((await reader.read()).value);
      const origin = /http:\/\/\S+(?=,)/.exec(banner)?.[0];
      const post = (model: string) =>
        fetch(`${origin}/v1/chat/completions`, { method: "POST", body: JSON.stringify({ model, stream: true }) });
      expect(await (await post("openai-text")).text()).toBe(recorded);
      const broken = (await post("openai-text!reset@2")).body!.getReader();
      const good: string[] = [];
      const reading = (async () => {
        for (;;) good.push(new TextDecoder().decode((await broken.read()).value));
      })();
      await expect(reading).rejects.toMatchObject({ code: "ECONNRESET" });
      expect(good.join("")).toBe(
        recorded
          .split(/(?<=\n\n)/)
          .slice(0, 2)
          .join(""),
      );
      const stalled = await post("openai-text!stall@1");
      const silence = stalled.text().catch(() => "closed");
      child.kill(signal);
      expect(await child.exited).toBe(0);
      expect(await silence).toBe("closed");
    },
  );

  test.each([
    [["--port", "0"], "--dir is required", 2],
    [["--dir", ".", "--bogus"], "--bogus", 2],
    [["--dir", ".", "--port", "70000"], "0 to 65535", 2],
    [["--dir", ".", "--dialect", "latin"], "openai-chat", 2],
    [["--dir", "/nonexistent"], "there is no folder", 1],
  ])("%j is refused with its reason", async (arguments_, words, code) => {
    const child = start(...arguments_);
    expect(await new Response(child.stderr).text()).toContain(words);
    expect(await child.exited).toBe(code);
  });
});
