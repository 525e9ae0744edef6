// Reasoning, citations and media in replies: one behaviour a test, after the traps of translation.md.
import { describe, expect, test } from "bun:test";
import { blocksOf, chunk, eventsOf, finish, replyOf, textOf, wholeEvents } from "./upstream-support.ts";

function blocks(deltas: readonly Parameters<typeof chunk>[0][], repairs?: readonly string[]) {
  return blocksOf(eventsOf([...deltas.map((delta) => chunk(delta)), finish("stop")], repairs ? { repairs } : {}));
}

function whole(message: Parameters<typeof chunk>[0], repairs?: readonly string[]) {
  return blocksOf(wholeEvents({ choices: [{ index: 0, message, finish_reason: "stop" }] }, repairs));
}

describe("reasoning", () => {
  test("R13 reasoning and reasoning_content are read, and both together count once", () => {
    for (const field of ["reasoning", "reasoning_content"]) {
      expect(blocks([{ [field]: "a" }, { content: "b" }])).toEqual([
        { type: "reasoning", text: "a" },
        { type: "text", text: "b" },
      ]);
    }
    expect(textOf(blocks([{ reasoning: "a", reasoning_content: "a" }]), "reasoning")).toBe("a");
  });

  test("R12 reasoning after content is a block of its own, in its place", () => {
    expect(
      blocks([{ reasoning_content: "a" }, { content: "b" }, { reasoning_content: "c" }, { content: "d" }]),
    ).toEqual([
      { type: "reasoning", text: "a" },
      { type: "text", text: "b" },
      { type: "reasoning", text: "c" },
      { type: "text", text: "d" },
    ]);
  });

  test("R10 R11 S31 the first chunk may be reasoning, and no empty block is opened for the rest", () => {
    expect(
      blocks([
        { role: "assistant", content: "", reasoning_content: "a" },
        { content: null, reasoning_content: "b" },
      ]),
    ).toEqual([{ type: "reasoning", text: "ab" }]);
  });

  test("R14 reasoning_content as an object is read with its signature", () => {
    const state = { origin: "anthropic", kind: "signature", value: "S" } as const;
    expect(whole({ content: "x", reasoning_content: { text: "a", signature: "S" } })[0]).toEqual({
      type: "reasoning",
      text: "a",
      state,
    });
    expect(
      whole({ content: "x", reasoning_content: { reasoningText: { text: "a", signature: "S" } } })[0],
    ).toMatchObject({ text: "a", state });
  });

  test("R02 a signature that comes after the text belongs to its block", () => {
    expect(
      blocks([
        {
          reasoning: "a",
          reasoning_details: [{ type: "reasoning.text", text: "a", format: "anthropic-claude-v1", index: 0 }],
        },
        {
          reasoning: "b",
          reasoning_details: [{ type: "reasoning.text", text: "b", format: "anthropic-claude-v1", index: 0 }],
        },
        { reasoning_details: [{ type: "reasoning.text", signature: "S", format: "anthropic-claude-v1", index: 0 }] },
        { content: "c" },
      ]),
    ).toEqual([
      { type: "reasoning", text: "ab", state: { origin: "anthropic", kind: "signature", value: "S" } },
      { type: "text", text: "c" },
    ]);
  });

  test("R28 every entry of reasoning_details is kept: text, redacted and encrypted ones, each with its maker", () => {
    const details = [
      { type: "reasoning.text", text: "a", signature: "S", format: "anthropic-claude-v1", index: 0 },
      { type: "reasoning.encrypted", data: "R", format: "anthropic-claude-v1", index: 1 },
      { type: "reasoning.summary", summary: "s", format: "openai-responses-v1", index: 2 },
      { type: "reasoning.encrypted", data: "E", format: "openai-responses-v1", index: 2 },
      { type: "reasoning.encrypted", data: "X", format: "xai-responses-v1", index: 3 },
    ];
    expect(whole({ content: null, reasoning: "a", reasoning_details: details })).toEqual([
      { type: "reasoning", text: "a", state: { origin: "anthropic", kind: "signature", value: "S" } },
      { type: "reasoning", text: "", state: { origin: "anthropic", kind: "redacted", value: "R" } },
      { type: "reasoning", text: "s", state: { origin: "openai", kind: "encrypted", value: "E" } },
      { type: "reasoning", text: "", state: { origin: "xai-responses-v1", kind: "encrypted", value: "X" } },
    ]);
  });

  test("an empty list of reasoning_details leaves the plain text to count (ccr#1081)", () => {
    expect(whole({ content: "x", reasoning: "a", reasoning_details: [] })[0]).toEqual({ type: "reasoning", text: "a" });
  });

  test("encrypted details take the text that stands beside them", () => {
    const details = [{ type: "reasoning.encrypted", data: "E", format: "openai-responses-v1", index: 0 }];
    expect(whole({ content: "x", reasoning: "a", reasoning_details: details })[0]).toEqual({
      type: "reasoning",
      text: "a",
      state: { origin: "openai", kind: "encrypted", value: "E" },
    });
  });

  test("R09 LiteLLM's thinking_blocks are read with their signatures, and not beside reasoning_content once more", () => {
    const thinking = [
      { type: "thinking", thinking: "a", signature: "S" },
      { type: "redacted_thinking", data: "R" },
    ];
    expect(whole({ content: "x", reasoning_content: "a", thinking_blocks: thinking }).slice(0, 2)).toEqual([
      { type: "reasoning", text: "a", state: { origin: "anthropic", kind: "signature", value: "S" } },
      { type: "reasoning", text: "", state: { origin: "anthropic", kind: "redacted", value: "R" } },
    ]);
  });

  test("R24 R26 Gemini's signatures behind OpenRouter go to their call, to the text, or into a block of their own", () => {
    const state = { origin: "gemini", kind: "signature", value: "G" } as const;
    const detail = { type: "reasoning.encrypted", data: "G", format: "google-gemini-v1" };
    const call = { index: 0, id: "t", type: "function", function: { name: "f", arguments: '{"x":1}' } };
    expect(blocks([{ reasoning_details: [{ ...detail, id: "t" }] }, { tool_calls: [call] }])).toMatchObject([
      { type: "tool-call", state },
    ]);
    expect(blocks([{ tool_calls: [call] }, { reasoning_details: [{ ...detail, id: "t" }] }])).toMatchObject([
      { type: "tool-call", state },
    ]);
    expect(blocks([{ content: "a" }, { reasoning_details: [detail] }])).toEqual([{ type: "text", text: "a", state }]);
    expect(blocks([{ reasoning_details: [detail] }, { content: "a" }])).toEqual([{ type: "text", text: "a", state }]);
    expect(blocks([{ reasoning_details: [{ ...detail, id: "gone" }] }])).toEqual([
      { type: "reasoning", text: "", state },
    ]);
  });

  test("R22 MiniMax's cumulative reasoning_details are told once where the row says so", () => {
    const deltas = ["a", "ab", "abc"].map((text) => ({
      reasoning_details: [{ type: "reasoning.text", text, index: 0 }],
    }));
    expect(blocks([...deltas, { content: "x", ...deltas[2] }], ["cumulative-reasoning"])).toEqual([
      { type: "reasoning", text: "abc" },
      { type: "text", text: "x" },
    ]);
  });

  test("S61 a reasoning delta that comes twice in a row is told once where the row says so", () => {
    const deltas = [{ reasoning_content: "a" }, { reasoning_content: "a" }, { reasoning_content: "b" }];
    expect(textOf(blocks(deltas, ["duplicate-reasoning"]), "reasoning")).toBe("ab");
    expect(textOf(blocks(deltas), "reasoning")).toBe("aab");
  });

  test("R43 X43 JSON that stands in the reasoning alone is the answer where the row says so", () => {
    const message = { content: "", reasoning_content: ' {"a":1} ' };
    expect(textOf(whole(message, ["json-in-reasoning"]), "text")).toBe('{"a":1}');
    expect(textOf(whole(message), "text")).toBe("");
    expect(textOf(whole({ ...message, reasoning_content: "I think" }, ["json-in-reasoning"]), "text")).toBe("");
  });
});

