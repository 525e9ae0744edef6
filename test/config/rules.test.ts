// The rules between settings: master key, secrets from files, and who may be listened to.
import { describe, expect, test } from "bun:test";
import { isLoopback } from "../../src/config/rules.ts";
import { complaints, load } from "./scratch.ts";

describe("the listener", () => {
  test("without a master key it is loopback, with one it is every address, unless a host is named", () => {
    const host = (environment: { [name: string]: string }) => {
      const { config, problems, origins } = load({ environment });
      return [config.server.host, problems.length, origins.get("server.host")];
    };
    expect(host({})).toEqual(["127.0.0.1", 0, "default"]);
    expect(host({ SLUICE_MASTER_KEY: "long-enough" })).toEqual(["0.0.0.0", 0, "default"]);
    expect(host({ SLUICE_MASTER_KEY: "long-enough", HOST: "127.0.0.1" })).toEqual(["127.0.0.1", 0, "env HOST"]);
    expect(host({ SLUICE_ALLOW_OPEN: "true" })).toEqual(["127.0.0.1", 0, "default"]);
  });

  test("an address others can reach without a master key is refused with the way out", () => {
    const { problems } = load({ environment: { HOST: "0.0.0.0" } });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatchObject({ path: "server.host", source: "env HOST" });
    for (const way of ["SLUICE_MASTER_KEY", "SLUICE_MASTER_KEY_FILE", "SLUICE_ALLOW_OPEN=true"]) {
      expect(problems[0]?.message).toContain(way);
    }
  });

  test("a master key or allow_open lifts the refusal, and loopback names never meet it", () => {
    const count = (environment: { [name: string]: string }) => load({ environment }).problems.length;
    expect(count({ HOST: "::", SLUICE_MASTER_KEY: "long-enough" })).toBe(0);
    expect(count({ HOST: "10.0.0.1", SLUICE_ALLOW_OPEN: "1" })).toBe(0);
    expect(["localhost", "127.8.8.8", "::1"].map((host) => count({ HOST: host }))).toEqual([0, 0, 0]);
  });

  test("only 127.0.0.0/8, ::1 and localhost are loopback; look-alikes are not", () => {
    const loopback = ["127.0.0.1", "127.255.255.254", "::1", "0:0:0:0:0:0:0:1", "LOCALHOST"];
    const reachable = [
      "0.0.0.0",
      "::",
      "128.0.0.1",
      "127.0.0.1.example.com",
      "localhost.example.com",
      "126.255.255.255",
      "",
    ];
    expect(loopback.map(isLoopback)).toEqual(loopback.map(() => true));
    expect(reachable.map(isLoopback)).toEqual(reachable.map(() => false));
  });
});

describe("the master key", () => {
  test("one that is short or cannot stand in a header is a problem", () => {
    expect(complaints(load({ environment: { SLUICE_MASTER_KEY: "1234567" } }))).toEqual([
      "server.master_key: is shorter than 8 characters",
    ]);
    expect(complaints(load({ environment: { SLUICE_MASTER_KEY: "pass wörd long" } }))).toEqual([
      "server.master_key: holds white space or characters that are not ASCII",
    ]);
  });

  test("from a file it loses the newline at the end and nothing else", () => {
    const { config, origins, problems } = load({
      files: { key: "key-from-a-file\r\n\n" },
      environment: { SLUICE_MASTER_KEY_FILE: "key" },
    });
    expect(problems).toEqual([]);
    expect([config.server.master_key, config.server.host]).toEqual(["key-from-a-file", "0.0.0.0"]);
    expect(origins.get("server.master_key")).toMatch(/key$/);
  });

  test("both ways at once, an empty file and a missing file are problems, and only those", () => {
    const both = load({
      files: { key: "12345678" },
      environment: { SLUICE_MASTER_KEY_FILE: "key", SLUICE_MASTER_KEY: "12345678" },
    });
    expect(complaints(both)).toEqual([
      "server.master_key_file: both master_key and master_key_file are set; keep one of them",
    ]);
    const empty = load({ files: { key: "\n" }, environment: { SLUICE_MASTER_KEY_FILE: "key" } });
    expect(empty.problems.map(({ path, message }) => [path, message.endsWith("is empty")])).toEqual([
      ["server.master_key_file", true],
    ]);
    const missing = load({ environment: { SLUICE_MASTER_KEY_FILE: "none", HOST: "0.0.0.0" } });
    expect(missing.problems.map(({ path }) => path)).toEqual(["server.master_key_file"]);
  });
});

describe("a provider's credential", () => {
  test("from a file it stands where the credential itself would", () => {
    const { config, problems } = load({
      files: { token: "sk-file\n", "sluice.yaml": "providers: {openai: {api_key_file: token}}" },
    });
    expect(problems).toEqual([]);
    expect(config.providers["openai"]?.api_key).toBe("sk-file");
  });

  test("both ways at once and an unreadable file are problems at its path", () => {
    const loaded = load({
      files: {
        token: "a",
        "sluice.yaml": "providers: {a: {api_key_file: token, api_key: b}, b: {api_key_file: none}}",
      },
    });
    expect(loaded.problems.map(({ path }) => path)).toEqual(["providers.a.api_key_file", "providers.b.api_key_file"]);
    expect(loaded.problems[1]?.source).toBe(loaded.file!);
  });
});

test("a header that holds a credential is no session's id", () => {
  const { problems } = load({ environment: { SLUICE_SESSIONS_HEADERS: "X-Mine, Authorization, x-api-key" } });
  expect(problems.map(({ path, message }) => `${path}: ${message}`)).toEqual([
    "sessions.headers: Authorization holds a credential, no session",
    "sessions.headers: x-api-key holds a credential, no session",
  ]);
});
