// Opens the readers of a Chat Completions reply: for streams, and for replies that come whole.
import type { Emit } from "../../core/events.ts";
import type { TargetFacts } from "../../core/facts.ts";
import type { JsonValue } from "../../core/json.ts";
import type { FrameReader } from "../dialect.ts";
import { ChatReader } from "./read-stream.ts";

export function openReader(emit: Emit, facts: TargetFacts): FrameReader {
  return new ChatReader(emit, facts);
}

export function readReply(body: JsonValue, emit: Emit, facts: TargetFacts): void {
  new ChatReader(emit, facts).readWhole(body);
}
