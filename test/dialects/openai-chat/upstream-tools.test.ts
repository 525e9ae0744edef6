// Tool calls in deltas: which delta belongs to which call (translation.md C5 and E2).
import { describe, expect, test } from "bun:test";
import type { JsonObject } from "../../../src/core/json.ts";
import { blocksOf, callsOf, chunk, eventsOf, finish, replyOf, terminals, wholeEvents } from "./upstream-support.ts";

type Entry = { index?: number; id?: string; name?: string; args?: unknown };

function entry({ index, id, name, args }: Entry): JsonObject {
  return {
    ...(index === undefined ? {} : { index }),
    ...(id === undefined ? {} : { id }),
    type: "function",
    function: { ...(name === undefined ? {} : { name }), ...(args === undefined ? {} : { arguments: args as string }) },
  };
}

/** One chunk per list of entries, then the finish. */
function calls(deltas: readonly (readonly Entry[])[], repairs?: readonly string[]) {
  const payloads = deltas.map((entries) => chunk({ tool_calls: entries.map(entry) }));
  return callsOf(blocksOf(eventsOf([...payloads, finish("tool_calls")], repairs ? { repairs } : {})));
}

const f = (id: string, argumentsText: string, name = "f") => ({ id, name, argumentsText });

describe("which call a delta belongs to", () => {
  test("an id opens a call, the index continues it", () => {
    expect(
      calls([[{ index: 0, id: "a", name: "f", args: "" }], [{ index: 0, args: '{"x"' }], [{ index: 0, args: ":1}" }]]),
    ).toEqual([f("a", '{"x":1}')]);
  });

  test("T34 calls that all have index 0 are told apart by their ids", () => {
    expect(
      calls([
        [{ index: 0, id: "a", name: "f", args: '{"x":1}' }],
        [{ index: 0, id: "b", name: "f", args: '{"x":2}' }],
        [{ index: 0, id: "c", name: "g", args: "{}" }],
      ]),
    ).toEqual([f("a", '{"x":1}'), f("b", '{"x":2}'), f("c", "{}", "g")]);
  });

  test("T35 calls without an index are told apart by their ids, or by coming whole", () => {
    expect(
      calls([
        [
          { id: "a", name: "f", args: '{"x":1}' },
          { id: "b", name: "g", args: "{}" },
        ],
      ]),
    ).toEqual([f("a", '{"x":1}'), f("b", "{}", "g")]);
    const nameless = calls([
      [{ name: "f", args: '{"x":1}' }],
      [{ name: "f", args: '{"x":2}' }],
      [{ name: "g", args: "" }],
    ]);
    expect(nameless.map(({ name, argumentsText }) => [name, argumentsText])).toEqual([
      ["f", '{"x":1}'],
      ["f", '{"x":2}'],
      ["g", ""],
    ]);
  });

  test("T35 a delta with neither index nor id continues the last call", () => {
    expect(calls([[{ id: "a", name: "f", args: "" }], [{ args: '{"x":' }], [{ args: "1}" }]])).toEqual([
      f("a", '{"x":1}'),
    ]);
  });

  test("T36 an empty id on a continuation opens nothing", () => {
    expect(calls([[{ index: 0, id: "a", name: "f", args: "" }], [{ index: 0, id: "", args: "{}" }]])).toEqual([
      f("a", "{}"),
    ]);
  });

  test("T37 an empty name on a continuation erases nothing", () => {
    expect(calls([[{ index: 0, id: "a", name: "f", args: "" }], [{ index: 0, name: "", args: "{}" }]])).toEqual([
      f("a", "{}"),
    ]);
  });

  test("T38 a name that is sent with every delta stands once", () => {
    expect(
      calls([
        [{ index: 0, id: "a", name: "f", args: "{" }],
        [{ index: 0, name: "f", args: '"x":1' }],
        [{ index: 0, name: "f", args: "}" }],
      ]),
    ).toEqual([f("a", '{"x":1}')]);
    expect(
      calls([[{ index: 0, id: "a", name: "f", args: "{}" }], [{ index: 0, id: "a", name: "f", args: "" }]]),
    ).toEqual([f("a", "{}")]);
  });

  test("a name that is cut over deltas is put together", () => {
    expect(
      calls([
        [{ index: 0, id: "a", name: "web" }],
        [{ index: 0, name: "Search", args: "" }],
        [{ index: 0, args: "{}" }],
      ]),
    ).toEqual([f("a", "{}", "webSearch")]);
  });

  test("a call whose id comes after its name is one call", () => {
    expect(calls([[{ index: 0, name: "f" }], [{ index: 0, id: "a", args: "{}" }]])).toEqual([f("a", "{}")]);
  });

  test("T40 indices that begin at 1 are numbered densely", () => {
    const events = eventsOf([
      chunk({ tool_calls: [entry({ index: 1, id: "a", name: "f", args: '{"x":1}' })] }),
      finish("tool_calls"),
    ]);
    expect(events.find((event) => event.type === "block-start")).toMatchObject({ block: 0, id: "a" });
  });

  test("T41 a used index with a new id in a later chunk is a further call", () => {
    expect(
      calls([[{ index: 0, id: "a", name: "f", args: '{"x":1}' }], [{ index: 0, id: "b", name: "f", args: '{"x":1}' }]]),
    ).toEqual([f("a", '{"x":1}'), f("b", '{"x":1}')]);
  });

  test("T42 interleaved deltas reach their own calls", () => {
    const parts: Entry[][] = [
      [{ index: 0, id: "a", name: "f", args: '{"x"' }],
      [{ index: 1, id: "b", name: "g", args: '{"y"' }],
      [{ index: 0, args: ":1}" }],
      [{ index: 1, args: ":2}" }],
    ];
    expect(calls(parts)).toEqual([f("a", '{"x":1}'), f("b", '{"y":2}', "g")]);
  });

  test("T43 all calls of one delta are read", () => {
    expect(
      calls([
        [
          { index: 0, id: "a", name: "f", args: "{}" },
          { index: 1, id: "b", name: "g", args: "{}" },
        ],
      ]),
    ).toHaveLength(2);
  });

  test("T63 a whole call that is sent again under its id is one call", () => {
    const once = { index: 0, id: "a", name: "f", args: '{"x":1}' };
    expect(calls([[once], [once]])).toEqual([f("a", '{"x":1}')]);
  });

  test("T06 a used id on another call gets an id of its own", () => {
    const found = calls([
      [{ index: 0, id: "call_0", name: "f", args: '{"x":1}' }],
      [{ index: 1, id: "call_0", name: "f", args: '{"x":2}' }],
    ]);
    expect(found.map(({ argumentsText }) => argumentsText)).toEqual(['{"x":1}', '{"x":2}']);
    expect(found[0]?.id).toBe("call_0");
    expect(found[1]?.id).toMatch(/^call_[0-9a-f]{32}$/);
  });

  test("T03 a call without an id gets one that no other has", () => {
    const ids = [0, 1].flatMap(() =>
      calls([
        [
          { index: 0, name: "f", args: "{}" },
          { index: 1, name: "g", args: "{}" },
        ],
      ]).map(({ id }) => id),
    );
    expect(new Set(ids).size).toBe(4);
    for (const id of ids) expect(id).toMatch(/^[a-zA-Z0-9_-]{1,40}$/);
  });
});

