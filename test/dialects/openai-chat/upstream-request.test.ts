// Turns of canonical requests as the messages of Chat Completions bodies.
import { describe, expect, test } from "bun:test";
import type { Block, Turn } from "../../../src/core/chat.ts";
import { GatewayError } from "../../../src/core/errors.ts";
import type { TargetFlags } from "../../../src/core/facts.ts";
import { assistant, call, image, messages, result, text, user, write } from "./upstream-request-support.ts";

describe("messages", () => {
  test("the model is the target's, not the client's", () => {
    expect(write().body).toEqual({ model: "model-1", messages: [{ role: "user", content: "hi" }] });
  });

  test("M04 M05 every system turn is written, each in its place", () => {
    const system = (value: string): Turn => ({ role: "system", blocks: [text(value)] });
    expect(messages([system("a"), system("b"), user(text("c")), system("d")]).list).toEqual([
      { role: "system", content: "a" },
      { role: "system", content: "b" },
      { role: "user", content: "c" },
      { role: "system", content: "d" },
    ] as never);
  });

  test("the system role is the one that the model prefers", () => {
    const turns: Turn[] = [{ role: "system", blocks: [text("a"), text("b")] }];
    expect(messages(turns, { systemRole: "developer" }).list).toEqual([
      { role: "developer", content: "a\nb" },
    ] as never);
  });

  test("M08 a volatile billing header does not reach another maker", () => {
    const turns: Turn[] = [
      { role: "system", blocks: [text("x-anthropic-billing-header: cc_version=1"), text("You are")] },
    ];
    expect(messages(turns).list).toEqual([{ role: "system", content: "You are" }] as never);
  });

  test("M10 M19 M21 parts of a user turn keep their order", () => {
    const pdf: Block = { type: "file", source: { kind: "base64", mediaType: "application/pdf", data: "QQ==" } };
    const plain: Block = { type: "file", name: "a.txt", source: { kind: "text", text: "body" } };
    const sound: Block = { type: "audio", source: { kind: "base64", mediaType: "audio/mpeg", data: "QQ==" } };
    const film: Block = { type: "video", source: { kind: "url", url: "https://e.x/v.mp4" } };
    expect(messages([user(text("a"), image, pdf, plain, sound, film, text("b"))]).list).toEqual([
      {
        role: "user",
        content: [
          { type: "text", text: "a" },
          { type: "image_url", image_url: { url: "data:image/png;base64,AAAA" } },
          { type: "file", file: { filename: "document.pdf", file_data: "data:application/pdf;base64,QQ==" } },
          { type: "text", text: "a.txt\n\nbody" },
          { type: "input_audio", input_audio: { data: "QQ==", format: "mp3" } },
          { type: "video_url", video_url: { url: "https://e.x/v.mp4" } },
          { type: "text", text: "b" },
        ],
      },
    ] as never);
  });

  test("a file on another provider's server, or behind a link, is refused and not dropped", () => {
    const foreign: Block = { type: "file", source: { kind: "file-id", id: "x", origin: "anthropic-messages" } };
    const linked: Block = { type: "file", source: { kind: "url", url: "https://e.x/a.pdf" } };
    for (const block of [foreign, linked]) {
      expect(() => messages([user(block)])).toThrow(GatewayError);
    }
  });

  test("M29 the content key is there beside tool calls, and T27 empty arguments become an object", () => {
    expect(messages([assistant(call("a", ""))]).list).toEqual([
      {
        role: "assistant",
        content: null,
        tool_calls: [{ id: "a", type: "function", function: { name: "f", arguments: "{}" } }],
      },
    ] as never);
  });

  test("T29 arguments that are no JSON stay what they are", () => {
    const [message] = messages([assistant(call("a", "{broken"))]).list as {
      tool_calls: { function: { arguments: string } }[];
    }[];
    expect(message?.tool_calls[0]?.function.arguments).toBe("{broken");
  });

  test("several text blocks of an answer are one text, and calls follow", () => {
    expect(messages([assistant(text("a"), text("b"), call("c"))]).list).toMatchObject([
      { content: "ab", tool_calls: [{ id: "c" }] },
    ]);
  });

  test("M11 M16 results come first, then their images in one user message, then the rest of the turn", () => {
    const turns = [
      assistant(call("a"), call("b")),
      user(result("a", text("x"), image), result("b", text("y")), text("go on")),
    ];
    expect((messages(turns).list as object[]).slice(1)).toEqual([
      { role: "tool", tool_call_id: "a", content: "x\n[see the next user message]" },
      { role: "tool", tool_call_id: "b", content: "y" },
      {
        role: "user",
        content: [
          { type: "image_url", image_url: { url: "data:image/png;base64,AAAA" } },
          { type: "text", text: "go on" },
        ],
      },
    ]);
  });

  test("M16 images of a run of results wait for its end", () => {
    const turns = [user(result("a", image)), user(result("b", text("y"))), assistant(text("ok"))];
    expect((messages(turns).list as { role: string }[]).map(({ role }) => role)).toEqual([
      "tool",
      "tool",
      "user",
      "assistant",
    ]);
  });

  test("images stay in the result where the host takes them there", () => {
    const { list } = messages([user(result("a", image))], { imagesInToolResults: true });
    expect(list).toEqual([
      {
        role: "tool",
        tool_call_id: "a",
        content: [{ type: "image_url", image_url: { url: "data:image/png;base64,AAAA" } }],
      },
    ] as never);
  });

  test("T58 a failed tool is told in words, and M15 text parts become one text", () => {
    const failed: Block = { type: "tool-result", callId: "a", isError: true, blocks: [text("no"), text("such file")] };
    const silent: Block = { type: "tool-result", callId: "b", isError: true, blocks: [] };
    expect(messages([user(failed, silent, result("c"))]).list).toEqual([
      { role: "tool", tool_call_id: "a", content: "[tool error] no\nsuch file" },
      { role: "tool", tool_call_id: "b", content: "[tool error]" },
      { role: "tool", tool_call_id: "c", content: "" },
    ] as never);
  });

  test("T03 empty ids of calls and results are paired", () => {
    const { list } = messages([assistant(call(""), call("")), user(result("", text("x")), result("", text("y")))]);
    const [first, ...results] = list as { tool_calls: { id: string }[]; tool_call_id: string }[];
    const ids = first?.tool_calls.map(({ id }) => id) ?? [];
    expect(new Set(ids).size).toBe(2);
    expect(results.map((message) => message.tool_call_id)).toEqual(ids);
  });

  test("a cache mark goes where the host reads it, and is reported elsewhere", () => {
    const turns = [user({ type: "text", text: "a", cache: { ttl: "1h" } })];
    expect(messages(turns, { cacheControl: true }).list).toEqual([
      { role: "user", content: [{ type: "text", text: "a", cache_control: { type: "ephemeral", ttl: "1h" } }] },
    ] as never);
    expect(messages(turns)).toEqual({ list: [{ role: "user", content: "a" }] as never, lost: ["cache_control"] });
  });

  test("U21 marks on results, system blocks and tools are kept as well", () => {
    const marked: Block = { type: "tool-result", callId: "a", blocks: [text("x")], cache: {} };
    const { body } = write(
      {
        turns: [{ role: "system", blocks: [{ type: "text", text: "s", cache: {} }] }, user(marked)],
        tools: [{ kind: "function", name: "f", cache: {} }],
      },
      { cacheControl: true },
    );
    expect(JSON.stringify(body).match(/"cache_control":\{"type":"ephemeral"\}/g)).toHaveLength(3);
  });

  test("blocks and fields of another dialect are reported, not sent", () => {
    const foreign: Block = { type: "opaque", dialect: "anthropic-messages", raw: { type: "server_tool_use" } };
    const written = write({
      turns: [assistant(foreign, text("a"))],
      extra: { "anthropic-messages": { context_management: {}, store: true } },
    });
    expect(written.body["messages"]).toEqual([{ role: "assistant", content: "a" }]);
    expect(written.lost).toEqual(["server_tool_use", "context_management", "store"]);
  });
});

