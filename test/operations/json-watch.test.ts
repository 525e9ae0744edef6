// A JSON reply that passes in pieces: what its members say, and whether it is whole.
import { describe, expect, test } from "bun:test";
import { JsonWatch } from "../../src/operations/json-watch.ts";

function watch(text: string, size: number, wanted: readonly string[] = ["usage", "model", "error"]): JsonWatch {
  const found = new JsonWatch(wanted);
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) found.push(bytes.subarray(at, at + size));
  return found;
}

describe("a watched reply", () => {
  const reply =
    ' {"data":[{"usage":1,"b64":"x\\"}{\\\\"}], "usage" : {"total_tokens":3,"details":[1,{"a":"}\\""}]},"model":"m\\u00e4\\n"}\n';

  test("tells the members that are wanted, from the top level alone, in pieces of any size", () => {
    for (let size = 1; size < 60; size++) {
      const { members, isWhole } = watch(reply, size);
      expect(members).toEqual({ usage: { total_tokens: 3, details: [1, { a: '}"' }] }, model: "mä\n" });
      expect(isWhole).toBe(true);
    }
  });

  test("is whole at the end of its object, and not before or behind it", () => {
    const end = reply.lastIndexOf("}");
    for (const [text, whole] of [
      [reply.slice(0, end), false],
      [`${reply}x`, false],
      ["[1,2]", true],
      ["{}", true],
      ['"text"', false],
      ["", false],
    ] as const) {
      for (const size of [1, 3, 1000]) expect(watch(text, size).isWhole).toBe(whole);
    }
  });

  test("keeps nothing of a member that is too long", () => {
    const long = `{"usage":"${"a".repeat(70_000)}","error":{"list":[${"1,".repeat(40_000)}1]},"model":"m"}`;
    for (const size of [1000, 200_000]) {
      const { members, isWhole } = watch(long, size);
      expect(members).toEqual({ model: "m" });
      expect(isWhole).toBe(true);
    }
  });
});
