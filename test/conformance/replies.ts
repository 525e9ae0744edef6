// The replies that the played providers give: recorded ones, and those that their documents show.
import { readText, streams, wholeReplies, wireText } from "../support/corpus.ts";
import { jsonReply, type Step, sse } from "../support/fake-upstream.ts";
import type { Reply } from "./case.ts";

/** `<dialect>/<source>/<case>`; whole unless it ends in ` (stream)`. */
export type Recorded = `${string}/${string}/${string}`;

const streamMark = " (stream)";

function recordedSteps(name: string): Step[] {
  const isStream = name.endsWith(streamMark);
  const slash = name.indexOf("/");
  const dialect = name.slice(0, slash);
  const rest = name.slice(slash + 1, isStream ? -streamMark.length : undefined);
  const found = (isStream ? streams(dialect) : wholeReplies(dialect)).find((recording) => recording.name === rest);
  if (!found) throw new Error(`there is no recording ${name}`);
  if (!isStream) return jsonReply(JSON.parse(readText(found)));
  return sse([`${wireText(found).trimEnd()}\n\n`]);
}

/** What the host puts on its connection. */
export function stepsOf(reply: Reply): readonly Step[] {
  if ("recorded" in reply) return recordedSteps(reply.recorded);
  if ("frames" in reply) return sse(reply.frames);
  if ("json" in reply) return jsonReply(reply.json, reply.status, reply.headers);
  const headers = [
    ["Content-Type", reply.type],
    ["Content-Length", String(reply.bytes.length)],
  ] as const;
  return [{ head: { headers, framing: "length" } }, { write: reply.bytes }];
}
