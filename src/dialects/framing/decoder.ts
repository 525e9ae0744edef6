// The decoder of a reply's framing, chosen by what the upstream half says of itself.
import type { Frame, UpstreamHalf } from "../dialect.ts";
import { AwsEventStreamDecoder } from "./aws-event-stream.ts";
import { SseDecoder } from "./sse.ts";

export interface Decoder {
  /** Throws on bytes that cannot be framed. */
  push(bytes: Uint8Array): void;
  /** The body has ended. */
  end(): void;
}

export function openDecoder(half: Pick<UpstreamHalf, "framing">, emit: (frame: Frame) => void): Decoder {
  return half.framing === "aws-event-stream" ? new AwsEventStreamDecoder(emit) : new SseDecoder(emit);
}