describe("think tags in content", () => {
  const repairs = ["think-tags"];
  const written = "<think>\nLet me <b> see.\n</think>\n\nThe answer is 3 < 4.";

  function cut(text: string, size: number): { content: string }[] {
    return Array.from({ length: Math.ceil(text.length / size) }, (_value, index) => ({
      content: text.slice(index * size, (index + 1) * size),
    }));
  }

  for (const size of [1, 2, 3, 5, 7, 100]) {
    test(`R21 tags are found in pieces of ${size} characters`, () => {
      expect(blocks(cut(written, size), repairs)).toEqual([
        { type: "reasoning", text: "Let me <b> see." },
        { type: "text", text: "The answer is 3 < 4." },
      ]);
    });
  }

  test("R21 a reply that begins within the reasoning is split by the closing tag", () => {
    const text = "Let me see.</think>Done.";
    const expected = [
      { type: "reasoning", text: "Let me see." },
      { type: "text", text: "Done." },
    ] as const;
    expect(blocks(cut(text, 3), ["think-open"])).toEqual([...expected]);
    expect(whole({ content: text }, repairs)).toEqual([...expected]);
  });

  test("an answer that talks about the tags stays as it is", () => {
    const text = "Use <think> and </think> so.";
    expect(textOf(blocks(cut(text, 4), repairs), "text")).toBe(text);
  });

  test("reasoning that is cut off is reasoning, and text that only begins like a tag is text", () => {
    expect(blocks([{ content: "<think>a" }, { content: "b</th" }], repairs)).toEqual([
      { type: "reasoning", text: "ab</th" },
    ]);
    expect(blocks([{ content: "<th" }], repairs)).toEqual([{ type: "text", text: "<th" }]);
  });

  test("without the repair the tags are text", () => {
    expect(textOf(blocks([{ content: written }]), "text")).toBe(written);
  });
});

