// Reading messages: every role and part, and tool calls with their results.
import { describe, expect, test } from "bun:test";
import { assistant, call, callBlock, paramOf, parts, turns } from "./client-message-support.ts";

describe("roles and turns", () => {
  test("M04 M05 system messages keep their number, their place and their role's name", () => {
    expect(
      turns(
        { role: "system", content: "a" },
        { role: "developer", content: [{ type: "text", text: "b" }] },
        { role: "user", content: "c", name: "Ann" },
        { role: "system", content: "d" },
      ),
    ).toEqual([
      { role: "system", blocks: [{ type: "text", text: "a" }] },
      { role: "system", systemRole: "developer", blocks: [{ type: "text", text: "b" }] },
      { role: "user", name: "Ann", blocks: [{ type: "text", text: "c" }] },
      { role: "system", blocks: [{ type: "text", text: "d" }] },
    ]);
  });

  test("an unknown role and a tool message without its call are refused with their paths", () => {
    expect(paramOf(() => turns({ role: "user", content: "a" }, { role: "robot", content: "b" }))).toBe(
      "messages[1].role",
    );
    expect(paramOf(() => turns({ role: "tool", content: "b" }))).toBe("messages[0].tool_call_id");
    expect(paramOf(() => turns({ role: "function", content: "b" }))).toBe("messages[0].name");
    expect(paramOf(() => turns({ role: "constructor", content: "b" }))).toBe("messages[0].role");
  });

  test("unknown fields of a message stay with its turn", () => {
    expect(turns({ role: "user", content: "a", zzz: 1, prefix: true })[0]?.extra).toEqual({
      "openai-chat": { zzz: 1, prefix: true },
    });
  });

  test("U21 a cache mark on a message is the mark of its last block", () => {
    expect(turns({ role: "user", content: "a", cache_control: { type: "ephemeral", ttl: "1h" } })).toEqual([
      { role: "user", blocks: [{ type: "text", text: "a", cache: { ttl: "1h" } }] },
    ]);
    expect(turns({ role: "user", content: [], cache_control: { type: "ephemeral" } })[0]?.extra).toEqual({
      "openai-chat": { cache_control: { type: "ephemeral" } },
    });
  });
});

describe("content parts", () => {
  test("M10 all parts are read, in order", () => {
    expect(parts({ type: "text", text: "a" }, { type: "text", text: "" }, { type: "text", text: "b" })).toEqual([
      { type: "text", text: "a" },
      { type: "text", text: "" },
      { type: "text", text: "b" },
    ]);
  });

  test("M07 cache marks of parts are kept, in both spellings", () => {
    expect(
      parts(
        { type: "text", text: "a", cache_control: { type: "ephemeral" } },
        { type: "text", text: "b", cache_control: { type: "ephemeral", ttl: "1h", scope: "x" } },
        { type: "text", text: "c", prompt_cache_breakpoint: { mode: "explicit" } },
      ),
    ).toEqual([
      { type: "text", text: "a", cache: {} },
      { type: "text", text: "b", cache: { ttl: "1h" }, extra: { "openai-chat": { cache_control: { scope: "x" } } } },
      { type: "text", text: "c", cache: { breakpoint: { mode: "explicit" } } },
    ]);
  });

  test("images by address keep detail and media type, and unknown subfields", () => {
    expect(
      parts(
        { type: "image_url", image_url: { url: "https://example.com/a.png", detail: "low", zzz: 1 }, yyy: 2 },
        { type: "image_url", image_url: "https://example.com/b.png" },
        { type: "image_url", image_url: { url: "gs://bucket/c", media_type: "image/png" } },
      ),
    ).toEqual([
      {
        type: "image",
        source: { kind: "url", url: "https://example.com/a.png" },
        detail: "low",
        extra: { "openai-chat": { yyy: 2, image_url: { zzz: 1 } } },
      },
      { type: "image", source: { kind: "url", url: "https://example.com/b.png" } },
      { type: "image", source: { kind: "url", url: "gs://bucket/c", mediaType: "image/png" } },
    ]);
  });

  test("M21 data URLs give their bytes and a registered media type, which a media_type overrides", () => {
    expect(
      parts(
        { type: "image_url", image_url: { url: "data:IMAGE/JPG;base64,AAAA" } },
        { type: "image_url", image_url: { url: "data:image/png;base64,AAAA", media_type: "image/webp" } },
        { type: "image_url", image_url: { url: "AAAA", media_type: "image/jpg" } },
      ),
    ).toEqual([
      { type: "image", source: { kind: "base64", mediaType: "image/jpeg", data: "AAAA" } },
      { type: "image", source: { kind: "base64", mediaType: "image/webp", data: "AAAA" } },
      { type: "image", source: { kind: "base64", mediaType: "image/jpeg", data: "AAAA" } },
    ]);
  });

  test("sound, video and files", () => {
    expect(
      parts(
        { type: "input_audio", input_audio: { data: "AAAA", format: "wav" } },
        { type: "input_audio", input_audio: { data: "AAAA", format: "mp3" } },
        { type: "video_url", video_url: { url: "https://example.com/a.mp4" } },
        { type: "file", file: { filename: "a.pdf", file_data: "data:application/pdf;base64,JVBE" } },
        { type: "file", file: { filename: "a.pdf", file_data: "JVBE" } },
        { type: "file", file: { file_id: "file-1" } },
        { type: "file", file: { filename: "b.pdf", file_data: "https://example.com/b.pdf" } },
      ),
    ).toEqual([
      { type: "audio", source: { kind: "base64", mediaType: "audio/wav", data: "AAAA" } },
      { type: "audio", source: { kind: "base64", mediaType: "audio/mpeg", data: "AAAA" } },
      { type: "video", source: { kind: "url", url: "https://example.com/a.mp4" } },
      { type: "file", name: "a.pdf", source: { kind: "base64", mediaType: "application/pdf", data: "JVBE" } },
      { type: "file", name: "a.pdf", source: { kind: "base64", mediaType: "application/pdf", data: "JVBE" } },
      { type: "file", source: { kind: "file-id", id: "file-1", origin: "openai-chat" } },
      {
        type: "file",
        name: "b.pdf",
        source: { kind: "url", url: "https://example.com/b.pdf", mediaType: "application/pdf" },
      },
    ]);
  });

  test("M30 a part of an unknown type is kept verbatim", () => {
    const raw = { type: "hologram", hologram: { a: 1 } };
    expect(parts(raw)).toEqual([{ type: "opaque", dialect: "openai-chat", raw }]);
  });
});

