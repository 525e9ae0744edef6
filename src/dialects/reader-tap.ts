// A tap made of a dialect's own reader, for dialects whose every frame is worth reading.
import { type Emit, isOutput, type ReplyEvent } from "../core/events.ts";
import type { TargetFacts } from "../core/facts.ts";
import type { JsonValue } from "../core/json.ts";
import type { Frame, FrameReader, ReplyTap, Sighting } from "./dialect.ts";

type Reading = {
  openReader(emit: Emit, facts: TargetFacts): FrameReader;
  readReply(body: JsonValue, emit: Emit, facts: TargetFacts): void;
};

/** Somebody who only watches has no target: nothing that is sighted depends on one. */
const noFacts: TargetFacts = { provider: "the provider", providerType: "", model: "", origin: "", flags: {} };

export function openReaderTap(reading: Reading): ReplyTap {
  let sighting: Sighting = {};
  const see = (event: ReplyEvent) => note(sighting, event);
  const reader = reading.openReader(see, noFacts);
  return {
    mayMatter: () => true,
    inspect(frame: Frame): Sighting {
      sighting = {};
      reader.read(frame);
      return sighting;
    },
    inspectReply(body: JsonValue): Sighting {
      sighting = {};
      reading.readReply(body, see, noFacts);
      return sighting;
    },
  };
}

function note(sighting: Sighting, event: ReplyEvent): void {
  if (isOutput(event)) sighting.output = true;
  switch (event.type) {
    case "start":
      if (event.id !== undefined) sighting.id = event.id;
      if (event.model !== undefined) sighting.model = event.model;
      break;
    case "usage":
      sighting.usage = event.usage;
      break;
    case "stop":
      sighting.finished = true;
      break;
    case "end":
      sighting.finished = true;
      sighting.terminal = true;
      break;
    case "error":
      sighting.error = event.error;
      break;
  }
}
