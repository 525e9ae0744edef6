// Every command there is: its name, how it is called, what it does, and where it lives.
import { faultNames } from "../providers/mock-faults.ts";
import { mockDialects } from "../providers/mock-wire.ts";
import type { CommandModule } from "./command.ts";

export type CommandRow = {
  /** What may follow the name, as help shows it. */
  synopsis: string;
  summary: string;
  /** The command's own options with their help. */
  options: readonly (readonly [option: string, help: string])[];
  /** Lines after the options. */
  notes?: readonly string[];
  /** It reads the settings: help lists their options too. */
  takesSettings: boolean;
  /** Loaded only when it is run: `sluice health` must not open a database. */
  load: () => Promise<CommandModule>;
};

export const commands: ReadonlyMap<string, CommandRow> = new Map<string, CommandRow>([
  [
    "serve",
    {
      synopsis: "[options]",
      summary: "Start the gateway. What sluice does without a command.",
      options: [],
      takesSettings: true,
      load: () => import("./serve.ts"),
    },
  ],
  [
    "check",
    {
      synopsis: "[options]",
      summary: "Say whether a start with these settings would succeed, and why not.",
      options: [],
      takesSettings: true,
      load: () => import("./check.ts"),
    },
  ],
  [
    "doctor",
    {
      synopsis: "[--provider NAME] [--json] [options]",
      summary: "Look at every provider, the machine and the settings, and say what to do about what is wrong.",
      options: [
        ["--provider NAME", "look at this provider alone"],
        ["--json", "print JSON: findings with scope, check, status, code, message and remedy"],
      ],
      notes: [
        "Costs nothing: a provider is asked for its list of models only. Exit code 0: nothing failed; warnings do not count.",
      ],
      takesSettings: true,
      load: () => import("./doctor.ts"),
    },
  ],
  [
    "models",
    {
      synopsis: "[--provider NAME] [--json] [options]",
      summary: "List the models of every provider, read now, with limits, abilities and prices.",
      options: [
        ["--provider NAME", "list the models of this provider alone"],
        ["--json", "print JSON"],
      ],
      takesSettings: true,
      load: () => import("./models.ts"),
    },
  ],
  [
    "config",
    {
      synopsis: "schema | show [--json] [options]",
      summary: "Print the JSON Schema of the config file, or every setting and where it comes from.",
      options: [["--json", "show: print JSON; durations are milliseconds, sizes bytes"]],
      takesSettings: true,
      load: () => import("./config.ts"),
    },
  ],
  [
    "health",
    {
      synopsis: "[--ready] [--url URL] [options]",
      summary: "Ask a running gateway how it is. Exit code 0: well.",
      options: [
        ["--ready", "ask whether it accepts requests, not only whether it lives"],
        ["--url URL", "its address; by default the configured one"],
      ],
      takesSettings: true,
      load: () => import("./health.ts"),
    },
  ],
  [
    "mock",
    {
      synopsis: "--dir DIR [options]",
      summary: "Serve recorded provider traffic as a provider, for tests and trials.",
      options: [
        ["--dir DIR", "recordings: <dialect>/<source>/<case>.json, .chunks.txt, .txt or .sse"],
        ["--host HOST", "address to listen on (127.0.0.1)"],
        ["--port N", "port to listen on (8081); 0 picks a free one"],
        ["--dialect NAME", `serve one dialect: ${mockDialects.join(", ")}; DIR may then hold its cases directly`],
        ["--case NAME", "case for requests whose model names none"],
        ["--pace DURATION", "pause between frames, such as 20ms"],
        ["--chunk-bytes N", "send pieces of N bytes instead of whole frames"],
        ["--fault NAME[@K][=VALUE]", `fail every request in this way, after K good frames: ${faultNames.join(", ")}`],
      ],
      notes: [
        `A request's model names the case; "case!stall@3" names a case and a fault, and "!stall@3" a fault alone.`,
        "The headers x-mock-case, x-mock-fault and x-mock-pace do the same. GET /requests shows the last 100 requests.",
      ],
      takesSettings: false,
      load: () => import("./mock.ts"),
    },
  ],
  [
    "version",
    {
      synopsis: "",
      summary: "Print the version.",
      options: [],
      takesSettings: false,
      load: () => import("./version.ts"),
    },
  ],
]);
