// The log: one line per event on stderr, JSON or text, written in batches so that a line costs no system call of its own.
import type { JsonValue } from "../core/json.ts";

export type LogLevel = "debug" | "info" | "warn" | "error";
export type LogFields = { readonly [name: string]: JsonValue | undefined };

export interface Log {
  write(level: LogLevel, message: string, fields?: LogFields): void;
  /** Writes what is pending. */
  flush(): void;
  close(): void;
}

const ranks: { readonly [level in LogLevel]: number } = { debug: 0, info: 1, warn: 2, error: 3 };

const flushMs = 100;
/** Lines waiting for the next flush; at this many they are written at once. */
const pendingBytesMax = 64 * 1024;

export type LogOptions = {
  level: LogLevel;
  format: "json" | "text";
  /** Takes whole lines. */
  sink: (text: string) => void;
  /** Wall clock for the time stamp. */
  nowMs?: () => number;
};

export function openLog(options: LogOptions): Log {
  const least = ranks[options.level];
  const stamp = openStamp(options.nowMs ?? Date.now);
  const render = options.format === "json" ? jsonLine : textLine;
  let pending = "";
  let timer: ReturnType<typeof setTimeout> | undefined;
  const flush = () => {
    if (timer !== undefined) clearTimeout(timer);
    timer = undefined;
    if (pending === "") return;
    const text = pending;
    pending = "";
    options.sink(text);
  };
  return {
    write(level, message, fields = {}) {
      if (ranks[level] < least) return;
      pending += render({ level, message, fields, time: stamp() });
      // Warnings and errors are what is looked for after a crash: they do not wait.
      if (ranks[level] >= ranks.warn || pending.length > pendingBytesMax) flush();
      else timer ??= setTimeout(flush, flushMs);
    },
    flush,
    close: flush,
  };
}

/** ISO 8601 of the wall clock, made once per millisecond. */
function openStamp(nowMs: () => number): () => string {
  let lastMs = Number.NaN;
  let text = "";
  return () => {
    const now = nowMs();
    if (now !== lastMs) {
      lastMs = now;
      text = new Date(now).toISOString();
    }
    return text;
  };
}

type Line = { level: LogLevel; message: string; fields: LogFields; time: string };

/** Names that fields may not take: the line's own members are written before them. */
const ownNames = ["time", "level", "message"];

function jsonLine(line: Line): string {
  const { fields } = line;
  const taken = ownNames.some((name) => name in fields);
  const rest = JSON.stringify(taken ? { ...fields, time: undefined, level: undefined, message: undefined } : fields);
  const start = `{"time":"${line.time}","level":"${line.level}","message":${JSON.stringify(line.message)}`;
  return rest === "{}" ? `${start}}\n` : `${start},${rest.slice(1)}\n`;
}

function textLine(line: Line): string {
  let text = `${line.time} ${line.level.padEnd(5)} ${line.message}`;
  for (const [name, value] of Object.entries(line.fields)) {
    if (value !== undefined) text += ` ${name}=${typeof value === "string" ? quoted(value) : JSON.stringify(value)}`;
  }
  return `${oneLine(text)}\n`;
}

/** Values come from clients and providers: a line break or a quote in one must not make a second line or field. */
function quoted(value: string): string {
  return /^[\w./:@+-]+$/.test(value) ? value : JSON.stringify(value);
}

/** C1 controls and the Unicode line ends pass JSON.stringify, and a terminal obeys some of them. */
function oneLine(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must not get through.
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, " ");
}
