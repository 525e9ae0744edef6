// Durations and sizes as people write them, and back. Durations are milliseconds inside, sizes are bytes.

type Units = readonly (readonly [unit: string, factor: number])[];

const durationUnits: Units = [
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["m", 60_000],
  ["s", 1000],
  ["ms", 1],
];

const sizeUnits: Units = [
  ["GiB", 1024 ** 3],
  ["MiB", 1024 ** 2],
  ["KiB", 1024],
  ["GB", 1000 ** 3],
  ["MB", 1000 ** 2],
  ["KB", 1000],
  ["B", 1],
];

/** What the JSON Schema says about a text that holds a duration or a size; a `${VAR}` may stand for either. */
export const durationPattern = "^(\\d+(\\.\\d+)?|(\\d+(\\.\\d+)?(ms|s|m|h|d))+)$|\\$\\{";
export const sizePattern = "^\\d+(\\.\\d+)? ?([KkMmGg]([Ii]?)[Bb]|[Bb])?$|\\$\\{";

const bareNumber = /^\d+(?:\.\d+)?$/;

/** "30s", "500ms", "1h30m"; a bare number is seconds. Undefined when it is none of these. */
export function parseDuration(text: string): number | undefined {
  if (bareNumber.test(text)) return Math.round(Number(text) * 1000);
  if (!/^(?:\d+(?:\.\d+)?(?:ms|s|m|h|d))+$/.test(text)) return undefined;
  let totalMs = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/g)) {
    totalMs += Number(amount) * factorOf(durationUnits, unit ?? "");
  }
  return Math.round(totalMs);
}

/** "32MiB", "10MB", "512 KiB"; a bare number is bytes. Undefined when it is none of these. */
export function parseSize(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?) ?([kmg]i?b|b)?$/i.exec(text);
  return match ? Math.round(Number(match[1]) * factorOf(sizeUnits, match[2] ?? "B")) : undefined;
}

function factorOf(units: Units, unit: string): number {
  return units.find(([name]) => name.toLowerCase() === unit.toLowerCase())?.[1] ?? 1;
}

/** The shortest exact writing in one unit: 90000 -> "90s". */
export function formatDuration(durationMs: number): string {
  return format(durationMs, durationUnits) ?? "0s";
}

export function formatSize(sizeBytes: number): string {
  return format(sizeBytes, sizeUnits) ?? "0B";
}

function format(amount: number, units: Units): string | undefined {
  const fitting = units.find(([, factor]) => amount >= factor && amount % factor === 0);
  return fitting && `${amount / fitting[1]}${fitting[0]}`;
}
