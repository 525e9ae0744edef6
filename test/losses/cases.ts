// Makes a request for every field of a client's dialect: one with the field and one without, alike in all else.
import type { JsonObject, JsonValue } from "../../src/core/json.ts";
import type { FieldShape, ObjectShape, Shape } from "./declarations.ts";

/** One field alone. `given` holds it; `bare` lacks it, or holds another value where it cannot be lacking. */
export type Case = {
  /** Such as `messages[user].content[image_url].image_url.detail`, with `=word` where the field has set words. */
  id: string;
  path: string;
  value: JsonValue;
  given: JsonValue;
  bare: JsonValue;
  /** `bare` holds another value, since the field cannot be lacking. */
  isRequired: boolean;
  /** Fields and kinds that this one stands in: where one of them is lost or refused, this one goes with it. */
  within: string[];
};

export type Recipe = {
  /** A value for a field whose type says too little. `probe` is a word that stands nowhere else. */
  sample(path: string, probe: string): JsonValue | undefined;
  /** A value that stands beside the field in question and is no question itself, such as the messages. */
  stand(path: string): JsonValue | undefined;
  /**
   * What a value needs beside it: for an object, further fields (`around` is the path of its field in question); for a
   * list, further elements.
   */
  beside(path: string, value: JsonValue, around: string): JsonValue;
  /** An object that says something by being there, with nothing in it. */
  isMeant(path: string): boolean;
  /** Fields that the SDK does not put into the body, and those that a later part of the product serves. */
  isLeftOut(path: string): boolean;
  /** A number that stands nowhere else, where any will do. 7 when absent. */
  numberOf?(probe: string): number;
};

type Build = (value: JsonValue | undefined) => JsonValue;

/** A type may hold itself: it is entered this often on one path. */
const depthOfSameType = 1;

/** An object with what it cannot lack and nothing else. */
export function minimalOf(root: ObjectShape, recipe: Recipe, path: string): JsonValue {
  return new CaseMaker(recipe).minimal(root, path);
}

/** @param path what the fields' paths begin with: the word of an event, empty for a body */
export function makeCases(root: ObjectShape, recipe: Recipe, path = ""): Case[] {
  const maker = new CaseMaker(recipe);
  maker.object(root, { path, build: (value) => value ?? null, within: [], inside: [] });
  return maker.cases;
}

type Spot = {
  path: string;
  build: Build;
  within: string[];
  inside: ObjectShape[];
  /** The object at this place may be absent. */
  mayGo?: boolean;
};

class CaseMaker {
  readonly cases: Case[] = [];
  readonly #recipe: Recipe;
  #probes = 0;

  constructor(recipe: Recipe) {
    this.#recipe = recipe;
  }

  object(shape: ObjectShape, spot: Spot): void {
    const seen = spot.inside.filter((outer) => outer === shape).length;
    if (seen >= depthOfSameType) return;
    const inside = [...spot.inside, shape];
    for (const field of shape.fields) {
      const path = spot.path === "" ? field.name : `${spot.path}.${field.name}`;
      if (this.#recipe.isLeftOut(path) || isLabel(field)) continue;
      const build: Build = (value) => {
        const object = this.#minimal(shape, spot.path) as JsonObject;
        if (value === undefined) delete object[field.name];
        else object[field.name] = value;
        const whole = this.#recipe.beside(spot.path, object, path);
        // An object that says nothing more goes with its last field.
        return spot.build(spot.mayGo && Object.keys(whole as JsonObject).length === 0 ? undefined : whole);
      };
      this.#field(field, { path, build, within: spot.within, inside, mayGo: false });
    }
    if (shape.rest && shape.fields.length === 0)
      this.#add(spot, this.#value(shape, spot.path, this.#probe()), undefined);
  }

  #field(field: FieldShape, spot: Spot): void {
    const written = this.#recipe.sample(spot.path, this.#probe());
    if (written !== undefined) {
      this.#add(spot, written, field.optional ? undefined : this.#recipe.sample(spot.path, this.#probe()));
      return;
    }
    this.#shape(field.shape, spot, field.optional);
  }

  #shape(shape: Shape, spot: Spot, optional: boolean): void {
    switch (shape.kind) {
      case "null":
        return;
      case "union":
        for (const [label, member] of labelled(shape.members)) {
          const path = label === "" ? spot.path : `${spot.path}[${label}]`;
          if (this.#recipe.isLeftOut(path)) continue;
          if (!optional) this.#instead(member, { ...spot, path }, shape.members);
          this.#member(member, { ...spot, path }, optional);
        }
        return;
      case "array":
        this.#array(shape.item, spot, optional);
        return;
      case "object":
        this.#member(shape, spot, optional);
        return;
      case "string":
      case "number":
      case "boolean":
        if (shape.words.length > 0) {
          // A single word where one must stand says only what kind of thing this is.
          if (shape.words.length === 1 && !optional) return;
          for (const word of shape.words) this.#word(word, shape.words as JsonValue[], spot, optional);
          return;
        }
        this.#leaf(shape, spot, optional);
        return;
      default:
        this.#leaf(shape, spot, optional);
    }
  }

  /** One of several kinds where one must stand: its other is the first of the others. */
  #instead(member: Shape, spot: Spot, members: readonly Shape[]): void {
    const other = members.find((each) => each.kind === "object" && each !== member);
    if (member.kind !== "object" || other?.kind !== "object" || this.#isInside(member, spot)) return;
    this.#add(spot, this.#value(member, spot.path, this.#probe()), this.#value(other, spot.path, this.#probe()));
  }

