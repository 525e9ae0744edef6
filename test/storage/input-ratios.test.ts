// The table of ratios: what was kept is found, and the table does not grow without end.
import { expect, test } from "bun:test";
import { openInputRatios } from "../../src/storage/memory/input-ratios.ts";

test("finds what was kept last, and nothing of a model that it has not seen", () => {
  const ratios = openInputRatios();
  expect(ratios.find("a")).toBeUndefined();
  ratios.keep("a", 0.3);
  ratios.keep("a", 0.4);
  expect(ratios.find("a")).toBe(0.4);
  ratios.close();
  expect(ratios.find("a")).toBeUndefined();
});

test("holds 2000 models: whoever was kept longest ago leaves first", () => {
  const ratios = openInputRatios();
  for (let index = 0; index < 2000; index++) ratios.keep(`m${index}`, 0.3);
  ratios.keep("m0", 0.5);
  ratios.keep("new", 0.3);
  expect([ratios.find("m0"), ratios.find("m1"), ratios.find("m2"), ratios.find("new")]).toEqual([
    0.5,
    undefined,
    0.3,
    0.3,
  ]);
});
