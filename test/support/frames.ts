// Splits a run of whole frames, for tests that look at every one of them.
import type { Frame } from "../../src/dialects/dialect.ts";
import { frameEnd, readFrame } from "../../src/dialects/framing/sse.ts";

/** A frame with its byte range; none where a range holds comments only. */
export type CutFrame = { start: number; end: number; frame: Frame | undefined };

export function splitFrames(bytes: Uint8Array): CutFrame[] {
  const found: CutFrame[] = [];
  let start = 0;
  while (start < bytes.length) {
    const end = frameEnd(bytes, start);
    found.push({ start, end, frame: readFrame(bytes.subarray(start, end)) });
    start = end;
  }
  return found;
}
