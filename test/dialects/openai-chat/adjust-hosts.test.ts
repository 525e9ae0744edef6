// The named adjustments that single hosts brought: turns in alternation, padded reasoning, thinking and its limits.
import { describe, expect, test } from "bun:test";
import { adjust } from "./adjust-support.ts";

const user = (content: string) => ({ role: "user", content });
const call = { id: "c", type: "function", function: { name: "f", arguments: "{}" } };
const tools = [{ type: "function", function: { name: "f" } }];

describe("turns-alternate", () => {
  test("M33 joins neighbours of one role, text by text", () => {
    const messages = [{ role: "system", content: "s" }, user("a"), user("b"), { role: "assistant", content: "c" }];
    expect(adjust("turns-alternate", { messages })).toEqual({
      body: { messages: [{ role: "system", content: "s" }, user("a\n\nb"), { role: "assistant", content: "c" }] },
      lost: [],
    });
  });

  test("keeps images beside text, and several system messages apart", () => {
    const image = { type: "image_url", image_url: { url: "https://i.test/1.png" } };
    const system = (content: string) => ({ role: "system", content });
    const messages = [system("1"), system("2"), user("a"), { role: "user", content: [image] }];
    expect(adjust("turns-alternate", { messages }).body).toEqual({
      messages: [system("1"), system("2"), { role: "user", content: [{ type: "text", text: "a" }, image] }],
    });
  });

  test("tells of calls that it takes out, and keeps what the tools said", () => {
    const messages = [
      user("q"),
      { role: "assistant", content: null, tool_calls: [call] },
      { role: "tool", tool_call_id: "c", content: "18 degrees" },
    ];
    expect(adjust("turns-alternate", { messages })).toEqual({
      body: { messages: [user("q\n\n18 degrees")] },
      lost: ["messages.tool_calls"],
    });
  });

  test("leaves a conversation that alternates as it is", () => {
    const body = { messages: [user("a"), { role: "assistant", content: "b" }, user("c")] };
    expect(adjust("turns-alternate", body)).toEqual({ body, lost: [] });
  });
});

describe("reasoning-pad", () => {
  const assistant = (fields: object) => ({ role: "assistant", content: null, tool_calls: [call], ...fields });

  test("R15 puts a space where a tool turn brings no reasoning", () => {
    expect(adjust("reasoning-pad", { messages: [assistant({})] }).body).toEqual({
      messages: [assistant({ reasoning_content: " " })],
    });
  });

  test("leaves reasoning under either name, and turns without calls", () => {
    const messages = [
      assistant({ reasoning_content: "r" }),
      assistant({ reasoning: "r" }),
      { role: "assistant", content: "hi" },
    ];
    expect(adjust("reasoning-pad", { messages }).body).toEqual({ messages });
  });

  test("does not overwrite what another edit has moved to the host's name", () => {
    const body = { messages: [assistant({ reasoning: "r" })] };
    expect(adjust(["reasoning-history-content", "deepseek-thinking"], body)).toEqual({
      body: { messages: [assistant({ reasoning_content: "r" })] },
      lost: [],
    });
  });
});

describe("thinking-needs-stream", () => {
  test("R39 switches thinking off in a whole reply, and tells whoever asked for it", () => {
    const asked = { reasoning_effort: "high" };
    expect(adjust(["enable-thinking", "thinking-needs-stream"], asked)).toEqual({
      body: { enable_thinking: false },
      lost: ["reasoning_effort", "enable_thinking.stream"],
    });
    expect(adjust("thinking-needs-stream", { enable_thinking: false })).toEqual({
      body: { enable_thinking: false },
      lost: [],
    });
  });

  test("leaves streams alone", () => {
    const body = { stream: true, enable_thinking: true, thinking_budget: 5 };
    expect(adjust("thinking-needs-stream", body)).toEqual({ body, lost: [] });
  });
});

describe("tools-without-effort", () => {
  test("lets the tools win over reasoning, and says so", () => {
    expect(adjust("tools-without-effort", { tools, reasoning_effort: "high" })).toEqual({
      body: { tools, reasoning_effort: "none" },
      lost: ["reasoning_effort"],
    });
  });

  test("leaves calls without tools, and without a wish to reason", () => {
    for (const body of [{ reasoning_effort: "high" }, { tools }, { tools, reasoning_effort: "none" }]) {
      expect(adjust("tools-without-effort", body)).toEqual({ body, lost: [] });
    }
  });
});

test("stop-one keeps the first stop word", () => {
  expect(adjust("stop-one", { stop: ["a", "b", "c"] })).toEqual({ body: { stop: ["a"] }, lost: ["stop"] });
  expect(adjust("stop-one", { stop: "a" })).toEqual({ body: { stop: "a" }, lost: [] });
});

test("M13 orphan-results makes notes of results without a call, and leaves the others", () => {
  const result = (id: string) => ({ role: "tool", tool_call_id: id, content: "18 degrees" });
  const assistant = { role: "assistant", content: null, tool_calls: [call] };
  expect(adjust("orphan-results", { messages: [result("lost"), user("q"), assistant, result("c")] })).toEqual({
    body: { messages: [{ role: "user", content: "18 degrees" }, user("q"), assistant, result("c")] },
    lost: ["messages.tool_call_id"],
  });
});
