// One thing that `sluice doctor` looked at, and what came of it.

export type Finding = {
  /** A provider's name, "settings" or "machine". */
  scope: string;
  /** What was looked at, in a word: "address", "credential". */
  check: string;
  status: "ok" | "warning" | "failure" | "skipped";
  /** Stable, for programs: "tls.expired". */
  code: string;
  message: string;
  /** What to do about it; there whenever the status is warning or failure. */
  remedy?: string;
};

/** A finding before it is said whose it is. */
export type Draft = Omit<Finding, "scope">;
