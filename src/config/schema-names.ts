// Settings for names that stand for models: virtual models, agents, sessions, and what `models` says about selectors.
// Key names are those of GoModel's virtual models and of Nenya's agents, so that files made for them can be read.
import { Type } from "@sinclair/typebox";
import { choice, duration, text } from "./setting.ts";

const closed = { additionalProperties: false };
const whole = (description: string, minimum: number, maximum: number) =>
  Type.Optional(Type.Integer({ description, minimum, maximum }));
const flag = (description: string) => Type.Optional(Type.Boolean({ description }));
const optional = (description: string) => Type.Optional(text(description));
const texts = (description: string) => Type.Optional(Type.Array(Type.String({ minLength: 1 }), { description }));

/** A client's `model`: no control characters, and no name that objects have of themselves. */
const namePattern = "^(?!__proto__$)[^\\x00-\\x1f\\x7f]{1,256}$";
const name = Type.String({ pattern: namePattern });
const asksName = "a name of 1 to 256 characters";

export const capabilities = [
  "vision",
  "tool_calls",
  "reasoning",
  "audio",
  "video",
  "files",
  "content_arrays",
  "stream_options",
  "auto_tool_choice",
] as const;

const capabilityList = Type.Optional(
  Type.Array(Type.String({ pattern: `^(${capabilities.join("|")})$`, asks: `of ${capabilities.join(", ")}` }), {
    description: "Abilities that a model must have, whatever the request asks.",
  }),
);

const mostTokens = 100_000_000;

const entry = Type.Object(
  {
    model: optional("A selector: provider/model, a model, or another virtual model or agent."),
    provider: optional("The provider; without a model, all of its models."),
    weight: Type.Integer({
      description: "Share of the requests where the strategy spreads them.",
      minimum: 1,
      maximum: 1000,
      default: 1,
    }),
    model_rgx: optional("Regular expression (RE2) over the ids of the models that providers list."),
    provider_rgx: optional("Regular expression (RE2) over the names of the providers."),
    required_capabilities: capabilityList,
    max_context: whole("Longest input in tokens; replaces what is known of the model.", 1, mostTokens),
    max_output: whole("Longest output in tokens; replaces what is known of the model.", 1, mostTokens),
    format: Type.Optional(
      choice(
        ["openai", "responses", "anthropic", "gemini"],
        "Language in which it is called, where its provider speaks several.",
        {},
      ),
    ),
  },
  { ...closed, shorthand: "model" },
);

export const strategyNames = [
  "fallback",
  "failover",
  "round-robin",
  "round_robin",
  "weighted",
  "cost",
  "latency",
  "balanced",
  "adaptive",
  "sticky",
  "least-busy",
  "least_busy",
] as const;

const retry = Type.Object(
  {
    max_retries: whole("Repeats on a target.", 0, 10),
    initial_backoff: Type.Optional(duration("Wait before the first repeat.")),
    max_backoff: Type.Optional(duration("Longest wait before a repeat.")),
    backoff_factor: whole("How many times longer each wait is than the one before.", 1, 10),
  },
  { ...closed, description: "Repeats; what is not set here is as for the provider." },
);

const timer = (of: string) => Type.Optional(duration(`As server.timeouts.${of}, for requests to this name.`));

const timeouts = Type.Object(
  {
    connect: timer("connect"),
    headers: timer("headers"),
    first_output: timer("first_output"),
    idle: timer("idle"),
    total: timer("total"),
  },
  { ...closed, description: "Timers; what is not set here is as for the provider." },
);

const hedge = Type.Object(
  {
    percentile: whole("A second request goes out when the first takes longer than this share of its like.", 50, 99),
    min_delay: Type.Optional(duration("It never goes out earlier.")),
    max_extra_percent: whole("Share of the requests that may be sent twice.", 1, 100),
  },
  { ...closed, description: "A second request where the first output is late; the slower one is given up." },
);

const share = (description: string) => Type.Optional(Type.Number({ description, minimum: 0, maximum: 100 }));

const balance = Type.Object(
  {
    latency: share("Weight of the time to first output."),
    cost: share("Weight of the price."),
    errors: share("Weight of the failures of the last minutes."),
    load: share("Weight of the requests under way."),
  },
  { ...closed, description: "Weights of the balanced strategy." },
);

