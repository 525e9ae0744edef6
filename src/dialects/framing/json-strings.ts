// Finds the ends of JSON strings 16 bytes at a time, which JavaScript cannot: the code is json-strings.wat.

/** json-strings.wat, compiled by `npm run wasm`. */
const compiled =
  "AGFzbQEAAAABBwFgAn9/AX8DAgEABQMBAAEHGQIGbWVtb3J5AgAMY2xvc2luZ1F1b3RlAAAKuQIBtgICAXsDfwNAAkADQCAAQRBqIAFLDQEgAP0ABAAhAiACQSL9D/0jIAJB3AD9D/0j/VAgAkEg/Q/9Jv1Q/WQhAyADBEAgACADaGohAAwCCyAAQRBqIQAMAAsLIAAgAU8EQEF/DwsgAC0AACEEIARBIkYEQCAADwsgBEEgSQRAQX8PCyAEQdwARwRAIABBAWohAAwBCyAALQABIQQgAEECaiEAIARB7gBGDQAgBEEiRg0AIARB3ABGDQAgBEH0AEYNACAEQfIARg0AIARBL0YNACAEQeIARg0AIARB5gBGDQAgBEH1AEcEQEF/DwsgAEEEaiEFIAUgAUsEQEF/DwsDQCAALQAAIQQgBEEwa0EJSwRAIARBIHJB4QBrQQVLBEBBfw8LCyAAQQFqIQAgACAFSQ0ACwwACwAL";

/** The largest text that is taken in: the memory for it stays. */
export const textBytesMax = 16 * 1024 * 1024;

const pageBytes = 64 * 1024;

type Exports = {
  memory: WebAssembly.Memory;
  closingQuote: (at: number, end: number) => number;
};

export class JsonStrings {
  readonly #exports: Exports;
  /** The text under search. Another call of `load` writes over it. */
  bytes = new Uint8Array();

  constructor(exports: Exports) {
    this.#exports = exports;
  }

  /** Copies a text of at most `textBytesMax` bytes in. False where there is no room for it. */
  load(text: Uint8Array): boolean {
    const { memory } = this.#exports;
    // The search looks at one byte behind the end.
    const missing = text.length + 1 - memory.buffer.byteLength;
    try {
      if (missing > 0) memory.grow(Math.ceil(missing / pageBytes));
    } catch {
      return false;
    }
    this.bytes = new Uint8Array(memory.buffer, 0, text.length);
    this.bytes.set(text);
    return true;
  }

  /** Index of the quote that closes the string whose text starts at `from`; -1 where RFC 8259 knows no such string. */
  closingQuote(from: number): number {
    return this.#exports.closingQuote(from, this.bytes.length);
  }
}

/** undefined on processors without 128-bit instructions, in an engine without WebAssembly, and where there is no room for a memory. */
function open(): JsonStrings | undefined {
  const code = Buffer.from(compiled, "base64");
  try {
    if (!WebAssembly.validate(code)) return undefined;
    return new JsonStrings(new WebAssembly.Instance(new WebAssembly.Module(code)).exports as Exports);
  } catch {
    return undefined;
  }
}

/** One for all, made when first asked for: its memory takes 4 GB of address space. */
function openOnce(): () => JsonStrings | undefined {
  let opened: { strings: JsonStrings | undefined } | undefined;
  return () => {
    opened ??= { strings: open() };
    return opened.strings;
  };
}

export const jsonStrings = openOnce();
