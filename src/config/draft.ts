// The settings while they are put together: a tree, where each value came from, and what was wrong on the way.
import { isObject } from "../core/json.ts";
import type { Environment } from "./environment.ts";
import { interpolate } from "./interpolate.ts";
import type { SettingSchema } from "./setting.ts";
import { kindOf } from "./setting.ts";
import { childOf, rootSchema, unknownKey } from "./settings.ts";
import { type Fault, readSetting } from "./values.ts";

export type Problem = {
  /** The setting, variable, flag or file it is about. */
  path: string;
  message: string;
  /** Where the value came from: "env PORT", "--port", a file's path; empty when nobody gave it. */
  source: string;
};

export type Tree = { [key: string]: unknown };

export type Draft = {
  tree: Tree;
  /** By dotted path, for single settings only. */
  origins: Map<string, string>;
  problems: Problem[];
};

export function openDraft(): Draft {
  return { tree: {}, origins: new Map(), problems: [] };
}

/** One value on its way into the draft. */
export type Entry = { path: readonly string[]; value: unknown; source: string };

export function report(draft: Draft, { path, source }: Omit<Entry, "value">, message: string): void {
  draft.problems.push({ path: path.join("."), message, source });
}

/** Later writes win; the groups on the way are made. */
export function write(draft: Draft, { path, value, source }: Entry): void {
  const key = path.at(-1);
  if (key === undefined) return;
  openGroup(draft, path.slice(0, -1))[key] = value;
  draft.origins.set(path.join("."), source);
}

/** The group at this path, made when it is not there yet. */
export function openGroup(draft: Draft, path: readonly string[]): Tree {
  let tree = draft.tree;
  for (const key of path) {
    const child = tree[key];
    if (isObject(child)) {
      tree = child;
    } else {
      const made: Tree = {};
      tree[key] = made;
      tree = made;
    }
  }
  return tree;
}

export function valueAt(draft: Draft, path: readonly string[]): unknown {
  return path.reduce<unknown>((tree, key) => (isObject(tree) ? tree[key] : undefined), draft.tree);
}

/** Writes a value that came as text from a variable or a flag, or reports why it cannot be meant. */
export function writeText(draft: Draft, entry: Entry): void {
  let schema: SettingSchema = rootSchema;
  for (const [depth, key] of entry.path.entries()) {
    const child = childOf(schema, key);
    if (child === undefined) {
      report(draft, { path: entry.path.slice(0, depth + 1), source: entry.source }, unknownKey(schema, key));
      return;
    }
    schema = child;
  }
  const reading = readSetting(schema, { value: entry.value, textual: true, quotable: true });
  if ("faults" in reading) reportFaults(draft, entry, reading.faults);
  else write(draft, { ...entry, value: reading.value });
}

function reportFaults(draft: Draft, entry: Omit<Entry, "value">, faults: readonly Fault[]): void {
  const { path, source } = entry;
  for (const { at, message } of faults) {
    report(draft, { path: [...path.slice(0, -1), `${path.at(-1) ?? ""}${at}`], source }, message);
  }
}

export type FileLayer = {
  /** As parsed. May be cyclic (YAML aliases); only what the schema knows is followed. */
  content: unknown;
  source: string;
  /** What `${VAR}` stands for. */
  environment: Environment;
};

/** Writes everything a file says, and reports every part of it that cannot be meant. */
export function writeFile(draft: Draft, layer: FileLayer): void {
  writeTree(draft, layer, []);
}