const route = Type.Object(
  {
    enabled: Type.Boolean({ description: "False: an entry without targets blocks what it names.", default: true }),
    description: optional("Shown with the list of models."),
    strategy: Type.Optional(choice(strategyNames, "Order in which the targets are tried. round-robin by default.", {})),
    targets: Type.Optional(Type.Array(entry, { description: "Models that may answer." })),
    models: Type.Optional(Type.Array(entry, { description: "The same under another name." })),
    target: optional("The same, where there is one."),
    target_model: optional("The same, where there is one."),
    user_paths: texts("User paths that may use it, with everything below them. Everybody by default."),
    session_affinity: flag("Keep a session at its target. On by default."),
    sticky_session_ttl_seconds: whole("How long a session that is silent keeps its target.", 1, 604_800),
    required_capabilities: capabilityList,
    max_context: whole("Longest input in tokens, for targets that name none.", 1, mostTokens),
    max_output: whole("Longest output in tokens, for targets that name none.", 1, mostTokens),
    system_prompt: optional("System prompt of requests that have none."),
    system_prompt_file: optional("File that holds the system prompt."),
    force_system_prompt: flag("Put the system prompt before the client's own, too."),
    balance: Type.Optional(balance),
    max_retries: whole("Failed attempts after which no further target is tried. 0 is no limit.", 0, 100),
    cooldown_seconds: whole("How long a target is left alone after it has failed again and again.", 1, 86_400),
    failure_threshold: whole("Failures within the window that make it so.", 1, 1000),
    failure_window_secs: whole("The window, in seconds.", 1, 86_400),
    success_threshold: whole("Probes that must be answered before it is used again.", 1, 100),
    retry: Type.Optional(retry),
    timeouts: Type.Optional(timeouts),
    hedge: Type.Optional(hedge),
    continuation: flag("Let the next target go on with a plain text stream that has broken off."),
    on_context_limit: Type.Optional(
      choice(["larger", "trim"], "When the input is too long: a larger target, or the oldest turns go.", {}),
    ),
    slowdown: Type.Optional(
      Type.Number({
        description: "Fraction of the time of an answer that is waited on top of it; 0 undoes what a target asks for.",
        minimum: 0,
        maximum: 10,
      }),
    ),
  },
  closed,
);

export const virtualModels = Type.Record(name, route, {
  ...closed,
  asks: asksName,
  keyedBy: "source",
  env: "VIRTUAL_MODELS",
  description: "Names that stand for models; without targets, who may use a model. In the variable: JSON.",
});

export const agents = Type.Record(name, route, {
  ...closed,
  asks: asksName,
  keyedBy: "name",
  description: "Named lists of models with a strategy. The same settings as virtual_models.",
});

export const autoAgents = [
  "auto_fast",
  "auto_reasoning",
  "auto_vision",
  "auto_tools",
  "auto_large",
  "auto_balanced",
  "auto_coding",
] as const;

export const discovery = Type.Object(
  {
    auto_agents: Type.Boolean({
      description: "Make agents of what is known of the models: auto_fast, auto_reasoning, and so on.",
      env: "SLUICE_AUTO_AGENTS",
      default: false,
    }),
    auto_agents_config: Type.Record(
      Type.String({ pattern: `^(${autoAgents.join("|")})$` }),
      Type.Object({ enabled: Type.Boolean({ description: "Whether there is this one.", default: true }) }, closed),
      { ...closed, asks: `one of ${autoAgents.join(", ")}`, description: "Which of them; all when none is named." },
    ),
  },
  { ...closed, description: "Agents that nobody wrote." },
);

export const sessions = Type.Object(
  {
    enabled: Type.Boolean({
      description: "Keep a client's session at its target and its credential, where its prompt is in the cache.",
      env: "SLUICE_SESSIONS",
      default: true,
    }),
    auto_detect: Type.Boolean({
      description: "Know a session without an id by its opening, from its second turn on.",
      env: "SLUICE_SESSIONS_AUTO_DETECT",
      default: true,
    }),
    headers: Type.Array(Type.String({ pattern: "^[A-Za-z0-9][A-Za-z0-9_-]*$" }), {
      description: "Further request headers that hold a session's id; they win over the usual ones.",
      env: "SLUICE_SESSIONS_HEADERS",
      default: [],
    }),
    ttl: duration("How long a session that is silent keeps its target.", { env: "SLUICE_SESSIONS_TTL", default: "6h" }),
    max_entries: Type.Integer({
      description: "Sessions that are remembered; the one that was silent longest goes first.",
      env: "SLUICE_SESSIONS_MAX_ENTRIES",
      minimum: 1,
      maximum: 10_000_000,
      default: 10_000,
    }),
  },
  { ...closed, description: "Sessions of clients." },
);

/** Parts of `models` that say what a selector means. */
export const selectorSettings = {
  order: Type.Array(Type.String({ minLength: 1 }), {
    description: "Providers, in order of choice, for models that several list and a request names without a provider.",
    env: "SLUICE_MODELS_ORDER",
    default: [],
  }),
  enabled_by_default: Type.Boolean({
    description: "False: only models that an entry of virtual_models allows may be used.",
    env: "MODELS_ENABLED_BY_DEFAULT",
    default: true,
  }),
  list_names_only: Type.Boolean({
    description: "Show virtual models and agents alone in the list of models.",
    env: "KEEP_ONLY_ALIASES_AT_MODELS_ENDPOINT",
    default: false,
  }),
};