  #leaf(shape: Shape, spot: Spot, optional: boolean): void {
    const value = this.#plain(shape, spot.path, this.#probe());
    const other = typeof value === "number" ? value + 1 : this.#plain(shape, spot.path, this.#probe());
    this.#add(spot, value, optional ? undefined : other);
  }

  #word(word: JsonValue, words: JsonValue[], spot: Spot, optional: boolean): void {
    if (this.#recipe.isLeftOut(`${spot.path}=${word}`)) return;
    // The usual word, where there is one: what differs from it must show.
    const usual = [this.#recipe.stand(spot.path) ?? word, ...words].find((each) => each !== word);
    const other = optional ? undefined : usual;
    this.#add(spot, word, other, `=${word}`);
  }

  #member(member: Shape, spot: Spot, optional: boolean): void {
    if (member.kind !== "object") {
      this.#shape(member, spot, optional);
      return;
    }
    if (this.#isInside(member, spot)) return;
    const whole = this.#recipe.stand(spot.path) ?? this.#recipe.beside(spot.path, this.#minimal(member, spot.path), "");
    const isSaid = Object.keys(whole as JsonObject).length > 0 || this.#recipe.isMeant(spot.path);
    if (isSaid && optional) this.#add(spot, whole, undefined);
    this.object(member, {
      ...spot,
      mayGo: optional && !this.#recipe.isMeant(spot.path),
      within: isSaid || !optional ? [...spot.within, spot.path] : spot.within,
    });
  }

  #isInside(member: ObjectShape, spot: Spot): boolean {
    return spot.inside.filter((outer) => outer === member).length >= depthOfSameType;
  }

  #array(item: Shape, spot: Spot, optional: boolean): void {
    const members = item.kind === "union" ? labelled(item.members) : [["", item] as const];
    for (const [label, member] of members) {
      const path = `${spot.path}[${label}]`;
      if (this.#recipe.isLeftOut(path)) continue;
      const build: Build = (value) => {
        const list = this.#recipe.beside(path, value === undefined ? [] : [value], path);
        // A list that a request may lack goes with its last element.
        return spot.build(optional && Array.isArray(list) && list.length === 0 ? undefined : list);
      };
      this.#member(member, { ...spot, path, build }, true);
    }
  }

  #add(spot: Spot, value: JsonValue, other: JsonValue | undefined, suffix = ""): void {
    this.cases.push({
      id: spot.path + suffix,
      path: spot.path,
      value,
      given: spot.build(value),
      bare: spot.build(other),
      isRequired: other !== undefined,
      within: spot.within,
    });
  }

  #probe(): string {
    this.#probes++;
    return `zq${this.#probes.toString(36)}x`;
  }

  minimal(shape: ObjectShape, path: string): JsonValue {
    return this.#recipe.beside(path, this.#minimal(shape, path), "");
  }

  /** The object with what it cannot lack: the same at every call. */
  #minimal(shape: ObjectShape, path: string, probe = steadyProbe(path)): JsonValue {
    const object: JsonObject = {};
    for (const { name, optional, shape: inner } of shape.fields) {
      if (optional) continue;
      object[name] = this.#value(inner, path === "" ? name : `${path}.${name}`, probe);
    }
    return object;
  }

  #value(shape: Shape, path: string, probe: string): JsonValue {
    const stand = this.#recipe.stand(path);
    // Null is a value: a field that must be there and usually says nothing.
    if (stand !== undefined) return stand;
    return this.#recipe.sample(path, probe) ?? this.#plain(shape, path, probe);
  }

  #plain(shape: Shape, path: string, probe: string): JsonValue {
    switch (shape.kind) {
      case "string":
        return (shape.words[0] as string | undefined) ?? probe;
      case "number":
        return (shape.words[0] as number | undefined) ?? this.#recipe.numberOf?.(probe) ?? 7;
      case "boolean":
        return shape.words[0] ?? true;
      case "null":
        return null;
      case "array":
        return this.#recipe.beside(`${path}[]`, [this.#value(shape.item, `${path}[]`, probe)], "");
      case "object":
        if (shape.rest && shape.fields.length === 0) return { [probe]: this.#value(shape.rest, `${path}.*`, probe) };
        return this.#recipe.beside(path, this.#minimal(shape, path, probe), "");
      case "union": {
        const first = shape.members.find((member) => member.kind !== "null") as Shape;
        return this.#value(first, path, probe);
      }
      default:
        return { [probe]: probe };
    }
  }
}

/** A word for what stands beside the field in question, which must be the same with it and without it. */
function steadyProbe(path: string): string {
  return `beside${Bun.hash.crc32(path).toString(36)}`;
}

/** Members by the word that tells them apart; their declared name where two have the same word, or none. */
function labelled(members: readonly Shape[]): (readonly [string, Shape])[] {
  const several = members.filter((member) => member.kind === "object").length > 1;
  const words = members.map((member) => {
    if (member.kind !== "object") return "";
    return wordOf(member) ?? (several ? member.name : "");
  });
  return members.map((member, index) => {
    const word = words[index] as string;
    const isShared = word !== "" && words.filter((other) => other === word).length > 1;
    return [isShared && member.kind === "object" ? `${word}:${member.name}` : word, member] as const;
  });
}

/** A field of one word that tells a kind of object from another. */
function isLabel({ name, shape }: FieldShape): boolean {
  return (name === "type" || name === "role") && shape.kind === "string" && shape.words.length === 1;
}

function wordOf(member: ObjectShape): string | undefined {
  for (const name of ["type", "role"]) {
    const field = member.fields.find((each) => each.name === name);
    if (field?.shape.kind === "string" && isLabel(field)) return String(field.shape.words[0]);
  }
  return undefined;
}
