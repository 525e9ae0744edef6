// Variables: which are settings, which are nobody's mistake, and those from .env files.
import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { complaints, directoryWith, load } from "./scratch.ts";

describe("SLUICE_ variables", () => {
  test("an unknown one is a problem with the nearest name", () => {
    const loaded = load({
      environment: {
        SLUICE_MASTERKEY: "x",
        SLUICE_PORT: "80",
        SLUICE_TIMEOUT_IDEL: "1s",
        SLUICE_QQQQQQQQQQ: "1",
        OTHER: "1",
      },
    });
    expect(complaints(loaded)).toEqual([
      "SLUICE_MASTERKEY: unknown variable, did you mean SLUICE_MASTER_KEY?",
      "SLUICE_PORT: unknown variable, did you mean PORT?",
      "SLUICE_TIMEOUT_IDEL: unknown variable, did you mean SLUICE_TIMEOUT_IDLE?",
      "SLUICE_QQQQQQQQQQ: unknown variable",
    ]);
  });

  test("those that Kubernetes makes for a service called sluice are nobody's mistake", () => {
    const loaded = load({
      environment: {
        SLUICE_PORT: "tcp://10.96.0.7:8080",
        SLUICE_SERVICE_HOST: "10.96.0.7",
        SLUICE_SERVICE_PORT: "8080",
        SLUICE_SERVICE_PORT_HTTP: "8080",
        SLUICE_PORT_8080_TCP: "tcp://10.96.0.7:8080",
        SLUICE_PORT_8080_TCP_ADDR: "10.96.0.7",
        SLUICE_REDIS_SERVICE_HOST: "10.96.0.8",
        SLUICE_REDIS_PORT: "tcp://10.96.0.8:6379",
        SLUICE_REDIS_PORT_6379_TCP_PROTO: "tcp",
      },
    });
    expect(complaints(loaded)).toEqual([]);
  });

  test("a bad value names the variable it came from", () => {
    const { problems } = load({ environment: { PORT: "65536" } });
    expect(problems).toEqual([
      {
        path: "server.port",
        message: 'expected a whole number from 0 to 65535, found the text "65536"',
        source: "env PORT",
      },
    ]);
  });

  test("switches in variables may be written 1, true, yes, on and their opposites", () => {
    const strict = (value: string) => load({ environment: { SLUICE_STRICT: value } }).config.strict;
    expect(["1", "TRUE", "yes", "on", "0", "false", "no", "off"].map(strict)).toEqual([
      ...[true, true, true, true],
      ...[false, false, false, false],
    ]);
    expect(load({ environment: { SLUICE_DEMO: "off" } }).config.demo.enabled).toBe(false);
    expect(load({ environment: { SLUICE_FETCH_MEDIA: "off" } }).config.content.fetch_media).toBe("off");
  });
});

describe("--env-file", () => {
  test("its values are used, do not override the real environment, and are named as a source", () => {
    const workingDirectory = directoryWith({
      "one.env": "PORT=1\nHOST=127.0.0.9\nA_KEY=file\n",
      "two.env": "PORT=2\nSLUICE_STRICT=\n",
    });
    const { config, environment, origins, problems } = load({
      workingDirectory,
      environment: { HOST: "127.0.0.5", A_KEY: "" },
      arguments: ["--env-file", "one.env", "--env-file", "two.env"],
    });
    expect(problems).toEqual([]);
    expect([config.server.port, config.server.host]).toEqual([2, "127.0.0.5"]);
    expect(environment).toEqual({ PORT: "2", HOST: "127.0.0.5", A_KEY: "file" });
    expect(origins.get("server.port")).toBe(`env PORT in ${join(workingDirectory, "two.env")}`);
    expect(origins.get("server.host")).toBe("env HOST");
  });

  test("a .env file that is not named is not read", () => {
    expect(load({ files: { ".env": "PORT=1\n" } }).config.server.port).toBe(8080);
  });

  test("a missing file and a broken line are problems, without the line's text", () => {
    const loaded = load({
      files: { "bad.env": "A=1\nsk-s3cr3t\nB='open s3cr3t\n" },
      arguments: ["--env-file", "bad.env", "--env-file=none.env"],
    });
    expect(loaded.problems.map(({ message }) => message.replace(/ \S*none\.env/, ""))).toEqual([
      "line 2: expected NAME=value",
      "line 3: the quotes around B do not close, or text follows them",
      "cannot read: there is no such file",
    ]);
    expect(loaded.environment).toEqual({ A: "1" });
  });
});