describe("arguments", () => {
  test("T30 arguments as an object become their text", () => {
    expect(calls([[{ index: 0, id: "a", name: "f", args: { x: 1 } }]])).toEqual([f("a", '{"x":1}')]);
  });

  test("T27 no arguments, null and an empty text are an empty text", () => {
    for (const args of [undefined, null, ""])
      expect(calls([[{ index: 0, id: "a", name: "f", args }]])).toEqual([f("a", "")]);
  });

  test("T31 a {} that comes before the real arguments is not part of them", () => {
    expect(calls([[{ index: 0, id: "a", name: "f", args: "{}" }], [{ index: 0, args: '{"x":1}' }]])).toEqual([
      f("a", '{"x":1}'),
    ]);
  });

  test("T46 a prefix that parses does not end a call", () => {
    expect(calls([[{ index: 0, id: "a", name: "f", args: "1" }], [{ index: 0, args: "2" }]])).toEqual([f("a", "12")]);
    const events = eventsOf(
      [
        chunk({ tool_calls: [entry({ index: 0, id: "a", name: "f", args: '{"x":1}' })] }),
        chunk({ tool_calls: [entry({ index: 0, args: " " })] }),
      ],
      { done: false },
    );
    expect(events.some((event) => event.type === "block-stop")).toBe(false);
  });

  test("T39 complete objects on one index are calls of their own where the row says so", () => {
    const deltas: Entry[][] = [[{ index: 0, id: "a", name: "f", args: '{"x":1}' }], [{ index: 0, args: '{"x":2}' }]];
    const split = calls(deltas, ["complete-arguments-per-index"]);
    expect(split.map(({ name, argumentsText }) => [name, argumentsText])).toEqual([
      ["f", '{"x":1}'],
      ["f", '{"x":2}'],
    ]);
    expect(calls(deltas)).toEqual([f("a", '{"x":1}{"x":2}')]);
  });

  test("cumulative arguments are taken apart where the row says so", () => {
    const deltas: Entry[][] = [
      [{ index: 0, id: "a", name: "f", args: '{"x"' }],
      [{ index: 0, id: "a", name: "f", args: '{"x":1' }],
      [{ index: 0, id: "a", name: "f", args: '{"x":1}' }],
    ];
    expect(calls(deltas, ["cumulative-arguments"])).toEqual([f("a", '{"x":1}')]);
  });

  test("free text of custom tools is kept as it is", () => {
    const body = {
      choices: [
        {
          message: { tool_calls: [{ id: "a", type: "custom", custom: { name: "patch", input: "*** Begin" } }] },
          finish_reason: "tool_calls",
        },
      ],
    };
    expect(blocksOf(wholeEvents(body))).toEqual([
      { type: "tool-call", id: "a", name: "patch", argumentsText: "*** Begin", argumentsKind: "freeform" },
    ]);
  });

  test("the legacy function_call is a tool call", () => {
    const events = eventsOf([
      chunk({ function_call: { name: "f", arguments: "" } }),
      chunk({ function_call: { arguments: '{"x":1}' } }),
      finish("function_call"),
    ]);
    const [call] = callsOf(blocksOf(events));
    expect([call?.name, call?.argumentsText]).toEqual(["f", '{"x":1}']);
    expect(replyOf(events).choices[0]?.stop.kind).toBe("tool-calls");
  });
});