/** The same for the part of the settings at this path. */
export function writeTree(draft: Draft, layer: FileLayer, at: readonly string[]): void {
  const visit = (schema: SettingSchema, value: unknown, path: readonly string[]): void => {
    const kind = kindOf(schema);
    if (kind === "group" || kind === "record") visitGroup(schema, value, path);
    else writeFileValue(draft, { schema, layer, entry: { path, value, source: layer.source } });
  };
  const visitGroup = (schema: SettingSchema, value: unknown, path: readonly string[]): void => {
    // A group whose lines are all commented out is null in YAML.
    const group = (schema.keyedBy !== undefined && asKeyed(schema.keyedBy, value, path)) || (value ?? {});
    if (!isObject(group)) {
      const kind = Array.isArray(group) ? "a list" : "a single value";
      report(draft, { path, source: layer.source }, `expected a group of settings, found ${kind}`);
      return;
    }
    openGroup(draft, path);
    for (const [key, child] of Object.entries(group)) {
      const childSchema = childOf(schema, key);
      const childPath = [...path, key];
      if (childSchema) visit(childSchema, child, childPath);
      else report(draft, { path: childPath, source: layer.source }, unknownKey(schema, key));
    }
  };
  /** `[{ source: "smart", … }]` as `{ smart: { … } }`; undefined for anything but a list. */
  const asKeyed = (key: string, value: unknown, path: readonly string[]): Tree | undefined => {
    if (!Array.isArray(value)) return undefined;
    const { keyed, faults } = keyList(value, key);
    reportFaults(draft, { path, source: layer.source }, faults);
    return keyed;
  };
  visit(schemaAt(at), layer.content, at);
}

function schemaAt(path: readonly string[]): SettingSchema {
  return path.reduce((schema, key) => childOf(schema, key) ?? schema, rootSchema);
}

/** A list of groups by the name that each has under `key`. */
function keyList(list: readonly unknown[], key: string): { keyed: Tree; faults: Fault[] } {
  const keyed: Tree = {};
  const faults: Fault[] = [];
  for (const [index, item] of list.entries()) {
    const name = isObject(item) ? item[key] : undefined;
    if (!isObject(item) || typeof name !== "string") {
      faults.push({ at: `[${index}].${key}`, message: "expected text that is not empty, found nothing" });
    } else if (Object.hasOwn(keyed, name)) {
      faults.push({ at: `[${index}].${key}`, message: `${JSON.stringify(name)} stands twice in the list` });
    } else {
      const { [key]: _name, ...rest } = item;
      // Assignment to `__proto__` would set the prototype; as an own key it is refused like any other bad name.
      Object.defineProperty(keyed, name, { value: rest, enumerable: true });
    }
  }
  return { keyed, faults };
}

/** Of what a list of groups may hold, so that a cyclic file ends somewhere. */
const depthMax = 4;

function plainCopy(value: unknown, depth = 0): unknown {
  if (depth > depthMax) return undefined;
  if (Array.isArray(value)) return value.map((item) => plainCopy(item, depth + 1));
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, plainCopy(child, depth + 1)]));
}

function writeFileValue(draft: Draft, given: { schema: SettingSchema; layer: FileLayer; entry: Entry }): void {
  const { schema, layer, entry } = given;
  const replaced = interpolate(plainCopy(entry.value), layer.environment);
  for (const name of replaced.unset) {
    report(draft, entry, `\${${name}} is not set and has no default (write \${${name}:-default})`);
  }
  if (replaced.unset.length > 0) return;
  const reading = readSetting(schema, {
    value: replaced.value,
    textual: replaced.changed,
    quotable: !replaced.changed,
  });
  if ("faults" in reading) reportFaults(draft, entry, reading.faults);
  else write(draft, { ...entry, value: reading.value });
}

/** Gives every setting that has a default and no value yet its default. */
export function writeDefaults(draft: Draft): void {
  const visit = (schema: SettingSchema, path: readonly string[]): void => {
    const group = openGroup(draft, path);
    const keys = schema.properties ? Object.keys(schema.properties) : Object.keys(group);
    for (const key of keys) {
      const child = childOf(schema, key);
      if (child) visitChild(child, [...path, key], schema.required?.includes(key) || key in group);
    }
  };
  const visitChild = (schema: SettingSchema, path: readonly string[], wanted: boolean): void => {
    const kind = kindOf(schema);
    if (kind === "group" || kind === "record") {
      if (wanted) visit(schema, path);
      return;
    }
    if (schema.default === undefined || valueAt(draft, path) !== undefined) return;
    const reading = readSetting(schema, { value: schema.default, textual: false, quotable: true });
    if ("faults" in reading) {
      throw new Error(`the default of ${path.join(".")} is wrong: ${reading.faults[0]?.message}`);
    }
    write(draft, { path, value: reading.value, source: "default" });
  };
  visit(rootSchema, []);
}
