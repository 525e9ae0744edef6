// Writes AWS event stream messages for tests, with a checksum of its own: bitwise CRC-32, no table, no library.

export type HeaderValue = string | boolean | number | Uint8Array;

function checksum(bytes: readonly number[]): number {
  let remainder = 0xffffffff;
  for (const byte of bytes) {
    remainder ^= byte;
    for (let bit = 0; bit < 8; bit++) {
      remainder = remainder & 1 ? (remainder >>> 1) ^ 0xedb88320 : remainder >>> 1;
    }
  }
  return (remainder ^ 0xffffffff) >>> 0;
}

const bigEndian = (value: number, bytes: number): number[] =>
  Array.from({ length: bytes }, (_, index) => Math.floor(value / 256 ** (bytes - 1 - index)) % 256);

const textBytes = (text: string): number[] => [...new TextEncoder().encode(text)];

function headerBytes(name: string, value: HeaderValue): number[] {
  const head = [textBytes(name).length, ...textBytes(name)];
  if (typeof value === "boolean") return [...head, value ? 0 : 1];
  if (typeof value === "number") return [...head, 4, ...bigEndian(value, 4)];
  if (typeof value === "string") return [...head, 7, ...bigEndian(textBytes(value).length, 2), ...textBytes(value)];
  return [...head, 6, ...bigEndian(value.length, 2), ...value];
}

export function eventStreamMessage(headers: Record<string, HeaderValue>, payload: string): Uint8Array {
  const head = Object.entries(headers).flatMap(([name, value]) => headerBytes(name, value));
  const body = textBytes(payload);
  const lengths = [...bigEndian(12 + head.length + body.length + 4, 4), ...bigEndian(head.length, 4)];
  const whole = [...lengths, ...bigEndian(checksum(lengths), 4), ...head, ...body];
  return new Uint8Array([...whole, ...bigEndian(checksum(whole), 4)]);
}

/** As Bedrock sends an event. */
export function eventMessage(eventType: string, payload: string): Uint8Array {
  const headers = { ":event-type": eventType, ":content-type": "application/json", ":message-type": "event" };
  return eventStreamMessage(headers, payload);
}

/** As Bedrock sends an exception in mid-stream. */
export function exceptionMessage(exceptionType: string, payload: string): Uint8Array {
  const headers = {
    ":exception-type": exceptionType,
    ":content-type": "application/json",
    ":message-type": "exception",
  };
  return eventStreamMessage(headers, payload);
}

/** A line of a recording, `{"<type of event or exception>": {...}}`, as its message. */
export function recordedMessage(line: string): Uint8Array {
  const [event] = Object.entries(JSON.parse(line) as Record<string, unknown>);
  if (event === undefined) throw new Error("a recorded line holds no event");
  const write = event[0].endsWith("Exception") ? exceptionMessage : eventMessage;
  return write(event[0], JSON.stringify(event[1]));
}

export function joined(messages: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(messages));
}
