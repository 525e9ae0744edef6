// Loading: the sources of settings and their order.
import { describe, expect, test } from "bun:test";
import { complaints, directoryWith, load } from "./scratch.ts";

describe("defaults", () => {
  test("nothing set gives every default, in milliseconds and bytes, without a problem", () => {
    const { config, problems, file } = load();
    expect(problems).toEqual([]);
    expect(file).toBeUndefined();
    expect(config).toEqual({
      server: {
        host: "127.0.0.1",
        port: 8080,
        allow_open: false,
        body_limit: 33_554_432,
        drain_timeout: 30_000,
        commit_after: 10_000,
        heartbeat: 15_000,
        timeouts: { connect: 10_000, headers: 600_000, first_output: 600_000, idle: 120_000, total: 3_600_000 },
      },
      endpoints: {},
      uploads: { limit: 536_870_912, spool_limit: 536_870_912 },
      providers: {},
      resilience: {
        retry: {
          max_retries: 2,
          initial_backoff: 500,
          max_backoff: 5000,
          backoff_factor: 2,
          jitter_percent: 20,
          budget_percent: 20,
        },
        circuit_breaker: {
          enabled: true,
          failure_threshold: 5,
          failure_percent: 50,
          failure_window: 60_000,
          success_threshold: 1,
          timeout: 30_000,
          max_timeout: 600_000,
        },
        rest: { auth: 120_000, quota: 300_000, rate_limit: 1000, max: 600_000 },
        host_limits: {},
      },
      replies: { annotate: false },
      passthrough: { enabled: true, v1_alias: true, body_limit: 536_870_912 },
      strict: false,
      demo: { enabled: "auto" },
      models: {
        refresh_interval: 3_600_000,
        recheck_interval: 60_000,
        timeout: 10_000,
        snapshot: "auto",
        configured_mode: "add",
        allowed_models: [],
        overrides: {},
        order: [],
        enabled_by_default: true,
        list_names_only: false,
      },
      virtual_models: {},
      agents: {},
      failover: { enabled: true, rules: {}, disabled_models: [] },
      discovery: { auto_agents: false, auto_agents_config: {} },
      sessions: { enabled: true, auto_detect: true, headers: [], ttl: 21_600_000, max_entries: 10_000 },
      storage: { reasoning_memory: { enabled: true, ttl: 3_600_000, size: 67_108_864 } },
      content: { fetch_media: "public" },
      telemetry: { log_level: "info", log_format: "json", log_requests: true },
    });
  });

  test("the config is frozen in depth, and so is the environment", () => {
    const { config, environment } = load({
      files: { "sluice.yaml": "providers:\n  openai:\n    models: [a]\n" },
      environment: { OPENAI_API_KEY: "sk-1" },
    });
    const parts = [config, config.server.timeouts, config.providers, config.providers["openai"]?.models, environment];
    expect(parts.map((part) => Object.isFrozen(part))).toEqual([true, true, true, true, true]);
  });
});

describe("sources", () => {
  const files = { "sluice.yaml": "server:\n  port: 1001\n  heartbeat: 1s\n  drain_timeout: 2s\n" };

  test("the file beats defaults, the environment beats the file, the command line beats the environment", () => {
    const { config, origins, problems, file } = load({
      files,
      environment: { PORT: "1002", SLUICE_HEARTBEAT: "3s" },
      arguments: ["--port", "1003"],
    });
    expect(problems).toEqual([]);
    expect(config.server).toMatchObject({ port: 1003, heartbeat: 3000, drain_timeout: 2000, commit_after: 10_000 });
    expect(origins.get("server.port")).toBe("--port");
    expect(origins.get("server.heartbeat")).toBe("env SLUICE_HEARTBEAT");
    expect(origins.get("server.drain_timeout")).toBe(file!);
    expect(origins.get("server.commit_after")).toBe("default");
  });

  test("an empty variable counts as unset, for settings and for credentials", () => {
    const { config, environment, problems } = load({
      files,
      environment: { PORT: "", SLUICE_X: "", OPENAI_API_KEY: "" },
    });
    expect(problems).toEqual([]);
    expect(config.server.port).toBe(1001);
    expect(environment).toEqual({});
  });

  test("the file is looked for as yaml, yml and json, here first and then in the system directory", () => {
    const systemDirectory = directoryWith({ "sluice.yaml": "server: {port: 9}" });
    const port = (found?: { [name: string]: string }) =>
      load({ ...(found && { files: found }), systemDirectory }).config.server.port;
    expect(port({ "sluice.json": '{"server":{"port":3}}', "sluice.yml": "server: {port: 2}" })).toBe(2);
    expect(port({ "sluice.json": '{"server":{"port":3}}' })).toBe(3);
    expect(port()).toBe(9);
  });

  test("--config names a file that then must exist, relative to the working directory", () => {
    const found = load({ files: { "other.json": '{"strict":true}' }, arguments: ["--config", "other.json"] });
    expect([found.config.strict, found.problems.length]).toEqual([true, 0]);
    const missing = load({ files, arguments: ["--config=nowhere.yaml"] });
    expect(missing.config.server.port).toBe(8080);
    expect(complaints(missing)).toEqual([expect.stringMatching(/nowhere\.yaml: cannot read .*there is no such file/)]);
  });

  test("a directory or bytes that are not UTF-8 in the file's place are reported", () => {
    const directory = directoryWith();
    const { problems } = load({ arguments: ["--config", directory] });
    expect(problems[0]?.message).toContain("it is a directory");
  });
});

