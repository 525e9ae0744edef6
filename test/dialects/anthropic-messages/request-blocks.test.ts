// Reasoning, media and foreign blocks in a request to Anthropic: hand-made golden cases, one rule each.
import { describe, expect, test } from "bun:test";
import type { Block, OpaqueState } from "../../../src/core/chat.ts";
import type { JsonObject } from "../../../src/core/json.ts";
import { assistant, call, contentOf, refusal, request, result, user, write } from "./support.ts";

const text = (words: string) => ({ type: "text", text: words });
const signed = (origin: string): OpaqueState => ({ origin, kind: "signature", value: "sig" });
const thinking = (words: string, state?: OpaqueState): Block => ({
  type: "reasoning",
  text: words,
  ...(state ? { state } : {}),
});

function messages(...turns: Parameters<typeof request>[0]): JsonObject[] {
  return write(request(turns)).body["messages"] as JsonObject[];
}

describe("reasoning", () => {
  const toolTurn = (...before: Block[]) => [user("x"), assistant(...before, call("a")), user(result("a", "r"))];

  test("R04 R05 genuine thinking goes back byte for byte, at its place", () => {
    const words = " odd  spacing \n";
    const turns = [
      user("x"),
      assistant(thinking(words, signed("anthropic")), "t", thinking("2", signed("anthropic")), call("a")),
      user(result("a", "r")),
    ];
    expect(messages(...turns)[1]?.["content"]).toEqual([
      { type: "thinking", thinking: words, signature: "sig" },
      text("t"),
      { type: "thinking", thinking: "2", signature: "sig" },
      { type: "tool_use", id: "a", name: "look", input: {} },
    ]);
  });

  test("redacted thinking goes back as it was", () => {
    const redacted = thinking("", { origin: "anthropic", kind: "redacted", value: "blob" });
    expect(contentOf(write(request(toolTurn(redacted))).body, 1)[0]).toEqual({
      type: "redacted_thinking",
      data: "blob",
    });
  });

  test("R06 R07 thinking of another maker, or without a signature, is dropped and reported", () => {
    for (const block of [thinking("t", signed("gemini")), thinking("t")]) {
      const written = write(request(toolTurn(block)));
      expect(contentOf(written.body, 1)).toEqual([{ type: "tool_use", id: "a", name: "look", input: {} }]);
      expect(written.lost).toEqual(["messages.reasoning_content"]);
    }
  });

  test("R09 a host that wants unsigned thinking back gets it", () => {
    const written = write(request(toolTurn(thinking("t"))), { reasoningReplay: "reasoning_content" });
    expect(contentOf(written.body, 1)[0]).toEqual({
      type: "thinking",
      thinking: "t",
      signature: "",
    });
    expect(written.lost).toEqual([]);
  });

  test("a cache mark is never put on thinking, and thinking before a prefill is left out", () => {
    const marked = { ...thinking("t", signed("anthropic")), cache: {} } as Block;
    expect(write(request(toolTurn(marked))).text).not.toContain("cache_control");
    const written = write(request([user("x"), assistant(thinking("t", signed("anthropic")), "So")]));
    expect((written.body["messages"] as JsonObject[])[1]).toEqual({ role: "assistant", content: [text("So")] });
    expect(written.lost).toEqual(["messages.reasoning_content"]);
  });

  test("opaque state of other makers on text and calls is reported", () => {
    const turns = [
      user("x"),
      assistant({ type: "text", text: "t", state: signed("gemini") }, {
        ...call("a"),
        state: signed("gemini"),
      } as Block),
      user(result("a", "r")),
    ];
    expect(write(request(turns)).lost).toEqual(["messages.extra_content"]);
  });
});

