// The executable by itself: hostile working directories, every command, the banner's promise, who it lets in, and how it ends.
import { afterAll, describe, expect, test } from "bun:test";
import { chmodSync, existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gatewayReady, removeScratch, run, scratch, start } from "../support/binary.ts";

const scratches: string[] = [];
function directoryWith(files: { readonly [name: string]: string } = {}): string {
  const directory = scratch(files);
  scratches.push(directory);
  return directory;
}

afterAll(() => scratches.forEach(removeScratch));

const anyPort = ["--port", "0"];
const ready = gatewayReady;

describe("a hostile working directory", () => {
  const mark = "preloaded.txt";
  const evil = `require("node:fs").writeFileSync(${JSON.stringify(mark)}, "it ran");`;
  const hostile = {
    ".env":
      "OPENAI_API_KEY=sk-evil\nPORT=1\nHOST=0.0.0.0\nSLUICE_PORT=1\nSLUICE_ALLOW_OPEN=true\nNODE_OPTIONS=--require ./evil.cjs\n",
    ".env.local": "ANTHROPIC_API_KEY=sk-evil\n",
    ".env.production": "GEMINI_API_KEY=sk-evil\n",
    "bunfig.toml": 'preload = ["./evil.cjs"]\n[run]\npreload = ["./evil.cjs"]\n',
    "package.json": '{"name":"evil","type":"commonjs","imports":{"#a":"./evil.cjs"},"bun":{"preload":["./evil.cjs"]}}',
    "tsconfig.json": '{"compilerOptions":{"paths":{"elysia":["./evil.cjs"]},"jsxImportSource":"evil"}}',
    "evil.cjs": evil,
  };

  test("has no effect on the settings, and none of its code runs", async () => {
    const directory = directoryWith(hostile);
    const { code, out, err } = await run({ arguments: ["check"], directory });
    expect([code, err]).toEqual([0, ""]);
    expect(out).toMatch(/config file +none/);
    expect(out).toMatch(/listens on +127\.0\.0\.1:8080/);
    expect(out).toMatch(/providers +none/);
    expect(existsSync(join(directory, mark))).toBe(false);
  });

  test("has no effect on a gateway that serves", async () => {
    const directory = directoryWith(hostile);
    await using gateway = await start({ arguments: anyPort, directory, ready });
    expect(gateway.output()).toContain("providers: demo");
    expect(new URL(gateway.origin).hostname).toBe("127.0.0.1");
    expect(readdirSync(directory).sort()).toEqual(Object.keys(hostile).sort());
  });

  test("--env-file reads a file that was named, and the real environment wins over it", async () => {
    const file = "MISTRAL_API_KEY=m-1\nexport OPENAI_API_KEY='o-1'\nPORT=9123\n";
    const directory = directoryWith({ ".env": "GROQ_API_KEY=evil\n", "given.env": file });
    const { out } = await run({
      arguments: ["check", "--env-file", "given.env"],
      directory,
      environment: { PORT: "9321" },
    });
    expect(out).toMatch(/providers +openai, mistral/);
    expect(out).toMatch(/listens on +127\.0\.0\.1:9321/);
  });

  test("that cannot be written to is good enough", async () => {
    const directory = directoryWith();
    chmodSync(directory, 0o555);
    await using gateway = await start({ arguments: anyPort, directory, ready });
    expect((await fetch(`${gateway.origin}/health/ready`)).status).toBe(200);
    expect(await gateway.stop()).toBe(0);
    expect(readdirSync(directory)).toEqual([]);
  });
});

