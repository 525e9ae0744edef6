// A stream of events as one JSON array that is written as it comes: Gemini's streams without `alt=sse` (translation.md A4.1).
import { SseDecoder } from "../dialects/framing/sse.ts";

const encoder = new TextEncoder();

/** The same reply with its frames' data as the array's elements; an error that ended the stream is the last of them. */
export function asJsonArray(response: Response): Response {
  if (!response.body) return response;
  const headers = new Headers(response.headers);
  headers.set("content-type", "application/json; charset=utf-8");
  return new Response(arrayOf(response.body), { status: response.status, headers });
}

/** The exchange's stream holds text where it wrote it itself. */
function arrayOf(events: ReadableStream<Uint8Array | string>): ReadableStream<string> {
  const reader = events.getReader();
  let out = "";
  let opened = false;
  const decoder = new SseDecoder(({ data }) => {
    out += `${opened ? ",\r\n" : "["}${data}`;
    opened = true;
  });
  // No queue of its own: the client's pace stays the provider's pace.
  return new ReadableStream<string>(
    {
      async pull(controller) {
        const { done, value } = await reader.read();
        if (done) decoder.end();
        else decoder.push(typeof value === "string" ? encoder.encode(value) : value);
        if (done) out += opened ? "]\n" : "[]\n";
        // Half a frame and heartbeats become white space, which is legal between elements and shows that we live.
        controller.enqueue(out === "" ? "\n" : out);
        out = "";
        if (done) controller.close();
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  );
}
