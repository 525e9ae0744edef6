// The traffic of the bench: sizes are exact, bodies are real requests, streams have the frames that they promise.
import { describe, expect, test } from "bun:test";
import type { Shape } from "../../bench/plan.ts";
import { pairs } from "../../bench/scenarios.ts";
import { deltasPerStream, deltaText, marksPerStream, scripts } from "../../bench/scripts.ts";
import { behaviourOf, bimodal, mark, modelName, requestBody, wholeReply } from "../../bench/wire.ts";

const wholeShapes = ["chat", "messages"] as const;
const shapes = Object.keys(scripts) as Shape[];
const kilobyte = 1024;

describe.each(wholeShapes)("%s bodies", (shape) => {
  test.each([kilobyte, 100 * kilobyte, 1024 * kilobyte])("have exactly %d bytes", (bodyBytes) => {
    const text = requestBody({ shape, model: "m", bodyBytes, stream: true });
    expect(Buffer.byteLength(text)).toBe(bodyBytes);
    expect(requestBody({ shape, model: "m", bodyBytes, stream: true })).toBe(text);
  });

  test("name the model first and alternate between user and assistant, the user last", () => {
    const text = requestBody({ shape, model: "openai/x", bodyBytes: 100 * kilobyte, stream: false });
    expect(text.startsWith('{"model":"openai/x"')).toBe(true);
    const { messages, tools } = JSON.parse(text) as { messages: { role: string; content: string }[]; tools: unknown[] };
    const roles = messages.map(({ role }) => role).filter((role) => role !== "system");
    expect(roles).toEqual(roles.map((_, index) => (index % 2 === 0 ? "user" : "assistant")));
    expect(roles.at(-1)).toBe("user");
    expect(tools.length).toBe(6);
    expect(messages.some(({ content }) => content.includes("\n") && content.includes('"'))).toBe(true);
  });

  test("that could not hold their own skeleton are refused", () => {
    expect(() => requestBody({ shape, model: "m", bodyBytes: 10, stream: false })).toThrow("at least");
  });
});

describe.each(shapes)("%s streams", (shape) => {
  const { opening, delta, closing, terminal } = scripts[shape];
  const deltas = Array.from({ length: deltasPerStream(shape) }, (_, index) => delta(deltaText(index)));

  test("have 100 frames, one mark in each delta, and the marks that are expected of them", () => {
    const all = [...opening, ...deltas, ...closing];
    expect(all.length).toBe(100);
    expect(deltas.map((frame) => frame.toString("latin1").split(mark).length - 1)).toEqual(deltas.map(() => 1));
    const marks = Buffer.concat(all).toString("latin1").split(mark).length - 1;
    expect(marks).toBe(marksPerStream(shape, shape));
  });

  test("end with their terminal marker, which stands in no delta", () => {
    expect(Buffer.concat(closing).toString("latin1")).toContain(terminal);
    expect(Buffer.concat([...opening, ...deltas]).toString("latin1")).not.toContain(terminal);
  });
});

test.each(shapes.filter((shape) => shape !== "converse"))("%s streams are events of valid JSON", (shape) => {
  const { opening, delta, closing } = scripts[shape];
  for (const frame of [...opening, delta(deltaText(4)), ...closing]) {
    const line = /^(?:event: \S+\n)?data: (.+?)\r?\n\r?\n$/.exec(frame.toString())?.[1] ?? "";
    if (line !== "[DONE]") expect(JSON.parse(line)).toBeObject();
  }
});

test("every client language is paired with every other upstream language", () => {
  expect(pairs.length).toBe(20);
});

test("a whole reply is about a kilobyte", () => {
  for (const shape of wholeShapes) expect(wholeReply(shape).length / kilobyte).toBeWithin(0.8, 1.4);
});

test("what the upstream shall do survives in the model's name, with and without the provider's prefix", () => {
  expect(modelName("chat", { kind: "whole" })).toBe("openai/bench-model");
  expect(modelName("messages", { kind: "burst" })).toBe("anthropic/claude-bench-burst");
  const paced = modelName("chat", { kind: "paced", periodMs: 20, deltas: 300 });
  expect(behaviourOf(paced)).toEqual({ kind: "paced", periodMs: 20, deltas: 300 });
  expect(behaviourOf(paced.slice("openai/".length))).toEqual({ kind: "paced", periodMs: 20, deltas: 300 });
  expect(behaviourOf(modelName("chat", bimodal))).toEqual(bimodal);
  expect(behaviourOf("claude-bench-burst")).toEqual({ kind: "burst" });
  expect(behaviourOf("bench-model")).toEqual({ kind: "whole" });
});