describe("the commands", () => {
  test("config show tells values and sources, and masks secrets", async () => {
    const directory = directoryWith({
      "sluice.yaml":
        "providers:\n  openai:\n    api_key: sk-very-secret-1\n    headers:\n      x-team: secret-header-2\n",
    });
    const environment = { SLUICE_MASTER_KEY: "secret-master-3", PORT: "9000" };
    for (const more of [[], ["--json"]]) {
      const { code, out, err } = await run({ arguments: ["config", "show", ...more], directory, environment });
      expect([code, err]).toEqual([0, ""]);
      expect(out).not.toMatch(/very-secret-1|secret-header-2|secret-master-3/);
      expect(out).toContain("9000");
      expect(out).toContain("PORT");
      expect(out).toContain("master_key");
    }
  });

  test("config schema prints a JSON Schema of the file", async () => {
    const { code, out } = await run({ arguments: ["config", "schema"], directory: directoryWith() });
    expect(code).toBe(0);
    const schema = JSON.parse(out) as { type: string; properties: { [name: string]: unknown } };
    expect(schema.type).toBe("object");
    expect(Object.keys(schema.properties)).toContain("providers");
  });

  test("check lists every problem with the nearest names, and fails", async () => {
    const directory = directoryWith({ "sluice.yaml": "servr:\n  port: 1\nserver:\n  port: many\n" });
    const { code, err } = await run({ arguments: ["check"], directory, environment: { SLUICE_STRIKT: "true" } });
    expect(code).toBe(1);
    expect(err).toContain("did you mean server?");
    expect(err).toContain("server.port");
    expect(err).toContain("did you mean SLUICE_STRICT?");
  });

  test("version, help and mistakes have the exit codes that help promises", async () => {
    const directory = directoryWith();
    const outcome = async (...given: string[]) => {
      const { code, out, err } = await run({ arguments: given, directory });
      return { code, out, err };
    };
    expect((await outcome("version")).out).toMatch(/^sluice \d+\.\d+\.\d+ \(bun /);
    expect((await outcome("--help")).out).toContain("Usage: sluice [command] [options]");
    expect((await outcome("mock", "--help")).out).toContain("--dir DIR");
    expect(await outcome("serv")).toMatchObject({
      code: 2,
      out: "",
      err: expect.stringContaining("did you mean serve"),
    });
    expect(await outcome("--prot", "1")).toMatchObject({ code: 2, err: expect.stringContaining("--port") });
  });

  test("health tells a gateway that runs from one that does not", async () => {
    const directory = directoryWith();
    await using gateway = await start({ arguments: anyPort, directory, ready });
    const port = new URL(gateway.origin).port;
    const ask = (...given: string[]) =>
      run({ arguments: ["health", ...given], directory, environment: { PORT: port } });
    expect(await ask()).toEqual({ code: 0, out: "ok\n", err: "" });
    expect(await ask("--ready")).toEqual({ code: 0, out: "ok\n", err: "" });
    await gateway.stop();
    expect(await ask()).toMatchObject({ code: 1, err: expect.stringContaining("did not answer") });
  });
});

/** Address, headers and body of the banner's line, read as a shell would. */
function readCurl(output: string): { url: string; headers: [string, string][]; body: string } {
  const words = [...(/^try: (.*)$/m.exec(output)?.[1] ?? "").matchAll(/'([^']*)'|(\S+)/g)].map(
    ([, quoted, bare]) => quoted ?? bare ?? "",
  );
  expect(words.slice(0, 2)).toEqual(["curl", "-N"]);
  const headers = words.flatMap((word, index): [string, string][] => {
    if (words[index - 1] !== "-H") return [];
    const colon = word.indexOf(":");
    return [[word.slice(0, colon), word.slice(colon + 1).trim()]];
  });
  return { url: words[2] ?? "", headers, body: words[words.indexOf("-d") + 1] ?? "" };
}