describe("media", () => {
  const send = (...blocks: Block[]) => write(request([user(...blocks)]));
  const first = (...blocks: Block[]) => contentOf(send(...blocks).body, 0)[0];

  test("M21 an image's type is spelled as the API wants it", () => {
    expect(first({ type: "image", source: { kind: "base64", mediaType: "IMAGE/JPG", data: "AA==" } })).toEqual({
      type: "image",
      source: { type: "base64", media_type: "image/jpeg", data: "AA==" },
    });
    expect(first({ type: "image", source: { kind: "url", url: "data:image/JPG;base64,AA==" } })).toEqual({
      type: "image",
      source: { type: "base64", media_type: "image/jpeg", data: "AA==" },
    });
  });

  test("an image by link, and its detail, which is reported", () => {
    const written = send({
      type: "image",
      source: { kind: "url", url: "https://a.example/x.png" },
      detail: "high",
    });
    expect(contentOf(written.body, 0)).toEqual([
      { type: "image", source: { type: "url", url: "https://a.example/x.png" } },
    ]);
    expect(written.lost).toEqual(["image_url.detail"]);
  });

  test("a PDF is a document with its name as title, a text file a text source, a picture in a file an image", () => {
    const file = (mediaType: string, data: string, name: string): Block => ({
      type: "file",
      source: { kind: "base64", mediaType, data },
      name,
    });
    expect(first(file("application/pdf", "JVBE", "a.pdf"))).toEqual({
      type: "document",
      source: { type: "base64", media_type: "application/pdf", data: "JVBE" },
      title: "a.pdf",
    });
    expect(first(file("text/csv", btoa("a,b"), "t.csv"))).toEqual({
      type: "document",
      source: { type: "text", media_type: "text/plain", data: "a,b" },
      title: "t.csv",
    });
    expect(first(file("application/octet-stream", "JVBE", "b.PDF"))?.["source"]).toMatchObject({
      media_type: "application/pdf",
    });
    expect(first(file("image/png", "AA==", "p.png"))?.["type"]).toBe("image");
  });

  const refused: [name: string, block: Block, field: string][] = [
    ["sound", { type: "audio", source: { kind: "base64", mediaType: "audio/wav", data: "AA==" } }, "input_audio"],
    ["video", { type: "video", source: { kind: "url", url: "https://a.example/v.mp4" } }, "video_url"],
    [
      "an image of an unknown type",
      { type: "image", source: { kind: "base64", mediaType: "image/tiff", data: "AA==" } },
      "image_url",
    ],
    ["an image in a bucket", { type: "image", source: { kind: "url", url: "gs://b/x.png" } }, "image_url"],
    [
      "a file id of another provider",
      { type: "file", source: { kind: "file-id", id: "file-1", origin: "openai-chat" } },
      "file",
    ],
    [
      "a spreadsheet",
      { type: "file", source: { kind: "base64", mediaType: "application/vnd.ms-excel", data: "AA==" } },
      "file",
    ],
  ];
  for (const [name, block, field] of refused) {
    test(`${name} is refused, naming the field`, () => {
      expect(refusal(() => send({ type: "text", text: "t" }, block))).toMatchObject({
        code: "unsupported",
        param: `messages[0].content[1].${field}`,
      });
    });
  }

  test("M30 blocks that only Anthropic has go back verbatim; another dialect's are reported", () => {
    const pair: Block[] = [
      {
        type: "opaque",
        dialect: "anthropic-messages",
        raw: { type: "server_tool_use", id: "s", name: "web_search", input: {} },
      },
      {
        type: "opaque",
        dialect: "anthropic-messages",
        raw: { type: "web_search_tool_result", tool_use_id: "s", content: [] },
      },
    ];
    const other: Block = { type: "opaque", dialect: "openai-chat", raw: { type: "novelty" } };
    const written = write(request([user("x"), assistant(...pair, "found", other), user("y")]));
    expect(contentOf(written.body, 1)).toEqual([
      { type: "server_tool_use", id: "s", name: "web_search", input: {} },
      { type: "web_search_tool_result", tool_use_id: "s", content: [] },
      text("found"),
    ]);
    expect(written.lost).toEqual(["messages.content.novelty"]);
  });

  test("a paused turn goes back untouched as the last message", () => {
    const paused: Block = {
      type: "opaque",
      dialect: "anthropic-messages",
      raw: { type: "server_tool_use", id: "s", name: "w", input: {} },
    };
    const last = contentOf(write(request([user("x"), assistant(thinking("t", signed("anthropic")), paused)])).body, -1);
    expect(last.map(({ type }) => type)).toEqual(["thinking", "server_tool_use"]);
  });

  test("citations of its own go back, others are reported", () => {
    const raw = { type: "char_location", cited_text: "c", document_index: 0 };
    const mine = write(
      request([user("x"), assistant({ type: "text", text: "t", citations: [{ kind: "document", raw }] }), user("y")]),
    );
    expect(contentOf(mine.body, 1)).toEqual([{ ...text("t"), citations: [raw] }]);
    const theirs: Block = {
      type: "text",
      text: "t",
      citations: [{ kind: "url", url: "u", raw: { type: "url_citation" } }],
    };
    expect(write(request([user("x"), assistant(theirs), user("y")])).lost).toEqual(["messages.annotations"]);
  });
});
