// The named edits of a Responses body.
import { describe, expect, test } from "bun:test";
import { adjustments } from "../../../src/dialects/openai-responses/adjust.ts";
import { adjusted } from "../adjusted.ts";

const adjust = adjusted(adjustments, { provider: "p", providerType: "p", model: "m", origin: "openai", flags: {} });

describe("subscription", () => {
  test("takes away what the backend refuses, null without a word", () => {
    const body = {
      model: "m",
      input: [],
      store: false,
      stream: true,
      temperature: 1,
      user: null,
      previous_response_id: "r",
    };
    expect(adjust("subscription", body)).toEqual({
      body: { model: "m", input: [], store: false, stream: true },
      lost: ["temperature", "previous_response_id"],
    });
  });

  test("streams always, stores never, and says what storing was lost", () => {
    expect(adjust("subscription", { input: [], store: true })).toEqual({
      body: { input: [], store: false, stream: true },
      lost: ["store"],
    });
    expect(adjust("subscription", { input: [] }).lost).toEqual([]);
  });

  test("makes a list of a text", () => {
    expect(adjust("subscription", { input: "hi" }).body["input"]).toEqual([
      { type: "message", role: "user", content: [{ type: "input_text", text: "hi" }] },
    ]);
  });
});

test("without-store stores nothing, and says so", () => {
  expect(adjust("without-store", { store: true })).toEqual({ body: { store: false }, lost: ["store"] });
  expect(adjust("without-store", { store: false })).toEqual({ body: { store: false }, lost: [] });
  expect(adjust("without-store", {})).toEqual({ body: {}, lost: [] });
});
