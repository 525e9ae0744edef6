// What every port of state has in common: who shares it, and how it is closed.

/** Who sees the same state: this process, the processes of this host, or every replica. */
export type Scope = "process" | "host" | "fleet";

export interface Port {
  readonly scope: Scope;
  close(): void | Promise<void>;
}