describe("reasoning of former turns", () => {
  const thought: Block = {
    type: "reasoning",
    text: "hm",
    state: { origin: "anthropic", kind: "signature", value: "S" },
  };
  const turns = [assistant(thought, text("a"))];

  test("R16 it is dropped and reported where the host has no field for it", () => {
    expect(messages(turns)).toEqual({ list: [{ role: "assistant", content: "a" }] as never, lost: ["thinking"] });
    expect(messages(turns, { reasoningReplay: "none" }).lost).toEqual(["thinking"]);
  });

  test("R18 it goes back under the host's name, and its signature is reported", () => {
    for (const reasoningReplay of ["reasoning_content", "reasoning"] as const) {
      const { list, lost } = messages(turns, { reasoningReplay });
      expect(list).toEqual([{ role: "assistant", content: "a", [reasoningReplay]: "hm" }] as never);
      expect(lost).toEqual(["thinking"]);
    }
    expect(
      messages([assistant({ type: "reasoning", text: "hm" }, text("a"))], { reasoningReplay: "reasoning_content" })
        .lost,
    ).toEqual([]);
  });

  test("R28 reasoning_details carry every block with its maker and its place", () => {
    const blocks: Block[] = [
      thought,
      { type: "reasoning", text: "", state: { origin: "anthropic", kind: "redacted", value: "R" } },
      { type: "reasoning", text: "sum", state: { origin: "openai", kind: "encrypted", value: "E" } },
      text("a"),
    ];
    const { list, lost } = messages([assistant(...blocks)], { reasoningReplay: "reasoning_details" });
    expect(list).toEqual([
      {
        role: "assistant",
        content: "a",
        reasoning_details: [
          { type: "reasoning.text", text: "hm", signature: "S", format: "anthropic-claude-v1", index: 0 },
          { type: "reasoning.encrypted", data: "R", format: "anthropic-claude-v1", index: 1 },
          { type: "reasoning.summary", summary: "sum", format: "openai-responses-v1", index: 2 },
          { type: "reasoning.encrypted", data: "E", format: "openai-responses-v1", index: 2 },
        ],
      },
    ] as never);
    expect(lost).toEqual([]);
  });

  test("R28 a call's signature stands among the details, under the call's id", () => {
    const signed: Block = {
      ...(call("a") as Block & { type: "tool-call" }),
      state: { origin: "gemini", kind: "signature", value: "G" },
    };
    const { list, lost } = messages([assistant(signed)], { reasoningReplay: "reasoning_details" });
    expect(list).toMatchObject([
      {
        tool_calls: [{ id: "a" }],
        reasoning_details: [{ type: "reasoning.encrypted", data: "G", format: "google-gemini-v1", index: 0, id: "a" }],
      },
    ]);
    expect(lost).toEqual([]);
  });

  test("a turn that held nothing else is left out", () => {
    expect(messages([user(text("q")), assistant(thought)]).list).toEqual([{ role: "user", content: "q" }] as never);
  });

  test("R24 R25 a call's signature goes back to its maker only, and the first call of a step gets Google's sentinel", () => {
    const signed: Block = {
      ...(call("a") as Block & { type: "tool-call" }),
      state: { origin: "gemini", kind: "signature", value: "G" },
    };
    const google = (id: string) => ({ extra_content: { google: { thought_signature: id } } });
    const flags: TargetFlags = { thoughtSignatures: "required" };
    expect(messages([assistant(signed, call("b"))], flags, { origin: "gemini" }).list).toMatchObject([
      { tool_calls: [{ id: "a", ...google("G") }, { id: "b" }] },
    ]);
    expect(messages([assistant(call("a"), call("b"))], flags, { origin: "gemini" }).list).toMatchObject([
      { tool_calls: [google("skip_thought_signature_validator"), {}] },
    ]);
    const foreign = messages([assistant(signed)]);
    expect(JSON.stringify(foreign.list)).not.toContain("extra_content");
    expect(foreign.lost).toEqual(["thinking"]);
  });
});
