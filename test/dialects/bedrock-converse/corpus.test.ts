// Every recorded Converse reply, re-encoded as event-stream messages, against what its own lines say.
import { describe, expect, test } from "bun:test";
import type { Block } from "../../../src/core/chat.ts";
import type { ReplyEvent } from "../../../src/core/events.ts";
import type { Usage } from "../../../src/core/usage.ts";
import type { Frame } from "../../../src/dialects/dialect.ts";
import { openDecoder } from "../../../src/dialects/framing/decoder.ts";
import { joined, recordedMessage } from "../../support/aws-event-stream.ts";
import { payloads, readText, streams, wholeReplies } from "../../support/corpus.ts";
import { failureOf, fold, readStream, readWhole, terminals, upstream } from "./support.ts";

function framesOf(bytes: Uint8Array, chunkBytes: number): Frame[] {
  const frames: Frame[] = [];
  const decoder = openDecoder(upstream, (frame) => frames.push(frame));
  for (let at = 0; at < bytes.length; at += chunkBytes) decoder.push(bytes.subarray(at, at + chunkBytes));
  decoder.end();
  return frames;
}

const read = (lines: readonly string[], chunkBytes = Number.MAX_SAFE_INTEGER): ReplyEvent[] =>
  readStream(framesOf(joined(lines.map(recordedMessage)), chunkBytes));

type Part = { kind: string; text: string; id?: string; name?: string; signature?: string };
type Wire = Record<string, Record<string, never>>;

/** What the lines say, block by block: each delta's words under the block's index. */
function said(lines: readonly string[]): Part[] {
  const parts = new Map<number, Part>();
  for (const line of lines) {
    const [name, event] = Object.entries(JSON.parse(line) as Wire)[0] ?? ["", {}];
    const {
      contentBlockIndex: index,
      delta,
      start,
    } = event as unknown as {
      contentBlockIndex: number;
      delta: { text?: string; toolUse?: { input: string }; reasoningContent?: { text?: string; signature?: string } };
      start?: { toolUse?: { toolUseId: string; name: string } };
    };
    if (name === "contentBlockStart" && start?.toolUse) {
      parts.set(index, { kind: "tool-call", text: "", id: start.toolUse.toolUseId, name: start.toolUse.name });
    }
    if (name !== "contentBlockDelta") continue;
    const part = parts.get(index) ?? { kind: delta.reasoningContent ? "reasoning" : "text", text: "" };
    parts.set(index, part);
    part.text += delta.text ?? delta.toolUse?.input ?? delta.reasoningContent?.text ?? "";
    if (delta.reasoningContent?.signature) part.signature = delta.reasoningContent.signature;
  }
  return [...parts.values()].map((part) =>
    part.kind === "tool-call" && part.text === "" ? { ...part, text: "{}" } : part,
  );
}

function shown(blocks: readonly Block[]): Part[] {
  return blocks.map((block): Part => {
    if (block.type === "tool-call") {
      return { kind: "tool-call", text: block.argumentsText, id: block.id, name: block.name };
    }
    if (block.type === "reasoning") {
      return { kind: "reasoning", text: block.text, ...(block.state ? { signature: String(block.state.value) } : {}) };
    }
    return { kind: block.type, text: block.type === "text" ? block.text : "" };
  });
}

const counts = (usage: Usage | undefined) =>
  usage && { inputTokens: usage.inputTokens, outputTokens: usage.outputTokens, totalTokens: usage.totalTokens };

// Read off the recordings by eye: stop reason and token counts.
type Ending = { stop: string; tokens: [input: number, output: number, total: number] | undefined };
const endings: { readonly [name: string]: Ending } = {
  text: { stop: "end", tokens: [22, 55, 77] },
  reasoning: { stop: "end", tokens: [51, 94, 145] },
  "json-with-tool.1": { stop: "tool-calls", tokens: undefined },
  "json-other-tool.1": { stop: "tool-calls", tokens: [843, 28, 871] },
};

