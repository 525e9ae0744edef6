// Environment variables as settings: which there are, which are not ours, and which are misspelt.
import { type Draft, openGroup, report, writeText, writeTree } from "./draft.ts";
import { type Environment, readEnvironmentText } from "./environment.ts";
import { readTextFile } from "./file.ts";
import { nearest, suggestion } from "./nearest.ts";
import { allSettings, type RecordVariable, recordVariables } from "./settings.ts";

export type Variables = {
  /** Without empty values. */
  values: Readonly<Record<string, string>>;
  /** The .env file that a variable came from; absent for the real environment. */
  files: ReadonlyMap<string, string>;
};

/** Joins the real environment, which wins, with .env files, of which the later win. Reports files that cannot be read. */
export function joinEnvironments(draft: Draft, environment: Environment, paths: readonly string[]): Variables {
  const values: Record<string, string> = {};
  const files = new Map<string, string>();
  for (const path of paths) {
    const file = readTextFile(path);
    const source = "--env-file";
    if ("message" in file) {
      report(draft, { path: [source], source: path }, file.message);
      continue;
    }
    const read = readEnvironmentText(file.text);
    for (const problem of read.problems) {
      report(draft, { path: [source], source: path }, `line ${problem.line}: ${problem.message}`);
    }
    for (const [name, value] of read.variables) {
      if (value === "") continue;
      values[name] = value;
      files.set(name, path);
    }
  }
  for (const [name, value] of Object.entries(environment)) {
    if (value === undefined || value === "") continue;
    values[name] = value;
    files.delete(name);
  }
  return { values: Object.freeze(values), files };
}

/** Writes the settings that variables give, and reports every SLUICE_ variable that is none. */
export function writeVariables(draft: Draft, variables: Variables): void {
  const names: string[] = [];
  for (const { path, schema } of allSettings()) {
    if (schema.env === undefined) continue;
    names.push(schema.env);
    const value = variables.values[schema.env];
    if (value !== undefined)
      writeText(draft, { path: path.split("."), value, source: sourceOf(variables, schema.env) });
  }
  for (const record of recordVariables()) {
    names.push(record.env);
    const value = variables.values[record.env];
    if (value !== undefined) writeRecord(draft, record, { value, source: sourceOf(variables, record.env) });
  }
  for (const [name, value] of Object.entries(variables.values)) {
    if (!name.startsWith("SLUICE_") || names.includes(name) || isServiceLink(name, value)) continue;
    report(
      draft,
      { path: [name], source: sourceOf(variables, name) },
      `unknown variable${suggestion(closest(name, names))}`,
    );
  }
}

/** A whole record as JSON. An entry replaces the file's entry of that name; the others stay. */
function writeRecord(draft: Draft, { path, schema }: RecordVariable, given: { value: string; source: string }): void {
  let content: unknown;
  try {
    content = JSON.parse(given.value);
  } catch {
    report(draft, { path, source: given.source }, "is not JSON");
    return;
  }
  const key = schema.keyedBy ?? "";
  const names = Array.isArray(content) ? content.map((entry) => String(entry?.[key])) : Object.keys(content ?? {});
  const tree = openGroup(draft, path);
  for (const name of names) delete tree[name];
  writeTree(draft, { content, source: given.source, environment: {} }, path);
}

function sourceOf(variables: Variables, name: string): string {
  const file = variables.files.get(name);
  return file === undefined ? `env ${name}` : `env ${name} in ${file}`;
}

// SLUICE_PORT means PORT: the prefix must not count as distance.
function closest(name: string, names: readonly string[]): string | undefined {
  const stem = (text: string): string => text.replace(/^SLUICE_/, "");
  const exact = names.find((known) => stem(known) === stem(name));
  if (exact !== undefined) return exact;
  const found = nearest(stem(name), names.map(stem));
  return names.find((known) => stem(known) === found);
}

// Kubernetes gives every pod such variables for each service of its namespace, and ours is called "sluice"
// (kubernetes.io, "Discovering services: environment variables").
const serviceAddress = /^SLUICE_(?:[A-Z0-9_]+_)?SERVICE_(?:HOST|PORT(?:_[A-Z0-9_]+)?)$/;
const servicePort = /^SLUICE_(?:[A-Z0-9_]+_)?PORT_\d+_(?:TCP|UDP|SCTP)(?:_(?:PROTO|PORT|ADDR))?$/;
const serviceLink = /^SLUICE_(?:[A-Z0-9_]+_)?PORT$/;

function isServiceLink(name: string, value: string): boolean {
  if (serviceAddress.test(name) || servicePort.test(name)) return true;
  return serviceLink.test(name) && /^(?:tcp|udp|sctp):\/\//.test(value);
}