describe("the command line", () => {
  test("--set reaches every setting, those of a provider included, and makes the provider", () => {
    const { config, problems, origins } = load({
      arguments: [
        "--set",
        "providers.my-llm.base_url=http://10.0.0.1:8000/v1",
        "--set=providers.my-llm.models=a, b",
        "--set",
        "providers.my-llm.headers.x-team=blue=1",
        "--set=server.timeouts.idle=90",
      ],
    });
    expect(problems).toEqual([]);
    expect(config.providers["my-llm"]).toEqual({
      base_url: "http://10.0.0.1:8000/v1",
      models: ["a", "b"],
      headers: { "x-team": "blue=1" },
      enabled: true,
    });
    expect(config.server.timeouts.idle).toBe(90_000);
    expect(origins.get("providers.my-llm.models")).toBe("--set");
  });

  test("a setting that is true or false needs no value on the command line and never eats the next argument", () => {
    const { config, problems } = load({ arguments: ["--strict", "--server-allow-open=no", "--host", "127.0.0.2"] });
    expect(problems).toEqual([]);
    expect([config.strict, config.server.allow_open, config.server.host]).toEqual([true, false, "127.0.0.2"]);
  });

  test("every flag made from the schema has the path's name", () => {
    const { config, problems } = load({
      arguments: ["--server-timeouts-first-output", "4m", "--telemetry-log-level=warn", "--server-port=0"],
    });
    expect(problems).toEqual([]);
    expect(config.server.timeouts.first_output).toBe(240_000);
    expect([config.telemetry.log_level, config.server.port]).toEqual(["warn", 0]);
  });
});

describe("variables in the file", () => {
  test("references with and without a default are replaced in texts and lists, and may stand for numbers and switches", () => {
    const { config, problems } = load({
      files: {
        "sluice.yaml":
          // biome-ignore lint/suspicious/noTemplateCurlyInString: this is the file's own syntax
          'server:\n  port: ${P}\nstrict: "${S:-yes}"\nproviders:\n  openai:\n    api_key: "sk-${K}"\n    models: ["${M:-one}", "$${M}"]\n',
      },
      environment: { P: "1234", K: "abc" },
    });
    expect(problems).toEqual([]);
    expect([config.server.port, config.strict]).toEqual([1234, true]);
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the escape writes it as it is
    expect(config.providers["openai"]).toEqual({ api_key: "sk-abc", models: ["one", "${M}"], enabled: true });
  });

  test("a variable that is not set, or empty, and has no default is a problem at its path", () => {
    const loaded = load({
      // biome-ignore lint/suspicious/noTemplateCurlyInString: this is the file's own syntax
      files: { "sluice.yaml": "providers:\n  openai:\n    api_key: ${NOPE}${EMPTY}\n" },
      environment: { EMPTY: "" },
    });
    expect(complaints(loaded).map((text) => text.slice(0, 46))).toEqual([
      // biome-ignore lint/suspicious/noTemplateCurlyInString: the message names the reference as written
      "providers.openai.api_key: ${NOPE} is not set a",
      // biome-ignore lint/suspicious/noTemplateCurlyInString: the message names the reference as written
      "providers.openai.api_key: ${EMPTY} is not set ",
    ]);
  });

  test("a replaced value cannot add structure, and is never repeated in a message", () => {
    const loaded = load({
      // biome-ignore lint/suspicious/noTemplateCurlyInString: this is the file's own syntax
      files: { "sluice.yaml": "server:\n  host: ${H}\n  port: ${H}\n" },
      environment: { H: "127.0.0.1\nstrict: true" },
    });
    expect(loaded.config.strict).toBe(false);
    const port = loaded.problems.find(({ path }) => path === "server.port");
    expect(port?.message).toBe("expected a whole number from 0 to 65535, found other text");
  });
});
