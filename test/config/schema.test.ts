// The schema as it is published: JSON Schema, the table of settings, and the consistency of its annotations.
import { describe, expect, test } from "bun:test";
import { jsonSchema } from "../../src/config/json-schema.ts";
import { allSettings, settingsTable } from "../../src/config/settings.ts";

type Node = { [keyword: string]: unknown };

function nodesOf(node: Node): Node[] {
  const children = [node["properties"], node["patternProperties"]].flatMap((group) =>
    Object.values((group ?? {}) as object),
  );
  const others = [node["items"] ?? [], node["anyOf"] ?? []].flat();
  return [node, ...[...children, ...others].flatMap((child) => nodesOf(child as Node))];
}

describe("JSON Schema", () => {
  const schema = jsonSchema() as Node;

  test("every object is closed and requires nothing", () => {
    const objects = nodesOf(schema).filter((node) => node["type"] === "object");
    expect(objects.length).toBeGreaterThan(8);
    for (const node of objects) expect([node["additionalProperties"], "required" in node]).toEqual([false, false]);
  });

  test("it names its draft, and only keywords of that draft are in it", () => {
    expect(schema["$schema"]).toBe("https://json-schema.org/draft/2020-12/schema");
    const standard =
      "$schema title description default type enum pattern minimum maximum minLength format properties patternProperties additionalProperties items anyOf";
    const used = new Set(nodesOf(schema).flatMap((node) => Object.keys(node)));
    expect([...used].filter((keyword) => !standard.split(" ").includes(keyword))).toEqual([]);
  });

  test("types, defaults and descriptions are kept as people write them", () => {
    const server = (schema["properties"] as { [key: string]: Node })["server"]?.["properties"] as {
      [key: string]: Node;
    };
    expect(server["port"]).toEqual({
      type: "integer",
      minimum: 0,
      maximum: 65535,
      default: 8080,
      description: "Port to listen on. 0 takes any free one.",
    });
    expect(server["heartbeat"]).toMatchObject({ type: ["string", "number"], default: "15s" });
  });

  test("its patterns take what the loader takes and refuse what it refuses", () => {
    const server = (schema["properties"] as { [key: string]: Node })["server"]?.["properties"] as {
      [key: string]: Node;
    };
    const fits = (key: string, text: string) => new RegExp(String(server[key]?.["pattern"])).test(text);
    // biome-ignore lint/suspicious/noTemplateCurlyInString: this is the file's own syntax
    expect(["30s", "1h30m", "15", "${WAIT}"].map((text) => fits("heartbeat", text))).toEqual([true, true, true, true]);
    expect(["30", "32MiB", "10mb", "7B"].map((text) => fits("body_limit", text))).toEqual([true, true, true, true]);
    expect([fits("heartbeat", "1 h"), fits("heartbeat", "-1s"), fits("body_limit", "10m")]).toEqual([
      false,
      false,
      false,
    ]);
  });
});

describe("the table of settings", () => {
  test("a row tells path, variable, type, default and help", () => {
    const rows = settingsTable();
    const help = "Time between heartbeats on a stream that is silent.";
    expect(rows).toContainEqual({
      path: "server.heartbeat",
      env: "SLUICE_HEARTBEAT",
      type: "duration",
      default: "15s",
      help,
    });
    const row = (path: string) => rows.find((candidate) => candidate.path === path);
    expect(row("demo.enabled")?.type).toBe("auto | true | false");
    expect(row("providers.<name>.models")).toMatchObject({ env: "", type: "list of texts", default: "" });
    expect(row("providers.<name>.headers.<name>")?.type).toBe("text");
  });

  test("every row has help, and no variable or flag is given twice", () => {
    const rows = settingsTable();
    expect(rows.filter(({ help }) => help === "")).toEqual([]);
    const variables = rows.map(({ env }) => env).filter((name) => name !== "");
    expect(new Set(variables).size).toBe(variables.length);
    const flags = [...allSettings().flatMap((setting) => setting.flags), "config", "env-file", "set", "help"];
    expect(new Set(flags).size).toBe(flags.length);
  });

  test("every setting outside records can be set by a variable", () => {
    const rows = settingsTable().filter(({ path, env }) => !path.includes("<name>") && env === "");
    expect(rows).toEqual([]);
  });

  test("everything that holds a credential is marked as a secret, and nothing else", () => {
    const secrets = allSettings().filter(({ schema }) => schema.secret);
    expect(secrets.map(({ path }) => path)).toEqual([
      "server.master_key",
      "providers.<name>.api_key",
      "providers.<name>.api_keys",
      "providers.<name>.access_key_id",
      "providers.<name>.secret_access_key",
      "providers.<name>.session_token",
      "providers.<name>.service_account_json",
      "providers.<name>.service_account_json_base64",
      "providers.<name>.client_secret",
      "providers.<name>.headers.<name>",
    ]);
  });
});