describe("other parts of a reply", () => {
  test("S62 content as an array of chunks is read as its parts, with or without the row's word for it", () => {
    const deltas = [
      { content: [{ type: "thinking", thinking: [{ type: "text", text: "a" }] }] },
      {
        content: [
          { type: "text", text: "b" },
          { type: "reference", reference_ids: [1] },
        ],
      },
      { content: "c" },
    ];
    for (const repairs of [undefined, ["content-chunks"]]) {
      expect(blocks(deltas, repairs)).toEqual([
        { type: "reasoning", text: "a" },
        { type: "text", text: "bc", citations: [{ kind: "document", raw: { type: "reference", reference_ids: [1] } }] },
      ]);
    }
  });

  test("a chunk of an unknown type is kept verbatim", () => {
    const raw = { type: "hologram", data: 1 };
    expect(whole({ content: [raw] })).toEqual([{ type: "opaque", dialect: "openai-chat", raw }]);
  });

  test("a refusal is a block of its own", () => {
    expect(blocks([{ refusal: "I can" }, { refusal: "not" }])).toEqual([{ type: "refusal", text: "I cannot" }]);
  });

  test("annotations are citations of the open text, with offsets into that text", () => {
    const raw = { type: "url_citation", url_citation: { url: "u", title: "t", start_index: 1, end_index: 2 } };
    expect(whole({ content: "abc", annotations: [raw] })).toEqual([
      {
        type: "text",
        text: "abc",
        citations: [{ kind: "url", url: "u", title: "t", startIndex: 1, endIndex: 2, raw }],
      },
    ]);
    const second = { type: "url_citation", url_citation: { url: "u", title: "t", start_index: 4, end_index: 5 } };
    const found = blocks([{ content: "abc" }, { reasoning: "r" }, { content: "def" }, { annotations: [second] }]);
    expect(found[2]).toMatchObject({ citations: [{ startIndex: 1, endIndex: 2 }] });
  });

  test("annotations without any text are reported", () => {
    const body = {
      choices: [
        { message: { content: null, annotations: [{ type: "url_citation", url: "u" }] }, finish_reason: "stop" },
      ],
    };
    expect(replyOf(wholeEvents(body)).lost).toEqual(["message.annotations"]);
  });

  test("images of a reply are parts", () => {
    const images = [{ type: "image_url", image_url: { url: "data:image/png;base64,AAAA" } }];
    expect(whole({ content: "x", images })[1]).toEqual({
      type: "image",
      source: { kind: "base64", mediaType: "image/png", data: "AAAA" },
    });
  });

  test("sound is put together from its pieces, each of which is base64 of its own", () => {
    const found = blocks([
      { audio: { id: "a1" } },
      { audio: { transcript: "He", data: Buffer.from("ab").toString("base64") } },
      { audio: { transcript: "llo", data: Buffer.from("cd").toString("base64") } },
      { audio: { expires_at: 9 } },
    ]);
    expect(found).toEqual([
      {
        type: "audio",
        id: "a1",
        transcript: "Hello",
        source: { kind: "base64", mediaType: "audio/pcm", data: Buffer.from("abcd").toString("base64") },
        extra: { "openai-chat": { expires_at: 9 } },
      },
    ]);
  });

  test("a wav file is known by its first bytes", () => {
    const data = Buffer.from("RIFF....WAVE").toString("base64");
    expect(whole({ content: null, audio: { id: "a", data } })[0]).toMatchObject({ source: { mediaType: "audio/wav" } });
  });

  test("M29 a message without content has no blocks, and one without a message is no fault", () => {
    expect(whole({ role: "assistant", content: null })).toEqual([]);
    expect(blocksOf(wholeEvents({ choices: [{ index: 0, finish_reason: "length" }] }))).toEqual([]);
  });

  test("X34 a whole reply without choices is no reply", () => {
    for (const body of [{ choices: [] }, { id: "x" }, "text", null, [1]]) {
      expect(wholeEvents(body)).toMatchObject([{ type: "error", error: { code: "upstream_malformed" } }]);
    }
  });

  test("X34 MiniMax's base_resp inside a 200 is an error", () => {
    const failed = { choices: null, base_resp: { status_code: 1008, status_msg: "insufficient balance" } };
    expect(wholeEvents(failed)).toMatchObject([{ type: "error", error: { code: "quota_exhausted" } }]);
    const fine = {
      choices: [{ message: { content: "a" }, finish_reason: "stop" }],
      base_resp: { status_code: 0, status_msg: "" },
    };
    expect(wholeEvents(fine).at(-1)).toEqual({ type: "end" });
  });
});
