// Changes a form's fields while its bytes pass: what may leave, piece by piece, as soon as it is certain.
import { type FormPart, type FormScanner, fieldText, malformed } from "./form.ts";

export type Decision = { op: "keep" } | { op: "remove" } | { op: "replace"; value: string };

/** Bytes of the original, or text that stands in place of others. */
export type Stretch = { start: number; end: number } | string;

export class FormEditor {
  readonly #scanner: FormScanner;
  readonly #boundary: string;
  readonly #editable: ReadonlySet<string>;
  readonly #decisions = new Map<FormPart, Decision>();
  readonly #added: string[] = [];
  #left = 0;
  #frozen = false;

  constructor(scanner: FormScanner, boundary: string, editable: readonly string[]) {
    this.#scanner = scanner;
    this.#boundary = boundary;
    this.#editable = new Set(editable);
  }

  /** Fields that are whole and wait for a decision. Throws GatewayError where one came after the length was told. */
  undecided(): FormPart[] {
    const found = this.#scanner.parts.filter((part) => this.#waits(part) && part.next >= 0);
    const late = this.#frozen ? found[0] : undefined;
    if (late) throw malformed(`the field ${late.name} must stand before the file`);
    return found;
  }

  decide(part: FormPart, decision: Decision): void {
    this.#decisions.set(part, decision);
  }

  /** A further field, as the form's last. */
  add(name: string, value: string): void {
    this.#added.push(fieldText(this.#boundary, name, value));
  }

  /** From here on the length is certain: bytes that the decisions so far add or take away. */
  freeze(): number {
    this.#frozen = true;
    let bytes = 0;
    for (const [part, decision] of this.#decisions) bytes += changeOf(part, decision);
    return bytes + this.#added.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
  }

  /** What may leave now of a body of which `length` bytes have come, behind what has left already. */
  next(length: number): Stretch[] {
    const { parts, closing, settled } = this.#scanner;
    const waiting = parts.find((part) => this.#waits(part));
    const limit = waiting ? waiting.start : closing >= 0 ? length : settled;
    const out: Stretch[] = [];
    for (const part of parts) {
      const decision = this.#decisions.get(part);
      if (!decision || decision.op === "keep" || part.start >= limit) continue;
      const { start, end } = rangeOf(part, decision);
      if (start < this.#left) continue;
      this.#pass(out, start);
      if (decision.op === "replace") out.push(decision.value);
      this.#left = end;
    }
    if (closing >= 0 && limit >= closing && this.#added.length > 0) {
      this.#pass(out, closing);
      out.push(...this.#added.splice(0));
    }
    this.#pass(out, limit);
    return out;
  }

  #pass(out: Stretch[], end: number): void {
    if (end > this.#left) out.push({ start: this.#left, end });
    this.#left = Math.max(this.#left, end);
  }

  #waits(part: FormPart): boolean {
    return this.#editable.has(part.name) && part.fileName === undefined && !this.#decisions.has(part);
  }
}

function rangeOf(part: FormPart, decision: Decision): { start: number; end: number } {
  return decision.op === "remove"
    ? { start: part.start, end: part.next }
    : { start: part.contentStart, end: part.contentEnd };
}

function changeOf(part: FormPart, decision: Decision): number {
  if (decision.op === "keep") return 0;
  const { start, end } = rangeOf(part, decision);
  return (decision.op === "replace" ? Buffer.byteLength(decision.value) : 0) - (end - start);
}
