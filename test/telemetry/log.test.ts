// Lines of the log: what they look like, when they are written, and that no value can forge one.
import { describe, expect, test } from "bun:test";
import { type LogFields, type LogLevel, type LogOptions, openLog } from "../../src/telemetry/log.ts";

const nowMs = () => Date.UTC(2026, 10, 21, 10, 0, 0, 5);
const stamp = "2026-11-21T10:00:00.005Z";

function opened(options: Partial<LogOptions> = {}) {
  const written: string[] = [];
  const log = openLog({ level: "info", format: "json", sink: (text) => written.push(text), nowMs, ...options });
  return { log, written };
}

function line(format: "json" | "text", message: string, fields: LogFields, level: LogLevel = "info"): string {
  const { log, written } = opened({ format });
  log.write(level, message, fields);
  log.flush();
  return written.join("");
}

describe("a line of JSON", () => {
  test("has time, level, message and the fields that are set", () => {
    const text = line("json", "done", { status: 200, model: "a\nb", none: undefined, list: [1, null] });
    expect(text).toBe(
      `{"time":"${stamp}","level":"info","message":"done","status":200,"model":"a\\nb","list":[1,null]}\n`,
    );
  });

  test("keeps its own members whatever the fields are called", () => {
    const text = line("json", "done", { message: "forged", level: "debug", time: "never", x: 1 });
    expect(JSON.parse(text)).toEqual({ time: stamp, level: "info", message: "done", x: 1 });
  });
});

describe("a line of text", () => {
  test("has the fields behind the message, quoted where they need it", () => {
    const fields = {
      model: "openai/gpt-4o:x",
      note: 'a "b" c',
      empty: "",
      count: 3,
      none: undefined,
      flag: true,
      list: ["a b"],
    };
    expect(line("text", "done", fields, "warn")).toBe(
      `${stamp} warn  done model=openai/gpt-4o:x note="a \\"b\\" c" empty="" count=3 flag=true list=["a b"]\n`,
    );
  });

  test("is one line without control characters, whatever stands in message and fields", () => {
    const forged = 'x\r\n2026 error fake\u001b[31m\u007f\u0085\u009b\u2028\u2029"';
    const text = line("text", forged, { value: forged, list: [forged] });
    expect(text.endsWith("\n")).toBe(true);
    expect(text.slice(0, -1)).toMatch(/^[^\p{Cc}\u2028\u2029]+$/u);
  });
});

describe("writing", () => {
  test.each([
    ["debug", 4],
    ["info", 3],
    ["warn", 2],
    ["error", 1],
  ] as const)("at level %s lets %i of four levels through", (level, count) => {
    const { log, written } = opened({ level });
    for (const each of ["debug", "info", "warn", "error"] as const) log.write(each, each);
    log.close();
    expect(written.join("").trimEnd().split("\n").length).toBe(count);
  });

  test("waits to write several lines at once, and not when one is a warning", () => {
    const { log, written } = opened();
    log.write("info", "one");
    log.write("info", "two");
    expect(written).toEqual([]);
    log.write("warn", "three");
    expect(written.length).toBe(1);
    expect(written[0]?.match(/"message":"\w+"/g)).toEqual(['"message":"one"', '"message":"two"', '"message":"three"']);
    log.flush();
    expect(written.length).toBe(1);
  });

  test("happens by itself after a while", async () => {
    const { promise, resolve } = Promise.withResolvers<string>();
    const { log } = opened({ sink: resolve });
    log.write("info", "alone");
    expect(await promise).toContain('"alone"');
  });

  test("does not wait when much has come, and loses nothing at the end", () => {
    const { log, written } = opened();
    const message = "x".repeat(1000);
    for (let count = 0; count < 100; count++) log.write("info", message);
    expect(written.length).toBe(1);
    log.close();
    expect(written.join("").trimEnd().split("\n").length).toBe(100);
  });
});
