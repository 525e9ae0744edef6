// Reads a Messages stream as strictly as its most exacting clients do: order, dense places, no overlap (translation.md C2.2, C3.2).

export type WireEvent = { type: string; [field: string]: unknown };

type Open = { index: number; kind: string };

const deltaOfBlock: { readonly [kind: string]: readonly string[] } = {
  text: ["text_delta", "citations_delta"],
  thinking: ["thinking_delta", "signature_delta"],
  tool_use: ["input_json_delta"],
  server_tool_use: ["input_json_delta"],
};

function parseFrame(text: string): WireEvent {
  const [first = "", second = "", ...more] = text.split("\n");
  const event = JSON.parse(second.slice("data: ".length)) as WireEvent;
  if (first !== `event: ${event.type}` || more.length > 0) throw new Error(`not a frame of this dialect: ${text}`);
  return event;
}

/** The frames as events. Throws when two blocks overlap, a place is left out, or a delta has no block of its kind. */
export function readEvents(wire: string): WireEvent[] {
  const events = wire
    .split("\n\n")
    .filter((text) => text !== "" && !text.startsWith(":"))
    .map(parseFrame);
  let open: Open | undefined;
  let count = 0;
  for (const event of events) {
    if (event.type === "content_block_start") {
      if (open) throw new Error(`block ${open.index} is open while ${String(event["index"])} begins`);
      open = { index: count++, kind: (event["content_block"] as WireEvent).type };
    }
    if (event.type.startsWith("content_block_") && event["index"] !== open?.index) {
      throw new Error(`${event.type} for ${String(event["index"])}, and ${String(open?.index)} is open`);
    }
    if (event.type === "content_block_delta") {
      const delta = event["delta"] as WireEvent;
      if (!deltaOfBlock[open?.kind ?? ""]?.includes(delta.type)) throw new Error(`${delta.type} in ${open?.kind}`);
    }
    if (event.type === "content_block_stop") open = undefined;
    if (event.type === "message_delta" && open) throw new Error("the message ends with an open block");
  }
  return events;
}
