// Times that hosts write: Unix seconds as the text of a calendar.

/** ISO 8601 of a Unix time; undefined for one that no calendar has: hosts write what they like. */
export function isoOfSeconds(seconds: number | undefined): string | undefined {
  const date = new Date((seconds ?? Number.NaN) * 1000);
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString();
}