describe("streamed recordings", () => {
  for (const recording of streams("bedrock-converse")) {
    const lines = payloads(recording);

    test(`${recording.name} reads as its lines say`, () => {
      const events = read(lines);
      expect(terminals(events)).toEqual([{ type: "end" }]);
      expect(shown(fold(events).choices[0]?.blocks ?? [])).toEqual(said(lines));
    });

    for (const chunkBytes of [1, 2, 3]) {
      test(`S52 ${recording.name} reads the same in chunks of ${chunkBytes}`, () => {
        expect(read(lines, chunkBytes)).toEqual(read(lines));
      });
    }

    test(`${recording.name} cut after any message ends in exactly one terminal event`, () => {
      const stop = lines.findIndex((line) => line.startsWith('{"messageStop"'));
      for (let kept = 0; kept < lines.length; kept++) {
        const events = read(lines.slice(0, kept));
        expect(terminals(events)).toHaveLength(1);
        expect(events.at(-1)).toBe(terminals(events)[0] as ReplyEvent);
        expect(failureOf(events)).toBe(kept > stop ? "none" : "upstream_truncated");
      }
    });

    test(`${recording.name} cut inside its last message before the stop is truncated`, () => {
      const bytes = joined(lines.map(recordedMessage));
      const stop = lines.findIndex((line) => line.startsWith('{"messageStop"'));
      const before = joined(lines.slice(0, stop + 1).map(recordedMessage)).length;
      for (const missing of [1, 4, 5, 20]) {
        expect(failureOf(readStream(framesOf(bytes.subarray(0, before - missing), 64)))).toBe("upstream_truncated");
      }
    });
  }

  for (const [name, { stop, tokens }] of Object.entries(endings)) {
    test(`S54 ${name} keeps its stop and its usage, whichever comes first`, () => {
      const recording = streams("bedrock-converse").find((each) => each.name.endsWith(`amazon-bedrock-${name}`));
      const reply = fold(read(payloads(recording as NonNullable<typeof recording>)));
      expect(reply.choices[0]?.stop.kind).toBe(stop as never);
      const [inputTokens, outputTokens, totalTokens] = tokens ?? [];
      expect(counts(reply.usage) as unknown).toEqual(tokens && { inputTokens, outputTokens, totalTokens });
    });
  }
});

type WholeWire = {
  output: { message: { content: Record<string, Record<string, unknown>>[] } };
  usage: { inputTokens: number; outputTokens: number; totalTokens: number };
  stopReason: string;
};

describe("whole recordings", () => {
  for (const recording of wholeReplies("bedrock-converse")) {
    test(`${recording.name} reads as it is written`, () => {
      const wire = JSON.parse(readText(recording)) as WholeWire;
      const events = readWhole(JSON.parse(readText(recording)));
      expect(terminals(events)).toEqual([{ type: "end" }]);
      const reply = fold(events);
      const expected = wire.output.message.content.map((block) => {
        const { toolUse, reasoningContent, text } = block;
        if (toolUse) {
          const { toolUseId: id, name, input } = toolUse;
          return { kind: "tool-call", text: JSON.stringify(input), id, name };
        }
        const reasoning = reasoningContent?.["reasoningText"] as { text: string; signature: string } | undefined;
        if (reasoning) return { kind: "reasoning", text: reasoning.text, signature: reasoning.signature };
        return { kind: "text", text };
      });
      expect(shown(reply.choices[0]?.blocks ?? []) as unknown).toEqual(expected);
      const { inputTokens, outputTokens, totalTokens } = wire.usage;
      expect(counts(reply.usage)).toEqual({ inputTokens, outputTokens, totalTokens });
      expect(reply.choices[0]?.stop.kind).toBe(wire.stopReason === "tool_use" ? "tool-calls" : "end");
    });
  }
});