describe("the banner", () => {
  test("tells address, providers and models, and its line streams from the demo", async () => {
    await using gateway = await start({ arguments: anyPort, directory: directoryWith(), ready });
    const { url, headers, body } = readCurl(gateway.output());
    expect(url).toBe(`${gateway.origin}/v1/chat/completions`);
    expect(gateway.output()).toMatch(/^models: [1-9]/m);
    // curl sends its data as a form: the type must not matter.
    const type = "application/x-www-form-urlencoded";
    const response = await fetch(url, { method: "POST", body, headers: [...headers, ["content-type", type]] });
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("text/event-stream; charset=utf-8");
    // The story is told at a reader's pace: some seconds.
    const text = await response.text();
    expect(text.match(/^data: \{/gm)?.length).toBeGreaterThan(3);
    expect(text).toEndWith("data: [DONE]\n\n");
  }, 60_000);

  test("with a master key never shows it, and the line works once the key is put in", async () => {
    const key = "a-key-for-this-test";
    const environment = { SLUICE_MASTER_KEY: key, HOST: "127.0.0.1" };
    await using gateway = await start({ arguments: anyPort, directory: directoryWith(), environment, ready });
    expect(gateway.output()).not.toContain(key);
    const { url, headers, body } = readCurl(gateway.output());
    const short = body.replace("demo/story", "demo/echo");
    const ask = (given: [string, string][]) => fetch(url, { method: "POST", body: short, headers: given });
    expect((await ask([])).status).toBe(401);
    const filled = headers.map(([name, value]): [string, string] => [name, value.replace("YOUR_MASTER_KEY", key)]);
    const response = await ask(filled);
    expect(response.status).toBe(200);
    expect(await response.text()).toEndWith("data: [DONE]\n\n");
  });
});

describe("who is let in", () => {
  test("without a key it refuses to listen where others reach it, and says what to set", async () => {
    const { code, err } = await run({ arguments: ["--host", "0.0.0.0", ...anyPort], directory: directoryWith() });
    expect(code).toBe(1);
    expect(err).toContain("SLUICE_MASTER_KEY");
    expect(err).toContain("SLUICE_ALLOW_OPEN");
  });

  test("SLUICE_ALLOW_OPEN lets everybody in", async () => {
    const environment = { HOST: "0.0.0.0", SLUICE_ALLOW_OPEN: "true" };
    await using gateway = await start({ arguments: anyPort, directory: directoryWith(), environment, ready });
    expect((await fetch(`${gateway.origin}/v1/models`, { headers: { host: "gateway.example" } })).status).toBe(200);
  });

  test("SLUICE_MASTER_KEY_FILE holds the key, its last line break not", async () => {
    const directory = directoryWith({ "key.txt": "a-key-from-a-file\n" });
    const environment = { SLUICE_MASTER_KEY_FILE: "key.txt", HOST: "127.0.0.1" };
    await using gateway = await start({ arguments: anyPort, directory, environment, ready });
    const ask = (key: string) => fetch(`${gateway.origin}/v1/models`, { headers: { authorization: `Bearer ${key}` } });
    expect((await ask("a-key-from-a-file")).status).toBe(200);
    expect((await ask("another-key")).status).toBe(401);
  });

  test("without a key a web page's request is refused", async () => {
    await using gateway = await start({ arguments: anyPort, directory: directoryWith(), ready });
    const ask = (headers: { [name: string]: string }) => fetch(`${gateway.origin}/v1/models`, { headers });
    expect((await ask({ host: "rebound.example" })).status).toBe(403);
    expect((await ask({ origin: "https://evil.example" })).status).toBe(403);
    expect((await ask({})).status).toBe(200);
  });
});

describe("starting and ending", () => {
  test("a second start on the same port fails and names it", async () => {
    const directory = directoryWith();
    await using gateway = await start({ arguments: anyPort, directory, ready });
    const { port } = new URL(gateway.origin);
    const { code, err } = await run({ arguments: ["--port", port], directory });
    expect(code).toBe(1);
    expect(err).toContain(`cannot listen on 127.0.0.1:${port}`);
    expect(err).not.toMatch(/\n\s+at /);
    expect((await fetch(`${gateway.origin}/health`)).status).toBe(200);
  });

  test.each(["SIGTERM", "SIGINT"] as const)("%s ends it with exit code 0", async (signal) => {
    await using gateway = await start({ arguments: anyPort, directory: directoryWith(), ready });
    expect(await gateway.stop(signal)).toBe(0);
    expect(gateway.output()).toContain("stopping");
  });

  test("SIGTERM lets a stream that runs come to its end", async () => {
    await using gateway = await start({ arguments: anyPort, directory: directoryWith(), ready });
    const { url, body } = readCurl(gateway.output());
    const short = { ...(JSON.parse(body) as object), max_tokens: 20 };
    const response = await fetch(url, { method: "POST", body: JSON.stringify(short) });
    const ended = gateway.stop();
    expect(await response.text()).toEndWith("data: [DONE]\n\n");
    expect(await ended).toBe(0);
  });
});

describe.if(process.platform === "linux")("the threads of a gateway", () => {
  /** By thread, the scheduling policy: field 41 of /proc/PID/task/TID/stat, counted from after the name in brackets. */
  function policies(pid: number) {
    const tasks = `/proc/${pid}/task`;
    return readdirSync(tasks).map((id) => {
      const [name = "", fields = ""] = readFileSync(`${tasks}/${id}/stat`, "utf8")
        .split(/ \((.*)\) /s)
        .slice(1);
      return { name: Number(id) === pid ? "main" : name, policy: Number(fields.split(" ")[38]) };
    });
  }

  test("the one that speaks to providers does not interrupt the one that runs the requests", async () => {
    await using gateway = await start({ arguments: anyPort, directory: directoryWith(), ready });
    const found = policies(gateway.pid);
    const batch = 3;
    expect(found.filter(({ name }) => name === "HTTP Client")).toEqual([{ name: "HTTP Client", policy: batch }]);
    expect(found.find(({ name }) => name === "main")?.policy).toBe(0);
  });
});

describe("error replies", () => {
  const bodies = [
    "",
    "{",
    "[]",
    "null",
    '{"model":1}',
    '{"model":"demo/story"}',
    '{"model":"x","model":"y"}',
    "\u0000",
  ];

  test("never hold a stack trace, a path of the machine or the runtime's own pages", async () => {
    await using gateway = await start({ arguments: anyPort, directory: directoryWith(), ready });
    const chat = `${gateway.origin}/v1/chat/completions`;
    const requests = [
      ...bodies.map((body) => fetch(chat, { method: "POST", body })),
      fetch(chat, { method: "POST", body: new Uint8Array([0x7b, 0xff, 0xfe]) }),
      fetch(chat),
      fetch(`${gateway.origin}/nothing/here`),
      fetch(`${gateway.origin}/v1//models`),
      fetch(`${gateway.origin}/v1/models/%ff`),
      fetch(`${gateway.origin}/v1/models/..%2f..%2fetc%2fpasswd`),
      fetch(`${gateway.origin}/?${"x".repeat(9000)}`),
    ];
    for (const response of await Promise.all(requests)) {
      const text = await response.text();
      expect(response.status).toBeGreaterThanOrEqual(400);
      expect(response.status).toBeLessThan(500);
      expect(JSON.parse(text)).toMatchObject({ error: { message: expect.any(String), type: expect.any(String) } });
      expect(text).not.toMatch(/\n?\s+at [\w.]+ \(|\$bunfs|node_modules|\.ts\b|\/src\/|<html/i);
    }
  });
});
