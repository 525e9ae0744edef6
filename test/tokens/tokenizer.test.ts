// The tokenizer's thread: right counts, and no count rather than a late one when it stalls, breaks or has too much to do.
import { afterEach, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { piecesOf } from "../../src/tokens/pieces.ts";
import { openTokenizer, type Tokenizer } from "../../src/tokens/tokenizer.ts";

const file = join(import.meta.dir, "../../src/tokens/worker.ts");
const real = () => new Worker(file);
const scripted = (script: string) => new Worker(URL.createObjectURL(new Blob([script])));

let tokenizer: Tokenizer;
afterEach(() => tokenizer.close());

describe("a count", () => {
  // github.com/openai/openai-cookbook, "How to count tokens with tiktoken".
  test.each([
    { model: "gpt-4", text: "tiktoken is great!", tokens: 6 },
    { model: "gpt-3.5-turbo", text: "antidisestablishmentarianism", tokens: 6 },
    { model: "gpt-4", text: "2 + 2 = 4", tokens: 7 },
    { model: "gpt-4", text: "お誕生日おめでとう", tokens: 9 },
    { model: "gpt-4o", text: "antidisestablishmentarianism", tokens: 6 },
    { model: "gpt-4o", text: "お誕生日おめでとう", tokens: 8 },
    { model: "gpt-4.1", text: "", tokens: 0 },
  ])("of $text for $model is OpenAI's own", async ({ model, text, tokens }) => {
    tokenizer = openTokenizer({ openWorker: real });
    expect(await tokenizer.count(model, [text])).toBe(tokens);
  });

  test("is raised for makers whose tokenizer is finer", async () => {
    tokenizer = openTokenizer({ openWorker: real });
    expect(await tokenizer.count("claude-sonnet-4-5", ["tiktoken is great! ".repeat(100)])).toBeGreaterThan(
      (await tokenizer.count("gpt-4o", ["tiktoken is great! ".repeat(100)])) as number,
    );
  });

  test("takes the words of special tokens for words", async () => {
    tokenizer = openTokenizer({ openWorker: real });
    expect(await tokenizer.count("gpt-4o", ["a <|endoftext|> b"])).toBeGreaterThan(4);
  });

  test("of a long run without a blank takes no longer than of a text", async () => {
    tokenizer = openTokenizer({ openWorker: real });
    expect(await tokenizer.count("gpt-4o", ["a".repeat(1_000_000)])).toBeWithin(100_000, 150_000);
  });

  test("of a very long text is that of its beginning, many times over", async () => {
    tokenizer = openTokenizer({ openWorker: real });
    const tokens = await tokenizer.count("gpt-4o", ["word ".repeat(800_000), "word ".repeat(800_000)]);
    expect(tokens).toBeWithin(1_500_000, 1_700_000);
  });
});

describe("no count", () => {
  const answering = "self.onmessage = ({ data }) => self.postMessage({ tokens: data.texts.length });";

  test("when the thread stalls; the next job gets another thread", async () => {
    const scripts = ["self.onmessage = () => { for (;;); };", answering];
    tokenizer = openTokenizer({ openWorker: () => scripted(scripts.shift() as string), timeoutMs: 300 });
    expect(await tokenizer.count("gpt-4o", ["a"])).toBeUndefined();
    expect(await tokenizer.count("gpt-4o", ["a", "b"])).toBe(2);
  });

  test.each([
    ["throws", "self.onmessage = () => { throw new Error('broken'); };"],
    ["ends", "self.onmessage = () => process.exit(1);"],
  ])("when the thread %s; the next job gets another thread", async (_name, script) => {
    const scripts = [script, answering];
    tokenizer = openTokenizer({ openWorker: () => scripted(scripts.shift() as string) });
    expect(await tokenizer.count("gpt-4o", ["a"])).toBeUndefined();
    expect(await tokenizer.count("gpt-4o", ["a", "b"])).toBe(2);
  });

  test("when no thread can be started", async () => {
    tokenizer = openTokenizer({
      openWorker: () => {
        throw new Error("no threads");
      },
    });
    expect(await tokenizer.count("gpt-4o", ["a"])).toBeUndefined();
  });

  test("when too many wait: those before are answered", async () => {
    tokenizer = openTokenizer({ openWorker: () => scripted(answering) });
    const counts = await Promise.all(Array.from({ length: 70 }, () => tokenizer.count("gpt-4o", ["a"])));
    expect([counts.filter((tokens) => tokens === 1).length, counts[63], counts[64]]).toEqual([64, 1, undefined]);
  });

  test("after the end", async () => {
    tokenizer = openTokenizer({ openWorker: () => scripted("self.onmessage = () => {};") });
    const waiting = tokenizer.count("gpt-4o", ["a"]);
    tokenizer.close();
    expect([await waiting, await tokenizer.count("gpt-4o", ["a"])]).toEqual([undefined, undefined]);
  });
});

test("an idle thread is ended, and a new one started when it is needed", async () => {
  let opened = 0;
  tokenizer = openTokenizer({
    openWorker: () => {
      opened++;
      return scripted("self.onmessage = () => self.postMessage({ tokens: 1 });");
    },
    idleMs: 1,
  });
  await tokenizer.count("gpt-4o", ["a"]);
  while (opened < 2) {
    await Bun.sleep(2);
    await tokenizer.count("gpt-4o", ["a"]);
  }
  expect(opened).toBe(2);
});

test("texts are cut only inside long runs, and lose nothing", () => {
  const words = "one two  three\n".repeat(200);
  expect(piecesOf(words)).toEqual([words]);
  const text = `start ${"x".repeat(2000)} middle ${" ".repeat(1500)}end`;
  const pieces = piecesOf(text);
  expect(pieces.join("")).toBe(text);
  expect(pieces.length).toBeGreaterThan(5);
  expect(Math.max(...pieces.map((piece) => piece.length))).toBeLessThan(1100);
});