describe("tool calls and results", () => {
  test("M01 an empty assistant text beside tool calls makes no text block", () => {
    for (const content of ["", null]) {
      expect(assistant({ content, tool_calls: [call("a", "f")] })).toEqual([callBlock("a", "f")]);
    }
    expect(assistant({ content: "" })).toEqual([{ type: "text", text: "" }]);
  });

  test("T55 text and calls of one message are both read, text first", () => {
    expect(assistant({ content: "x", tool_calls: [call("a", "f"), call("b", "g", "")] })).toEqual([
      { type: "text", text: "x" },
      callBlock("a", "f"),
      callBlock("b", "g", ""),
    ]);
  });

  test("T29 T30 arguments stay opaque text, and an object becomes text", () => {
    expect(
      assistant({ tool_calls: [call("a", "f", '{"a":'), call("b", "f", { n: 1 }), call("c", "f", null)] }),
    ).toEqual([callBlock("a", "f", '{"a":'), callBlock("b", "f", '{"n":1}'), callBlock("c", "f", "")]);
  });

  test("T03 a missing or empty call id reads as empty, for the writer to allocate one", () => {
    expect(
      assistant({ tool_calls: [call("", "f"), { type: "function", function: { name: "g", arguments: "" } }] }),
    ).toEqual([callBlock("", "f"), callBlock("", "g", "")]);
  });

  test("T48 a custom call carries free text", () => {
    expect(
      assistant({ tool_calls: [{ id: "a", type: "custom", custom: { name: "patch", input: "*** Begin" } }] }),
    ).toEqual([{ type: "tool-call", id: "a", name: "patch", argumentsText: "*** Begin", argumentsKind: "freeform" }]);
  });

  test("T07 M15 results keep the call's id, all of their parts and the tool's name where it is given", () => {
    expect(
      turns(
        { role: "tool", tool_call_id: "a", name: "f", content: "sunny" },
        {
          role: "tool",
          tool_call_id: "b",
          content: [
            { type: "text", text: "see" },
            { type: "image_url", image_url: { url: "data:image/png;base64,AAAA" } },
          ],
          zzz: 1,
        },
        { role: "tool", tool_call_id: "c", content: "" },
      ),
    ).toEqual([
      {
        role: "user",
        blocks: [{ type: "tool-result", callId: "a", name: "f", blocks: [{ type: "text", text: "sunny" }] }],
      },
      {
        role: "user",
        blocks: [
          {
            type: "tool-result",
            callId: "b",
            blocks: [
              { type: "text", text: "see" },
              { type: "image", source: { kind: "base64", mediaType: "image/png", data: "AAAA" } },
            ],
          },
        ],
        extra: { "openai-chat": { zzz: 1 } },
      },
      { role: "user", blocks: [{ type: "tool-result", callId: "c", blocks: [] }] },
    ]);
  });

  test("T17 a cache mark on a tool message is the result's", () => {
    expect(
      turns({ role: "tool", tool_call_id: "a", content: "x", cache_control: { type: "ephemeral" } })[0]?.blocks,
    ).toEqual([{ type: "tool-result", callId: "a", blocks: [{ type: "text", text: "x" }], cache: {} }]);
  });

  test("deprecated function calls and their results get ids that match, also when one function is called twice", () => {
    const read = turns(
      { role: "assistant", content: null, function_call: { name: "f", arguments: "1" } },
      { role: "assistant", content: null, function_call: { name: "f", arguments: "2" } },
      { role: "function", name: "f", content: "one" },
      { role: "function", name: "f", content: "two" },
    );
    const blocks = read.flatMap((turn) => turn.blocks);
    const ids = blocks.map((block) =>
      block.type === "tool-call" ? block.id : block.type === "tool-result" ? block.callId : "",
    );
    expect(ids[0]).toBe(ids[2] as string);
    expect(ids[1]).toBe(ids[3] as string);
    expect(ids[0]).not.toBe(ids[1] as string);
    expect(blocks[2]).toMatchObject({ type: "tool-result", name: "f" });
  });
});
