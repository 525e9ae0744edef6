// The output items of a response while they grow: which events open, feed and close each kind.
import type { Citation, OpaqueState } from "../../core/chat.ts";
import { asString, type JsonObject, type JsonValue } from "../../core/json.ts";
import { carrierOf } from "./carrier.ts";

/** An event without what the writer adds to all of them: item id, output index, sequence number. */
export type ItemEvent = { type: string } & JsonObject;
export type ItemStatus = "in_progress" | "completed" | "incomplete";

export type OpenItem = {
  readonly id: string;
  index: number;
  text: string;
  state?: OpaqueState;
  readonly annotations: JsonObject[];
  logprobs: JsonValue[];
  readonly shape: ItemShape;
  /** What the block said of itself at its start. */
  readonly callId: string;
  readonly name: string;
  readonly namespace: string | undefined;
  /** The text of a delta's event around the delta itself, as far as it is the same for all deltas of the item. */
  deltaText: { before: string; after: string } | undefined;
};

/** One kind of item. `open` and `close` stand between output_item.added and output_item.done. */
export type ItemShape = {
  /** Prefix of the item's id. */
  prefix: string;
  /** The item as it stands in output: empty when it is added (C3.3), whole when it is done. */
  item(open: OpenItem, status: ItemStatus): JsonObject;
  open(open: OpenItem): ItemEvent[];
  delta(text: string): ItemEvent;
  close(open: OpenItem): ItemEvent[];
};

/** A delta of this item as wire text, but for the text itself and the sequence number that follows. */
export function deltaTextOf(open: OpenItem): { before: string; after: string } {
  const event = { ...open.shape.delta(""), item_id: open.id, output_index: open.index };
  const text = JSON.stringify(event);
  const at = text.indexOf(emptyDelta) + emptyDelta.length;
  return {
    before: `event: ${event.type}\ndata: ${text.slice(0, at - '""'.length)}`,
    after: `${text.slice(at, -1)},"sequence_number":`,
  };
}

/** No text that stands before it in such an event can hold it. */
const emptyDelta = '"delta":""';

const textPart = (open: OpenItem): JsonObject => ({
  type: "output_text",
  annotations: open.annotations,
  logprobs: open.logprobs,
  text: open.text,
});
const refusalPart = (open: OpenItem): JsonObject => ({ type: "refusal", refusal: open.text });

function messageShape(part: (open: OpenItem) => JsonObject, name: string, field: string): ItemShape {
  const weighed = name === "output_text" ? { logprobs: [] } : {};
  return {
    prefix: "msg",
    item: (open, status) => ({
      id: open.id,
      type: "message",
      status,
      content: status === "in_progress" ? [] : [part(open)],
      role: "assistant",
    }),
    open: (open) => [
      { type: "response.content_part.added", content_index: 0, part: part({ ...open, text: "", annotations: [] }) },
    ],
    delta: (text) => ({ type: `response.${name}.delta`, content_index: 0, delta: text, ...weighed }),
    close: (open) => [
      {
        type: `response.${name}.done`,
        content_index: 0,
        [field]: open.text,
        ...(name === "output_text" ? { logprobs: open.logprobs } : {}),
      },
      { type: "response.content_part.done", content_index: 0, part: part(open) },
    ],
  };
}

const summaryPart = (text: string): JsonObject => ({ type: "summary_text", text });

/** Reasoning of other makers is shown as a summary, which every client of this dialect reads (translation.md B3.3). */
const reasoning: ItemShape = {
  prefix: "rs",
  item: (open, status) => ({
    id: open.id,
    type: "reasoning",
    summary: status === "in_progress" || open.text === "" ? [] : [summaryPart(open.text)],
    ...(open.state && status !== "in_progress" ? { encrypted_content: carrierOf(open.state) } : {}),
  }),
  // The part is opened with the first text: state alone has no summary.
  open: () => [{ type: "response.reasoning_summary_part.added", summary_index: 0, part: summaryPart("") }],
  delta: (text) => ({ type: "response.reasoning_summary_text.delta", summary_index: 0, delta: text }),
  close: (open) =>
    open.text === ""
      ? []
      : [
          { type: "response.reasoning_summary_text.done", summary_index: 0, text: open.text },
          { type: "response.reasoning_summary_part.done", summary_index: 0, part: summaryPart(open.text) },
        ],
};

type CallWords = { type: string; prefix: string; field: string; event: string; named: boolean };

/** The two kinds of calls differ in every word (S46). */
function callShape({ type, prefix, field, event, named }: CallWords): ItemShape {
  return {
    prefix,
    item: (open, status) => ({
      id: open.id,
      type,
      status,
      [field]: status === "in_progress" ? "" : open.text,
      call_id: open.callId,
      name: open.name,
      ...(open.namespace !== undefined && { namespace: open.namespace }),
    }),
    open: () => [],
    delta: (text) => ({ type: `${event}.delta`, delta: text }),
    close: (open) => [{ type: `${event}.done`, [field]: open.text, ...(named ? { name: open.name } : {}) }],
  };
}

export const shapes = {
  text: messageShape(textPart, "output_text", "text"),
  refusal: messageShape(refusalPart, "refusal", "refusal"),
  reasoning,
  json: callShape({
    type: "function_call",
    prefix: "fc",
    field: "arguments",
    event: "response.function_call_arguments",
    named: true,
  }),
  freeform: callShape({
    type: "custom_tool_call",
    prefix: "ctc",
    field: "input",
    event: "response.custom_tool_call_input",
    named: false,
  }),
} satisfies { readonly [kind: string]: ItemShape };

const ownAnnotations: ReadonlySet<string> = new Set([
  "url_citation",
  "file_citation",
  "container_file_citation",
  "file_path",
]);

/** Flat, with all of its fields; without offsets it is of the whole text so far. Undefined for what has no address. */
export function writeAnnotation(citation: Citation, text: string): JsonObject | undefined {
  const { raw, url } = citation;
  const type = asString(raw?.["type"]) ?? "";
  // Chat Completions nests the same annotation under its type.
  if (raw && ownAnnotations.has(type) && raw[type] === undefined) return raw;
  if (url === undefined) return undefined;
  return {
    type: "url_citation",
    url,
    title: citation.title ?? url,
    start_index: citation.startIndex ?? 0,
    end_index: citation.endIndex ?? text.length,
  };
}
