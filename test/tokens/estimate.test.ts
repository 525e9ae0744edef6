// The estimate of a request's input: from its bytes, by a ratio that settled requests of the model teach.
import { describe, expect, test } from "bun:test";
import { emptyUsage } from "../../src/core/usage.ts";
import { outlineOf } from "../../src/dialects/framing/json-outline.ts";
import { openInputRatios } from "../../src/storage/memory/input-ratios.ts";
import { openInputEstimate } from "../../src/tokens/estimate.ts";
import { promptSize } from "../../src/tokens/prompt-size.ts";

const usageOf = (inputTokens: number, rest: object = {}) => ({ ...emptyUsage(), inputTokens, ...rest });
const text = (bytes: number) => ({ bytes, hasMedia: false });

describe("the estimate", () => {
  test("begins with four bytes a token, and is never nothing", () => {
    const estimate = openInputEstimate(openInputRatios());
    expect([estimate.estimateInputTokens("m", 4000), estimate.estimateInputTokens("m", 0)]).toEqual([1000, 1]);
  });

  test("follows what the model's provider counted, and nobody else's", () => {
    const estimate = openInputEstimate(openInputRatios());
    estimate.learn("m", text(1000), usageOf(400));
    expect(estimate.estimateInputTokens("m", 1000)).toBe(400);
    expect(estimate.estimateInputTokens("other", 1000)).toBe(250);
    for (let turn = 0; turn < 50; turn++) estimate.learn("m", text(1000), usageOf(200));
    expect(estimate.estimateInputTokens("m", 10_000)).toBe(2001);
  });

  test.each([
    { name: "a request with pictures", size: { bytes: 1000, hasMedia: true }, usage: usageOf(900) },
    { name: "a count that is itself an estimate", size: text(1000), usage: usageOf(900, { estimated: true }) },
    { name: "a reply without a count", size: text(1000), usage: usageOf(0) },
    { name: "a few words", size: text(60), usage: usageOf(60) },
  ])("learns nothing from $name", ({ size, usage }) => {
    const estimate = openInputEstimate(openInputRatios());
    estimate.learn("m", size, usage);
    expect(estimate.estimateInputTokens("m", 1000)).toBe(250);
  });

  test("never takes a byte for more than a token", () => {
    const estimate = openInputEstimate(openInputRatios());
    estimate.learn("m", text(300), usageOf(1_000_000));
    expect(estimate.estimateInputTokens("m", 1000)).toBe(1000);
  });
});

describe("the size of a prompt", () => {
  const picture = "A".repeat(50_000);
  const sized = (body: unknown, indent?: number) => promptSize(Buffer.from(JSON.stringify(body, null, indent)));

  test.each([
    { name: "a data URL", body: { url: `data:image/png;base64,${picture}` } },
    { name: "a source of Messages", body: { source: { type: "base64", media_type: "image/png", data: picture } } },
    { name: "inline data of Gemini, with blanks", body: { inlineData: { mimeType: "a/b", data: picture } }, indent: 1 },
    { name: "a data URL in a field called data", body: { data: `data:image/png;base64,${picture}` } },
    { name: "two of them", body: [{ data: picture }, { url: `data:a/b;base64,${picture}` }], count: 2 },
  ])("takes as 4 KiB $name", ({ body, indent, count }) => {
    const whole = Buffer.byteLength(JSON.stringify(body, null, indent));
    const expected = { bytes: whole - (count ?? 1) * (picture.length - 4096), hasMedia: true };
    expect(sized(body, indent)).toEqual(expected);
    const outlined = outlineOf(Buffer.from(JSON.stringify(body, null, indent)));
    if (!Array.isArray(body)) expect(outlined).toBeDefined();
    expect(promptSize(Buffer.from(JSON.stringify(body, null, indent)), outlined?.longTexts)).toEqual(expected);
  });

  test("takes a data URL inside of other words as words: that is how a model is told it", () => {
    const body = { text: `see ![it](data:image/png;base64,${picture})`, data: `x${" y".repeat(40)} "data": "z"` };
    const bytes = Buffer.from(JSON.stringify(body));
    const expected = { bytes: bytes.length, hasMedia: false };
    expect(promptSize(bytes)).toEqual(expected);
    expect(promptSize(bytes, outlineOf(bytes)?.longTexts)).toEqual(expected);
  });

  test("takes everything else as it is", () => {
    const body = { data: "short", text: "B".repeat(50_000) };
    expect(sized(body)).toEqual({ bytes: JSON.stringify(body).length, hasMedia: false });
    const figures = { data: Array.from({ length: 2000 }, () => 1) };
    expect(sized(figures)).toEqual({ bytes: JSON.stringify(figures).length, hasMedia: false });
    const bytes = Buffer.from(JSON.stringify(body));
    expect(promptSize(bytes, outlineOf(bytes)?.longTexts)).toEqual({ bytes: bytes.length, hasMedia: false });
  });

  test("survives a value without an end", () => {
    expect(promptSize(Buffer.from('{"data":"AAAA'))).toEqual({ bytes: 13, hasMedia: false });
  });
});
