// Where the bytes of a streamed reply come from, whatever has to be done to them on the way.
import type { GatewayError } from "../core/errors.ts";
import type { Usage } from "../core/usage.ts";

/** What has been seen of a reply so far. */
export type Seen = {
  /** A client may have acted on what has left: no other target may answer any more. */
  output: boolean;
  /** The reply's first frame has left (a ping has its place only after it). */
  started: boolean;
  /** The terminal marker has been read: the answer is whole, only the end of the body is still waited for. */
  ended: boolean;
  usage?: Usage;
  model?: string;
  /** What the client's dialect could not express, known only now. */
  lost: string[];
};

export interface ReplySource {
  readonly seen: Seen;
  /** Whole frames for the client; a GatewayError when the reply failed; undefined when it is complete. Never rejects. */
  next(): Promise<Uint8Array | string | GatewayError | undefined>;
  /** The last bytes that left, of a stream that passes as it is: its events may be counted. */
  readonly lastFrames?: Uint8Array | undefined;
  /** Wire text that ends what has been written so far with this failure, where the stream counts its events. */
  failureFrames?(failure: GatewayError): string;
  cancel(): void;
}
