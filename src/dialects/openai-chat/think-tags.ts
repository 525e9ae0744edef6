// Splits text with <think> tags in it into reasoning and answer, over any cut between chunks. A repair; rows switch it on.
export type Piece = { kind: "text" | "reasoning"; text: string };

const openTag = "<think>";
const closeTag = "</think>";

/** Only the closing tag stands in a whole reply whose template wrote the opening one (R21). */
export function lacksOpenTag(text: string): boolean {
  const close = text.indexOf(closeTag);
  const open = text.indexOf(openTag);
  return close >= 0 && (open < 0 || open > close);
}

/** How many characters at the end of `text` may be the beginning of `tag`. */
function partialTail(text: string, tag: string): number {
  for (let length = Math.min(text.length, tag.length - 1); length > 0; length--) {
    if (text.endsWith(tag.slice(0, length))) return length;
  }
  return 0;
}

/**
 * A tag counts only where a model writes it for real: `<think>` before any visible text, `</think>` after it. So an
 * answer that talks about the tags stays as it is. White space around the reasoning is dropped, as it belongs to the tags.
 */
export class ThinkTags {
  /** "lead": nothing but white space so far. "gap": between the closing tag and the answer. */
  #place: "lead" | "inside" | "gap" | "text";
  #held = "";
  #reasoned = false;

  /** `inside`: the chat template wrote the opening tag, so that the reply begins within the reasoning (R21). */
  constructor(inside: boolean) {
    this.#place = inside ? "inside" : "lead";
  }

  read(text: string): Piece[] {
    if (this.#place === "text") return [{ kind: "text", text }];
    this.#held += text;
    const pieces: Piece[] = [];
    while (this.#step(pieces));
    return pieces;
  }

  /** What is still held back when the reply ends. */
  end(): Piece[] {
    const rest = this.#held;
    this.#held = "";
    if (rest === "" || (this.#place === "gap" && rest.trim() === "")) return [];
    return [{ kind: this.#place === "inside" ? "reasoning" : "text", text: rest }];
  }

  /** Takes what can be decided from the held text; true while there is more. */
  #step(pieces: Piece[]): boolean {
    if (this.#held === "") return false;
    if (this.#place === "inside") return this.#readInside(pieces);
    if (this.#place === "text") {
      pieces.push({ kind: "text", text: this.#held });
      this.#held = "";
      return false;
    }
    const bare = this.#held.trimStart();
    if (bare.startsWith(openTag)) {
      this.#place = "inside";
      this.#held = bare.slice(openTag.length).trimStart();
      this.#reasoned = false;
      return true;
    }
    if (openTag.startsWith(bare)) return false;
    if (this.#place === "gap") this.#held = bare;
    this.#place = "text";
    return true;
  }

  #readInside(pieces: Piece[]): boolean {
    if (!this.#reasoned) this.#held = this.#held.trimStart();
    const end = this.#held.indexOf(closeTag);
    if (end < 0) {
      const ready = this.#held.length - undecidedTail(this.#held);
      if (ready > 0) this.#push(pieces, this.#held.slice(0, ready));
      this.#held = this.#held.slice(Math.max(0, ready));
      return false;
    }
    this.#push(pieces, this.#held.slice(0, end).trimEnd());
    this.#held = this.#held.slice(end + closeTag.length);
    this.#place = "gap";
    return true;
  }

  #push(pieces: Piece[], text: string): void {
    if (text === "") return;
    this.#reasoned = true;
    pieces.push({ kind: "reasoning", text });
  }
}

/** Length of the end that may yet turn out to be the closing tag, or white space before it. */
function undecidedTail(text: string): number {
  const partial = partialTail(text, closeTag);
  const body = text.slice(0, text.length - partial);
  return text.length - body.trimEnd().length;
}
