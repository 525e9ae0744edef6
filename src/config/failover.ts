// Failover rules from their further sources: a JSON file, and the models that are switched off as JSON.
import { resolve } from "node:path";
import { isObject } from "../core/json.ts";
import { type Draft, report, valueAt, write, writeTree } from "./draft.ts";
import { readTextFile } from "./file.ts";

const rules = ["failover", "rules"];

/** Rules of the file win over the configuration's, and those of the variable over both (gomodel.md 2.4). */
export function readFailover(draft: Draft, workingDirectory: string): void {
  readRulesFile(draft, workingDirectory);
  readDisabled(draft);
}

function readRulesFile(draft: Draft, workingDirectory: string): void {
  const path = ["failover", "manual_rules_path"];
  const named = valueAt(draft, path);
  if (typeof named !== "string") return;
  const filePath = resolve(workingDirectory, named);
  const entry = { path, source: draft.origins.get(path.join(".")) ?? "" };
  const file = readTextFile(filePath);
  if ("message" in file) {
    report(draft, entry, file.message);
    return;
  }
  const content = parsed(file.text);
  if (!isObject(content)) {
    report(draft, entry, `${filePath} is not a JSON object`);
    return;
  }
  const isOverridden = (name: string) => draft.origins.get([...rules, name].join("."))?.startsWith("env ");
  const own = Object.entries(content).filter(([name]) => !isOverridden(name));
  writeTree(draft, { content: Object.fromEntries(own), source: filePath, environment: {} }, rules);
}

function readDisabled(draft: Draft): void {
  const path = ["failover", "disabled_models_json"];
  const written = valueAt(draft, path);
  if (typeof written !== "string") return;
  const source = draft.origins.get(path.join(".")) ?? "";
  const content = parsed(written);
  const names = Array.isArray(content)
    ? content
    : isObject(content)
      ? Object.entries(content).flatMap(([name, isDisabled]) =>
          isDisabled === true ? name : isDisabled === false ? [] : [undefined],
        )
      : [undefined];
  if (names.every((name) => typeof name === "string" && name !== "")) {
    write(draft, { path: ["failover", "disabled_models"], value: names, source });
  } else {
    report(draft, { path, source }, "is neither a JSON list of models nor true and false by model");
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
