// Arguments of a call that Vertex streams piece by piece, each piece with the path where it belongs (translation.md A4.6).
import { asArray, asNumber, asObject, asString, isObject, type JsonObject, type JsonValue } from "../../core/json.ts";

/** An index may run ahead of the list by this many places; a larger jump is a fault, not a list. */
const maxIndexGap = 1_000;
const maxPathSteps = 64;

type Step = string | number;
type Node = JsonObject | JsonValue[];

/** Objects without a prototype, so that a property called `__proto__` is only a property. */
const emptyObject = (): JsonObject => Object.create(null) as JsonObject;

export class PartialArguments {
  readonly #root = emptyObject();
  /** Path of a text whose next piece is to be appended. */
  #openPath: string | undefined;

  /** Whole arguments that come beside or instead of pieces. */
  addWhole(args: JsonObject): void {
    Object.assign(this.#root, args);
  }

  /** False when a piece cannot be placed: an unreadable path, or one through a value that is no container. */
  add(pieces: JsonValue | undefined): boolean {
    return (asArray(pieces) ?? []).every((piece) => this.#addPiece(asObject(piece) ?? {}));
  }

  text(): string {
    return JSON.stringify(this.#root);
  }

  #addPiece(piece: JsonObject): boolean {
    const path = asString(piece["jsonPath"]) ?? "";
    const steps = readPath(path);
    const value = pieceValue(piece);
    if (!steps || steps.length === 0 || steps.length > maxPathSteps) return false;
    const place = this.#container(steps);
    const last = steps.at(-1) as Step;
    if (!place || !fits(place, last)) return false;
    if (value !== undefined) {
      const before = (place as JsonObject)[last];
      const continues = this.#openPath === path && typeof before === "string" && typeof value === "string";
      (place as JsonObject)[last] = continues ? before + value : value;
    }
    this.#openPath = piece["willContinue"] === true ? path : undefined;
    return true;
  }

  #container(steps: Step[]): Node | undefined {
    let node: Node = this.#root;
    for (const [index, step] of steps.slice(0, -1).entries()) {
      if (!fits(node, step)) return undefined;
      const next: JsonValue = typeof steps[index + 1] === "number" ? [] : emptyObject();
      const found: JsonValue = (node as JsonObject)[step] ?? next;
      (node as JsonObject)[step] = found;
      // Frozen: a raw number (core/json.ts), which is an object in name only.
      if ((!Array.isArray(found) && !isObject(found)) || Object.isFrozen(found)) return undefined;
      node = found;
    }
    return node;
  }
}

function fits(node: Node, step: Step): boolean {
  return Array.isArray(node) ? typeof step === "number" && step <= node.length + maxIndexGap : typeof step === "string";
}

function pieceValue(piece: JsonObject): JsonValue | undefined {
  if ("nullValue" in piece) return null;
  // A number that a double cannot hold is a raw node, not a number (core/json.ts): it passes as it is.
  if (piece["numberValue"] !== undefined) return asNumber(piece["numberValue"]) ?? piece["numberValue"];
  return asString(piece["stringValue"]) ?? (typeof piece["boolValue"] === "boolean" ? piece["boolValue"] : undefined);
}

const stepPattern = /\.([^.[\]]+)|\[(\d+)\]|\['((?:[^'\\]|\\.)*)'\]|\["((?:[^"\\]|\\.)*)"\]/g;

/** The normalised paths of RFC 9535: `$.a.b[0]['c d']`. Undefined for anything else. */
function readPath(path: string): Step[] | undefined {
  if (!path.startsWith("$")) return undefined;
  const matches = [...path.slice(1).matchAll(stepPattern)];
  // Text between two steps would be something that this reader does not understand.
  if (matches.reduce((length, [text]) => length + text.length, 1) !== path.length) return undefined;
  return matches.map(([, name, index, single, double]) =>
    index !== undefined ? Number(index) : (name ?? (single ?? double ?? "").replace(/\\(.)/g, "$1")),
  );
}
