// A multipart/form-data body taken apart without changing a byte: where each part begins and ends, and short values.
// Incremental: bytes may come in any pieces. Own code, since the parsers at hand write a form anew instead of locating its parts.
import { badRequest, GatewayError } from "../core/errors.ts";

/** Offsets count from the body's first byte. */
export type FormPart = {
  name: string;
  /** Present on files. Never used as a path. */
  fileName?: string;
  type?: string;
  /** Where its delimiter line begins: `--boundary`. */
  start: number;
  contentStart: number;
  /** -1 until it is known. */
  contentEnd: number;
  /** Where the next delimiter line begins; -1 until it is known. */
  next: number;
  /** Of parts that are no files: the content, once it is known. */
  value?: string;
};

export type Form = { boundary: string; parts: readonly FormPart[] };

// robustness.md 3.1; RFC 2046 5.1.1 for the boundary.
const boundaryLengthMax = 70;
const partsMax = 64;
const headerBytesMax = 8 * 1024;
const preambleBytesMax = 8 * 1024;
/** Bytes of a part that is no file. A prompt may be long; nobody's is longer than this. */
const valueBytesMax = 1024 * 1024;

/** The boundary that a content type names. Throws GatewayError where there is none that can be used. */
export function boundaryOf(contentType: string): string {
  const match = /;\s*boundary=(?:"([^"]*)"|([^\s;"]+))/i.exec(contentType);
  const boundary = match?.[1] ?? match?.[2];
  if (!boundary) throw malformed("its content type names no boundary");
  if (boundary.length > boundaryLengthMax || !/^[\w'()+,./:=? -]*[\w'()+,./:=?-]$/.test(boundary)) {
    throw malformed(`its boundary is not one: 1 to ${boundaryLengthMax} characters of RFC 2046 are`);
  }
  return boundary;
}

export function malformed(what: string): GatewayError {
  return new GatewayError("invalid_request", `invalid multipart body: ${what}`);
}

type State = "preamble" | "delimiter" | "headers" | "content" | "epilogue";

const lineEnd = Buffer.from("\r\n");
const headersEnd = Buffer.from("\r\n\r\n");

export class FormScanner {
  readonly parts: FormPart[] = [];
  readonly #dashes: Buffer;
  readonly #delimiter: Buffer;
  #state: State = "preamble";
  /** Bytes that have come and are not dealt with yet, and the offset of the first of them. */
  #rest: Buffer = Buffer.alloc(0);
  #offset = 0;
  #lineStart = 0;
  #value: Buffer[] = [];
  #valueBytes = 0;

  constructor(boundary: string) {
    this.#dashes = Buffer.from(`--${boundary}`, "latin1");
    this.#delimiter = Buffer.from(`\r\n--${boundary}`, "latin1");
  }

  /** Where the closing delimiter line begins; -1 until it has come. */
  closing = -1;

  /** Every byte before this offset belongs to a part whose headers are known, or to none. */
  get settled(): number {
    return this.#state === "delimiter" || this.#state === "headers" ? this.#lineStart : this.#offset;
  }

