// Turns of a request to Anthropic: hand-made golden cases, one rule each.
import { describe, expect, test } from "bun:test";
import type { Block } from "../../../src/core/chat.ts";
import type { JsonObject } from "../../../src/core/json.ts";
import { assistant, call, contentOf, request, result, system, user, write } from "./support.ts";

const text = (words: string) => ({ type: "text", text: words });

function messages(...turns: Parameters<typeof request>[0]): JsonObject[] {
  return write(request(turns)).body["messages"] as JsonObject[];
}

describe("system", () => {
  test("M04 M07 all leading system texts become blocks in order, each with its cache mark", () => {
    const written = write(
      request([system("a"), system({ type: "text", text: "b", cache: { ttl: "1h" } }, "c"), user("x")]),
    );
    expect(written.body["system"]).toEqual([
      text("a"),
      { ...text("b"), cache_control: { type: "ephemeral", ttl: "1h" } },
      text("c"),
    ]);
    expect(written.lost).toEqual([]);
  });

  test("M05 a system message in the middle stays there as a note, or in its own role where the model takes that", () => {
    const chat = request([system("first"), user("a"), assistant("b"), system("mind this"), user("c")]);
    expect(write(chat).body["messages"]).toEqual([
      { role: "user", content: [text("a")] },
      { role: "assistant", content: [text("b")] },
      { role: "user", content: [text("<system_note>\nmind this\n</system_note>"), text("c")] },
    ]);
    const there = write(chat, { systemAnywhere: true }).body;
    expect(there["system"]).toEqual([text("first")]);
    expect((there["messages"] as JsonObject[])[2]).toEqual({ role: "system", content: [text("mind this")] });
  });

  test("a request of system messages alone still has a user's turn", () => {
    expect(messages(system("be nice"))).toEqual([{ role: "user", content: [text("(no message)")] }]);
  });
});

describe("text", () => {
  test("M01 an empty assistant text beside tool calls makes no text block", () => {
    expect(messages(user("x"), assistant("", call("t1")), user(result("t1", "ok")))[1]).toEqual({
      role: "assistant",
      content: [{ type: "tool_use", id: "t1", name: "look", input: {} }],
    });
  });

  test("M02 an emptied user turn becomes one placeholder, an empty text beside others vanishes", () => {
    expect(messages(user("", " \n"))).toEqual([{ role: "user", content: [text("(no message)")] }]);
    expect(messages(user("", "x"))).toEqual([{ role: "user", content: [text("x")] }]);
  });

  test("M03 white space at the end of a prefill is cut, and a blank prefill dropped", () => {
    expect(messages(user("x"), assistant("So: \n"))[1]).toEqual({ role: "assistant", content: [text("So:")] });
    expect(messages(user("x"), assistant("  "))).toHaveLength(1);
  });

  test("M10 every part of a user's message is kept", () => {
    expect(messages(user("a", "b", "c"))[0]).toEqual({ role: "user", content: [text("a"), text("b"), text("c")] });
  });

  test("consecutive turns of one role are one, and a conversation that an assistant begins gets a user's turn first", () => {
    expect(messages(assistant("hi"), assistant("there"), user("a"), user("b"))).toEqual([
      { role: "user", content: [text("(no message)")] },
      { role: "assistant", content: [text("hi"), text("there")] },
      { role: "user", content: [text("a"), text("b")] },
    ]);
  });

  test("a prefill for a model that refuses one becomes a request to go on, and is reported", () => {
    const written = write(request([user("x"), assistant("So")]), { prefill: false });
    expect((written.body["messages"] as JsonObject[]).map((message) => message["role"])).toEqual([
      "user",
      "assistant",
      "user",
    ]);
    expect(written.lost).toEqual(["messages.prefill"]);
  });

  test("a refusal in the history is text, a message's name is lost", () => {
    const written = write(
      request([{ ...user("x"), name: "ann" }, assistant({ type: "refusal", text: "No." }), user("y")]),
    );
    expect((written.body["messages"] as JsonObject[])[1]).toEqual({ role: "assistant", content: [text("No.")] });
    expect(written.lost).toEqual(["messages.name"]);
  });
});

