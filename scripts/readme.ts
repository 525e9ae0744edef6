// Rewrites the README's generated tables, each between two HTML comments of its name: `npm run readme`.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { commands } from "../src/cli/table.ts";
import { settingsTable } from "../src/config/settings.ts";
import { errorTable } from "../src/core/errors.ts";
import { routes } from "../src/http/routes.ts";
import { edits, repairs } from "../src/providers/edits.ts";
import { providerRows } from "../src/providers/rows.ts";

const readmePath = join(import.meta.dir, "../README.md");

const code = (text: string) => (text === "" ? "" : `\`${text.replaceAll("|", "\\|")}\``);
const cell = (text: string) => text.replaceAll("|", "\\|");

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

function commandTable(): string {
  const rows = [...commands].map(([name, { synopsis, summary }]) => [
    code(`sluice ${name} ${synopsis}`.trim()),
    summary,
  ]);
  return table(["Command", "What it does"], rows);
}

function settingTable(): string {
  const rows = settingsTable().map((row) => [
    code(row.path),
    code(row.env),
    cell(row.type),
    code(row.default),
    cell(row.help),
  ]);
  return table(["Setting", "Variable", "Type", "Default", "What it does"], rows);
}

function endpointTable(): string {
  const rows = routes.map(({ methods, path, summary }) => [methods.join(", "), code(path), summary]);
  return table(["Method", "Path", "What it does"], rows);
}

const dialectNames: { readonly [dialect: string]: string } = {
  "openai-chat": "Chat Completions",
  "openai-responses": "Responses",
  "openai-completions": "text completions",
  "anthropic-messages": "Messages",
  gemini: "generateContent",
  "cohere-chat": "Cohere Chat",
};

function providerTable(): string {
  const rows = providerRows.map((row) => {
    const prefixes = [row.envPrefix, ...(row.envAliases ?? [])];
    const keys = [...prefixes.map((prefix) => `${prefix}_API_KEY`), ...(row.keyEnv ?? [])].map(code).join(" or ");
    return [
      [row.type, ...(row.aliases ?? [])].map(code).join(" "),
      row.title,
      row.keyless ? `${keys} (optional)` : keys,
      code(`${row.envPrefix}_BASE_URL`),
      row.baseUrl === undefined ? "none: set it" : row.baseUrl,
      Object.keys(row.speaks)
        .map((dialect) => dialectNames[dialect] ?? dialect)
        .join(", "),
      Object.keys(row.operations ?? {}).join(", "),
    ];
  });
  const head = ["Name", "Provider", "Credential", "Address variable", "Default address", "Chat in", "Beside chat"];
  return table(head, rows);
}

function editTable(): string {
  const rows = Object.entries(edits).flatMap(([dialect, names]) =>
    Object.entries(names).map(([name, words]) => [code(name), dialectNames[dialect] ?? dialect, words]),
  );
  return table(["Edit", "Of", "The request goes on"], rows);
}

function repairTable(): string {
  return table(
    ["Repair", "What is put right"],
    Object.entries(repairs).map(([name, words]) => [code(name), words.replaceAll("<", "&lt;")]),
  );
}

function errorTableText(): string {
  const rows = Object.values(errorTable).map(({ status, type, publicCode, kind, retryable }) => [
    String(status),
    code(type),
    publicCode === null ? "null" : code(publicCode),
    code(kind),
    retryable ? "yes" : "no",
  ]);
  return table(["Status", "type", "code", "error_kind", "May succeed later"], rows);
}

/** Name of the comments -> what stands between them. */
const tables: { readonly [name: string]: () => string } = {
  commands: commandTable,
  settings: settingTable,
  endpoints: endpointTable,
  providers: providerTable,
  edits: editTable,
  repairs: repairTable,
  errors: errorTableText,
};

/** The text with every table as it must be now. Throws when the comments of a table are missing. */
export function withTables(readme: string): string {
  let text = readme;
  for (const [name, write] of Object.entries(tables)) {
    const [open, close] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
    const [start, end] = [text.indexOf(open), text.indexOf(close)];
    if (start < 0 || end < start) throw new Error(`the README has no ${open} … ${close}`);
    text = `${text.slice(0, start + open.length)}\n\n${write()}\n\n${text.slice(end)}`;
  }
  return text;
}

if (import.meta.main) writeFileSync(readmePath, withTables(readFileSync(readmePath, "utf8")));