  /** Throws GatewayError on what is no form. */
  push(chunk: Uint8Array): void {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    this.#passRest(bytes);
    this.#rest = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
    while (this.#step());
    // What is kept must not hold on to a chunk of the network's size.
    if (this.#rest.length > 0) this.#rest = Buffer.from(this.#rest);
  }

  /** What is left of content in which no delimiter begins: files are large, and are not to be copied for some bytes. */
  #passRest(bytes: Buffer): void {
    const part = this.parts.at(-1);
    const length = this.#rest.length;
    if (this.#state !== "content" || !part || length === 0 || this.#offset === part.contentStart) return;
    const seam = Buffer.concat([this.#rest, bytes.subarray(0, this.#delimiter.length - 1)]);
    if (bytes.length < this.#delimiter.length || seam.includes(this.#delimiter)) return;
    this.#take(part, length);
  }

  /** The body has ended. Throws GatewayError when the form has not. */
  end(): void {
    if (this.#state !== "epilogue") throw malformed("it ends before its closing boundary");
  }

  #step(): boolean {
    if (this.#state === "preamble") return this.#preamble();
    if (this.#state === "delimiter") return this.#afterDelimiter();
    if (this.#state === "headers") return this.#headers();
    if (this.#state === "content") return this.#content();
    this.#skip(this.#rest.length);
    return false;
  }

  /** The first delimiter stands at the very beginning, or behind a line that nobody reads. */
  #preamble(): boolean {
    const atStart = this.#offset === 0 && startsWith(this.#rest, this.#dashes);
    const found = atStart ? 0 : this.#rest.indexOf(this.#delimiter);
    if (found < 0) {
      if (this.#offset + this.#rest.length > preambleBytesMax) throw malformed("its first boundary does not come");
      return false;
    }
    const skipped = atStart ? 0 : found + lineEnd.length;
    this.#beginLine(skipped, this.#dashes.length);
    return true;
  }

  #beginLine(skipped: number, length: number): void {
    this.#lineStart = this.#offset + skipped;
    this.#skip(skipped + length);
    this.#state = "delimiter";
  }

  /** Behind a boundary: two dashes close the form; blanks and a line end lead to headers. */
  #afterDelimiter(): boolean {
    if (this.#rest.length < 2) return false;
    if (this.#rest[0] === dash && this.#rest[1] === dash) {
      this.closing = this.#lineStart;
      this.#state = "epilogue";
      return true;
    }
    const end = this.#rest.indexOf(lineEnd);
    if (end < 0) {
      if (this.#rest.length > paddingMax) throw malformed("a boundary does not end its line");
      return false;
    }
    if (!/^[ \t]*$/.test(this.#rest.toString("latin1", 0, end))) throw malformed("a boundary does not end its line");
    // The line end stays: headers may be none, and then end at once.
    this.#skip(end);
    this.#state = "headers";
    return true;
  }

  #headers(): boolean {
    const end = this.#rest.indexOf(headersEnd);
    if (end < 0 || end > headerBytesMax) {
      if (this.#rest.length > headerBytesMax)
        throw malformed(`a part has more than ${headerBytesMax} bytes of headers`);
      return false;
    }
    if (this.parts.length >= partsMax) throw malformed(`it has more than ${partsMax} parts`);
    const headers = readHeaders(this.#rest.toString("utf8", 0, end));
    this.#skip(end + headersEnd.length);
    this.parts.push({ ...headers, start: this.#lineStart, contentStart: this.#offset, contentEnd: -1, next: -1 });
    this.#value = [];
    this.#valueBytes = 0;
    this.#state = "content";
    return true;
  }

  #content(): boolean {
    const part = this.parts.at(-1) as FormPart;
    if (this.#offset === part.contentStart) {
      // A boundary right behind the headers is one to some readers and content to others: it could hide a part.
      const length = Math.min(this.#rest.length, this.#dashes.length);
      const same = this.#rest.subarray(0, length).equals(this.#dashes.subarray(0, length));
      if (same && length === this.#dashes.length)
        throw malformed(`part "${part.name}" has no line end before its boundary`);
      if (same) return false;
    }
    const found = this.#rest.indexOf(this.#delimiter);
    if (found < 0) {
      const known = this.#rest.length - (this.#delimiter.length - 1);
      if (known > 0) this.#take(part, known);
      return false;
    }
    this.#take(part, found);
    part.contentEnd = this.#offset;
    part.next = this.#offset + lineEnd.length;
    if (part.fileName === undefined) part.value = Buffer.concat(this.#value).toString("utf8");
    this.#value = [];
    this.#beginLine(lineEnd.length, this.#dashes.length);
    return true;
  }

  #take(part: FormPart, length: number): void {
    if (part.fileName === undefined && length > 0) {
      this.#valueBytes += length;
      if (this.#valueBytes > valueBytesMax)
        throw badRequest(part.name, `${part.name} is longer than ${valueBytesMax} bytes`);
      this.#value.push(Buffer.from(this.#rest.subarray(0, length)));
    }
    this.#skip(length);
  }

  #skip(length: number): void {
    this.#rest = this.#rest.subarray(length);
    this.#offset += length;
  }
}

const dash = 0x2d;
/** Blanks that may stand behind a boundary. */
const paddingMax = 256;

function startsWith(bytes: Buffer, start: Buffer): boolean {
  return bytes.length >= start.length && bytes.subarray(0, start.length).equals(start);
}

/** Name, file name and type of a part (RFC 7578 4.2). */
function readHeaders(text: string): Pick<FormPart, "name" | "fileName" | "type"> {
  let found: { name: string; fileName?: string } | undefined;
  let type: string | undefined;
  for (const line of text.split("\r\n")) {
    const colon = line.indexOf(":");
    const header = line.slice(0, colon).trim().toLowerCase();
    const value = line.slice(colon + 1).trim();
    if (header === "content-type") type = value;
    if (header === "content-disposition") {
      if (found) throw malformed("a part has two dispositions");
      found = readDisposition(value);
    }
  }
  if (!found) throw malformed("a part has no name");
  return { ...found, ...(type !== undefined && { type }) };
}

function readDisposition(value: string): { name: string; fileName?: string } {
  if (!/^form-data\s*(;|$)/i.test(value)) throw malformed("a part is no form-data");
  const parameters = new Map<string, string>();
  for (const match of value.matchAll(/;\s*([\w*-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;"]*))/g)) {
    const name = (match[1] as string).toLowerCase();
    if (parameters.has(name)) throw malformed(`a part has two parameters "${name}"`);
    parameters.set(name, match[2] === undefined ? (match[3] ?? "") : unquoted(match[2]));
  }
  const name = parameters.get("name");
  if (!name) throw malformed("a part has no name");
  const fileName = parameters.get("filename") ?? parameters.get("filename*");
  return { name, ...(fileName !== undefined && { fileName }) };
}

/** Browsers write quotes as %22; others put a backslash before them. */
function unquoted(text: string): string {
  return text.replace(/\\(["\\])/g, "$1").replaceAll("%22", '"');
}

/** The value of a field, undefined where there is none. Throws where it stands twice: which one counts is anybody's guess. */
export function fieldOf(form: Form, name: string): string | undefined {
  const found = form.parts.filter((part) => part.name === name && part.fileName === undefined);
  if (found.length > 1) throw badRequest(name, `${name} stands twice in the form`);
  return found[0]?.value;
}

/** Every value of a field that may stand several times, with or without the brackets that SDKs put behind its name. */
export function fieldsOf(form: Form, name: string): string[] {
  return form.parts.flatMap((part) =>
    (part.name === name || part.name === `${name}[]`) && part.value !== undefined ? [part.value] : [],
  );
}

/** Wire text of one field, with its delimiter line. */
export function fieldText(boundary: string, name: string, value: string): string {
  return `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;
}