describe("calls and what stands around them", () => {
  const opened = chunk({ content: "", tool_calls: [entry({ index: 0, id: "a", name: "f", args: '{"x"' })] });

  test("T47 empty content between the pieces of a call splits nothing", () => {
    const events = eventsOf([
      opened,
      chunk({ content: "" }),
      chunk({ content: "", tool_calls: [entry({ index: 0, args: ":1}" })] }),
      finish("tool_calls"),
    ]);
    expect(blocksOf(events)).toHaveLength(1);
    expect(callsOf(blocksOf(events))).toEqual([f("a", '{"x":1}')]);
  });

  test("text before, between and after calls keeps its place", () => {
    const events = eventsOf([
      chunk({ content: "one" }),
      chunk({ tool_calls: [entry({ index: 0, id: "a", name: "f", args: '{"x":1}' })] }),
      chunk({ content: "two" }),
      chunk({ tool_calls: [entry({ index: 1, id: "b", name: "g", args: "" })] }),
      chunk({ content: "three" }),
      finish("tool_calls"),
    ]);
    expect(blocksOf(events).map((block) => block.type)).toEqual(["text", "tool-call", "text", "tool-call", "text"]);
  });

  test("text in the middle of a call's arguments leaves the call open", () => {
    const events = eventsOf([
      opened,
      chunk({ content: "hm" }),
      chunk({ tool_calls: [entry({ index: 0, args: ":1}" })] }),
      finish("tool_calls"),
    ]);
    expect(callsOf(blocksOf(events))).toEqual([f("a", '{"x":1}')]);
  });

  test("blocks do not overlap and are numbered densely where the host does not interleave", () => {
    const events = eventsOf([
      chunk({ reasoning_content: "r" }),
      chunk({ content: "t" }),
      opened,
      chunk({ tool_calls: [entry({ index: 0, args: ":1}" })] }),
      finish("tool_calls"),
    ]);
    const shape = events.flatMap((event) =>
      "block" in event && event.type !== "delta" ? [`${event.type} ${event.block}`] : [],
    );
    expect(shape).toEqual([
      "block-start 0",
      "block-stop 0",
      "block-start 1",
      "block-stop 1",
      "block-start 2",
      "block-stop 2",
    ]);
  });

  test("arguments for a call that has ended fail the reply instead of vanishing", () => {
    const whole = chunk({ tool_calls: [entry({ index: 0, id: "a", name: "f", args: '{"x":1}' })] });
    const events = eventsOf([
      whole,
      chunk({ content: "t" }),
      chunk({ tool_calls: [entry({ index: 0, args: "junk" })] }),
      finish("tool_calls"),
    ]);
    const [end] = terminals(events);
    expect(end?.type === "error" && end.error.code).toBe("upstream_malformed");
  });

  test("a call without a name fails the reply", () => {
    const [end] = terminals(
      eventsOf([chunk({ tool_calls: [entry({ index: 0, id: "a", args: "{}" })] }), finish("tool_calls")]),
    );
    expect(end?.type === "error" && end.error.code).toBe("upstream_malformed");
  });

  test("R24 Gemini's thought signature becomes the state of its call, whenever it comes", () => {
    const signed = { extra_content: { google: { thought_signature: "SIG" } } };
    const state = { origin: "gemini", kind: "signature", value: "SIG" };
    const first = eventsOf([
      chunk({ tool_calls: [{ ...entry({ index: 0, id: "a", name: "f", args: '{"x":1}' }), ...signed }] }),
      finish("stop"),
    ]);
    const later = eventsOf([
      chunk({ tool_calls: [entry({ index: 0, id: "a", name: "f", args: '{"x":1}' })] }),
      chunk({ tool_calls: [{ index: 0, ...signed }] }),
      finish("stop"),
    ]);
    for (const events of [first, later]) expect(blocksOf(events)).toMatchObject([{ type: "tool-call", state }]);
  });

  test("T51 the parallel wrapper is taken apart where the row says so", () => {
    const uses = [
      { recipient_name: "functions.f", parameters: { x: 1 } },
      { recipient_name: "functions.g", parameters: {} },
    ];
    const wrapped: Entry[][] = [
      [{ index: 0, id: "w", name: "multi_tool_use.parallel", args: JSON.stringify({ tool_uses: uses }) }],
    ];
    expect(calls(wrapped, ["parallel-wrapper"])).toEqual([f("w_0", '{"x":1}'), f("w_1", "{}", "g")]);
    expect(calls(wrapped)[0]?.name).toBe("multi_tool_use.parallel");
    const broken: Entry[][] = [[{ index: 0, id: "w", name: "parallel", args: '{"tool_uses":' }]];
    expect(calls(broken, ["parallel-wrapper"])).toEqual([f("w", '{"tool_uses":', "parallel")]);
  });

  test("fields of a call that nobody knows are reported", () => {
    const odd = { ...entry({ index: 0, id: "a", name: "f", args: "{}" }), mood: 1 };
    expect(replyOf(eventsOf([chunk({ tool_calls: [odd] }), finish("tool_calls")])).lost).toEqual(["tool_calls.mood"]);
  });
});
