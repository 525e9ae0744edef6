// The settings while they are put together: a tree, where each value came from, and what was wrong on the way.
import { isObject } from "../core/json.ts";
import type { Environment } from "./environment.ts";
import { interpolate } from "./interpolate.ts";
import type { SettingSchema } from "./setting.ts";
import { kindOf } from "./setting.ts";
import { childOf, rootSchema, unknownKey } from "./settings.ts";
import { readSetting } from "./values.ts";

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
  if ("message" in reading) report(draft, entry, reading.message);
  else write(draft, { ...entry, value: reading.value });
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
  const visit = (schema: SettingSchema, value: unknown, path: readonly string[]): void => {
    const kind = kindOf(schema);
    if (kind === "group" || kind === "record") visitGroup(schema, value, path);
    else writeFileValue(draft, { schema, layer, entry: { path, value, source: layer.source } });
  };
  const visitGroup = (schema: SettingSchema, value: unknown, path: readonly string[]): void => {
    // A group whose lines are all commented out is null in YAML.
    const group = value ?? {};
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
  visit(rootSchema, layer.content, []);
}

function writeFileValue(draft: Draft, given: { schema: SettingSchema; layer: FileLayer; entry: Entry }): void {
  const { schema, layer, entry } = given;
  const replaced = interpolate(entry.value, layer.environment);
  for (const name of replaced.unset) {
    report(draft, entry, `\${${name}} is not set and has no default (write \${${name}:-default})`);
  }
  if (replaced.unset.length > 0) return;
  const reading = readSetting(schema, {
    value: replaced.value,
    textual: replaced.changed,
    quotable: !replaced.changed,
  });
  if ("message" in reading) report(draft, entry, reading.message);
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
    if ("message" in reading) throw new Error(`the default of ${path.join(".")} is wrong: ${reading.message}`);
    write(draft, { path, value: reading.value, source: "default" });
  };
  visit(rootSchema, []);
}