describe("tool calls and results", () => {
  test("M11 a run of results is one user turn in call order, before what the user says", () => {
    const written = messages(
      user("x"),
      assistant(call("a"), call("b")),
      user("and now?", result("b", "2")),
      user(result("a", "1")),
    );
    expect(written[2]).toEqual({
      role: "user",
      content: [
        { type: "tool_result", tool_use_id: "a", content: "1" },
        { type: "tool_result", tool_use_id: "b", content: "2" },
        text("and now?"),
      ],
    });
  });

  test("M13 an orphan result becomes text and a missing one an error, both reported", () => {
    const written = write(request([user("x"), assistant(call("a")), user(result("gone", "old"), "next")]));
    expect((written.body["messages"] as JsonObject[])[2]).toEqual({
      role: "user",
      content: [
        {
          type: "tool_result",
          tool_use_id: "a",
          content: "No result was recorded for this tool call.",
          is_error: true,
        },
        text("Result of an earlier tool call:"),
        text("old"),
        text("next"),
      ],
    });
    expect(written.lost).toEqual(["tool_calls", "tool_call_id"]);
  });

  test("M13 calls at the very end of the history are answered too", () => {
    const written = write(request([user("x"), assistant(call("a"))]));
    expect((written.body["messages"] as JsonObject[]).at(-1)?.["role"]).toBe("user");
    expect(written.lost).toEqual(["tool_calls"]);
  });

  test("M15 a result of parts keeps text and images, an empty one has no content", () => {
    const image: Block = { type: "image", source: { kind: "base64", mediaType: "image/png", data: "AA==" } };
    const written = messages(
      user("x"),
      assistant(call("a"), call("b")),
      user(result("a", "t", image), result("b", "")),
    );
    expect(written[2]?.["content"]).toEqual([
      {
        type: "tool_result",
        tool_use_id: "a",
        content: [text("t"), { type: "image", source: { type: "base64", media_type: "image/png", data: "AA==" } }],
      },
      { type: "tool_result", tool_use_id: "b" },
    ]);
  });

  test("T58 the error flag of a result is kept", () => {
    const failed = { ...result("a", "boom"), isError: true } as Block;
    expect(messages(user("x"), assistant(call("a")), user(failed))[2]?.["content"]).toEqual([
      { type: "tool_result", tool_use_id: "a", content: "boom", is_error: true },
    ]);
  });

  test("T17 a cache mark on a result, or on a part of it, is on the result", () => {
    const marked = { ...result("a", "x"), cache: {} } as Block;
    const inside = result("b", { type: "text", text: "y", cache: {} });
    expect(messages(user("x"), assistant(call("a"), call("b")), user(marked, inside))[2]?.["content"]).toEqual([
      { type: "tool_result", tool_use_id: "a", content: "x", cache_control: { type: "ephemeral" } },
      { type: "tool_result", tool_use_id: "b", content: "y", cache_control: { type: "ephemeral" } },
    ]);
  });

  function idsOf(...turns: Parameters<typeof request>[0]): { calls: unknown[]; results: unknown[] } {
    const blocks = messages(...turns).flatMap((message) => message["content"] as JsonObject[]);
    return {
      calls: blocks.filter(({ type }) => type === "tool_use").map(({ id }) => id),
      results: blocks.filter(({ type }) => type === "tool_result").map(({ tool_use_id }) => tool_use_id),
    };
  }

  test("T01 T02 ids outside the alphabet are mapped alike on calls and results, and never collide", () => {
    const ids = ["functions.Bash:0", "a:b", "a.b", "a_b", "toolu_01"];
    const { calls, results } = idsOf(
      user("x"),
      assistant(...ids.map((id) => call(id))),
      user(...ids.map((id) => result(id, "r"))),
    );
    expect(new Set(calls).size).toBe(ids.length);
    for (const id of calls) expect(id).toMatch(/^[a-zA-Z0-9_-]+$/);
    expect(results).toEqual(calls);
    expect(calls.slice(3)).toEqual(["a_b", "toolu_01"]);
  });

  test("T03 empty ids get ids by position and pair in order", () => {
    const { calls, results } = idsOf(user("x"), assistant(call(""), call("")), user(result("", "1"), result("", "2")));
    expect(new Set(calls).size).toBe(2);
    expect(results).toEqual(calls);
    expect(calls).not.toContain("");
  });

  test("an id that comes again in a later turn is another id there, and earlier ids stay as a conversation grows", () => {
    const round = [user("x"), assistant(call("call_0")), user(result("call_0", "r"))];
    const once = idsOf(...round);
    const twice = idsOf(...round, assistant(call("call_0")), user(result("call_0", "r")));
    expect(twice.calls[0]).toBe(once.calls[0]);
    expect(new Set(twice.calls).size).toBe(2);
    expect(twice.results).toEqual(twice.calls);
  });

  const inputOf = (argumentsText: string) => {
    const written = write(request([user("x"), assistant(call("a", argumentsText)), user(result("a", "r"))]));
    const use = contentOf(written.body, 1)[0];
    return { input: use?.["input"], lost: written.lost, text: written.text };
  };

  test("T27 T28 empty and null arguments are an empty object", () => {
    for (const words of ["", "  ", "null"]) expect(inputOf(words)).toMatchObject({ input: {}, lost: [] });
  });

  test("T29 arguments that are no JSON object are kept as text and reported", () => {
    for (const words of ['{"a":', "[1]", "7", "12345678901234567890"]) {
      expect(inputOf(words)).toMatchObject({ input: { __raw: words }, lost: ["tool_calls.function.arguments"] });
    }
  });

  test("numbers that a double cannot hold keep their digits", () => {
    expect(inputOf('{"id":12345678901234567890,"f":1e400}').text).toContain('{"id":12345678901234567890,"f":1e400}');
  });

  test("a call of a free-text tool travels as one string", () => {
    const free: Block = {
      type: "tool-call",
      id: "a",
      name: "patch",
      argumentsText: "*** Begin",
      argumentsKind: "freeform",
    };
    expect(messages(user("x"), assistant(free), user(result("a", "r")))[1]?.["content"]).toEqual([
      { type: "tool_use", id: "a", name: "patch", input: { input: "*** Begin" } },
    ]);
  });
});
