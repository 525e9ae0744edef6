// Every setting there is: its type, default, environment name and help, in one TypeBox schema.
import { type Static, Type } from "@sinclair/typebox";
import { endpoints, uploads } from "./schema-endpoints.ts";
import { failover } from "./schema-failover.ts";
import { discoverySettings } from "./schema-models.ts";
import { agents, discovery, selectorSettings, sessions, virtualModels } from "./schema-names.ts";
import { passthrough } from "./schema-passthrough.ts";
import { providers } from "./schema-providers.ts";
import { resilience } from "./schema-resilience.ts";
import { storage } from "./schema-storage.ts";
import { choice, duration, size, text } from "./setting.ts";

const closed = { additionalProperties: false };

const timeouts = Type.Object(
  {
    connect: duration("Longest wait for a connection to a provider.", {
      env: "SLUICE_TIMEOUT_CONNECT",
      default: "10s",
    }),
    headers: duration("Longest wait for the headers of a provider's reply.", {
      env: "SLUICE_TIMEOUT_HEADERS",
      default: "10m",
    }),
    first_output: duration("Longest wait for the first output of a reply.", {
      env: "SLUICE_TIMEOUT_FIRST_OUTPUT",
      default: "10m",
    }),
    idle: duration("Longest silence inside a reply; any byte ends it.", { env: "SLUICE_TIMEOUT_IDLE", default: "2m" }),
    total: duration("Longest duration of one attempt, from dispatch to its last byte.", {
      env: "SLUICE_TIMEOUT_TOTAL",
      default: "1h",
    }),
  },
  { ...closed, description: "Five timers around every call of a provider." },
);

const server = Type.Object(
  {
    host: text(
      "Address to listen on. Loopback by default; 0.0.0.0 by default once a master key is set. Any other address needs a master key or allow_open.",
      { env: "HOST", flag: "host", default: "127.0.0.1" },
    ),
    port: Type.Integer({
      minimum: 0,
      maximum: 65535,
      description: "Port to listen on. 0 takes any free one.",
      env: "PORT",
      flag: "port",
      default: 8080,
    }),
    master_key: Type.Optional(
      text("Key that clients must send. Without one everybody who reaches the listener may use it.", {
        env: "SLUICE_MASTER_KEY",
        secret: true,
      }),
    ),
    master_key_file: Type.Optional(
      text("File that holds the master key, for mounted secrets.", { env: "SLUICE_MASTER_KEY_FILE" }),
    ),
    allow_open: Type.Boolean({
      description: "Listen on an address other than loopback without a master key.",
      env: "SLUICE_ALLOW_OPEN",
      default: false,
    }),
    body_limit: size("Largest request body.", { env: "SLUICE_BODY_LIMIT", default: "32MiB" }),
    drain_timeout: duration("How long running requests may go on after a stop was asked for. 0s stops at once.", {
      env: "SLUICE_DRAIN_TIMEOUT",
      default: "30s",
      least: 0,
    }),
    commit_after: duration(
      "How long the HTTP status is held back for the first output, so that failures keep their status. 0s holds nothing.",
      { env: "SLUICE_COMMIT_AFTER", default: "10s", least: 0 },
    ),
    heartbeat: duration("Time between heartbeats on a stream that is silent.", {
      env: "SLUICE_HEARTBEAT",
      default: "15s",
    }),
    timeouts,
  },
  { ...closed, description: "The listener and the life of a request." },
);

const replies = Type.Object(
  {
    annotate: Type.Boolean({
      description: "Add what Sluice knows about a reply to its body.",
      env: "SLUICE_REPLIES_ANNOTATE",
      default: false,
    }),
  },
  { ...closed, description: "What replies carry beside the provider's answer." },
);

const demo = Type.Object(
  {
    enabled: choice(
      ["auto", true, false],
      "A provider that answers in this process, without a credential. auto: only when there is no other.",
      { env: "SLUICE_DEMO", default: "auto" },
    ),
  },
  { ...closed, description: "The built-in demonstration provider." },
);

const models = Type.Object(
  {
    ...discoverySettings,
    ...selectorSettings,
  },
  { ...closed, description: "Discovery of models, and what their names mean." },
);

const content = Type.Object(
  {
    fetch_media: choice(
      ["public", "off", "any"],
      "Which media addresses in requests Sluice may fetch itself when a provider cannot. public: no private networks.",
      { env: "SLUICE_FETCH_MEDIA", default: "public" },
    ),
  },
  { ...closed, description: "What happens to the content of requests." },
);

const telemetry = Type.Object(
  {
    log_level: choice(["debug", "info", "warn", "error"], "Least level that is logged.", {
      env: "SLUICE_LOG_LEVEL",
      default: "info",
    }),
    log_format: choice(["text", "json"], "How log lines are written.", { env: "SLUICE_LOG_FORMAT", default: "json" }),
    log_requests: Type.Boolean({
      description: "Write one line per request.",
      env: "SLUICE_LOG_REQUESTS",
      default: true,
    }),
  },
  { ...closed, description: "Logs." },
);

/**
 * The loaded settings. Properties that are not Optional here always have a value after loading (a default or what was
 * set), so a file needs none of them; `jsonSchema()` publishes the form that files take.
 */
export const configSchema = Type.Object(
  {
    server,
    providers,
    resilience,
    replies,
    passthrough,
    strict: Type.Boolean({
      description: "Refuse requests that a provider could answer only with a loss.",
      env: "SLUICE_STRICT",
      default: false,
    }),
    endpoints,
    uploads,
    demo,
    models,
    virtual_models: virtualModels,
    agents,
    failover,
    discovery,
    sessions,
    storage,
    content,
    telemetry,
  },
  { ...closed, title: "Sluice" },
);

type DeepReadonly<T> = T extends (infer Item)[]
  ? readonly DeepReadonly<Item>[]
  : T extends object
    ? { readonly [Key in keyof T]: DeepReadonly<T[Key]> }
    : T;

/** Checked and frozen. Durations are milliseconds, sizes are bytes. Keys are those of the file. */
export type Config = DeepReadonly<Static<typeof configSchema>>;
