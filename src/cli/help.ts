// What `--help` prints: an overview, or one command with its options. The settings come from the schema.
import { allSettings } from "../config/settings.ts";
import { commands } from "./table.ts";

type Line = readonly [left: string, right: string];

/** The overview. */
export function overviewText(): string {
  return [
    "Sluice: an AI gateway in one executable.",
    "",
    "Usage: sluice [command] [options]",
    "",
    "Commands:",
    ...columns([...commands].map(([name, { summary }]) => [name, summary])),
    "",
    "sluice <command> --help tells more about one command.",
    "",
    "Exit codes: 0 it worked, 1 it did not, 2 the command line was wrong.",
    "",
  ].join("\n");
}

/** One command; undefined when there is none of that name. */
export function commandText(name: string): string | undefined {
  const row = commands.get(name);
  if (!row) return undefined;
  const own: Line[] = [...row.options, ["-h, --help", "print this"]];
  return [
    `Usage: ${["sluice", name, row.synopsis].filter((part) => part !== "").join(" ")}`,
    "",
    row.summary,
    "",
    "Options:",
    ...columns(own),
    ...(row.notes ? ["", ...row.notes] : []),
    ...(row.takesSettings ? settingLines() : []),
    "",
  ].join("\n");
}

function settingLines(): string[] {
  const sources: Line[] = [
    ["--config FILE", "config file; else sluice.yaml, .yml or .json here, then in /etc/sluice"],
    ["--env-file FILE", "more variables, as NAME=value lines; the environment wins over them"],
    ["--set PATH=VALUE", "any setting by its path in the file; lists are separated by commas"],
  ];
  const flags = allSettings().flatMap(({ flags: [flag], kind, schema }): Line[] => {
    if (flag === undefined) return [];
    const defaultText = schema.default === undefined ? [] : [`default ${schema.default}`];
    const notes = [...(schema.env === undefined ? [] : [schema.env]), ...defaultText].join(", ");
    return [[`--${flag}${kind === "boolean" ? "" : " VALUE"}`, `${schema.description} [${notes}]`]];
  });
  return [
    "",
    "Settings, from the weakest source to the strongest: defaults, file, environment, command line.",
    "Durations are written 30s, 500ms, 5m or 1h (a bare number is seconds), sizes 32MiB or 10MB (bytes).",
    ...columns([...sources, ...flags]),
  ];
}

function columns(lines: readonly Line[]): string[] {
  const width = Math.max(...lines.map(([left]) => left.length));
  return lines.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`);
}
