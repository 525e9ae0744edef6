// Settings of the catalogue: how models are discovered and kept, which of them may be used, and what is said of them by hand.
import { Type } from "@sinclair/typebox";
import { choice, duration, text } from "./setting.ts";

const closed = { additionalProperties: false };

const tokens = (description: string) => Type.Optional(Type.Integer({ minimum: 1, maximum: 100_000_000, description }));
const cost = (description: string) => Type.Optional(Type.Number({ minimum: 0, maximum: 1_000_000, description }));
const ability = (description: string) => Type.Optional(Type.Boolean({ description }));

const override = Type.Object(
  {
    context_window: tokens("Tokens of input and output together."),
    max_tokens: tokens("Tokens of output."),
    supports_vision: ability("Takes images."),
    supports_tool_calls: ability("Calls tools."),
    supports_reasoning: ability("Reasons before it answers."),
    input_cost_per_1m: cost("USD for a million input tokens."),
    output_cost_per_1m: cost("USD for a million output tokens."),
    cache_read_cost_per_1m: cost("USD for a million input tokens read from the provider's cache."),
    cache_write_cost_per_1m: cost("USD for a million input tokens written to the provider's cache."),
  },
  closed,
);

const listModes = ["add", "fallback", "allowlist"] as const;
const listModeHelp =
  "What providers.<name>.models means. add: beside the provider's own list. fallback: in its place when that is empty or cannot be read. allowlist: instead of it, which is then not read.";

export const discoverySettings = {
  refresh_interval: duration("Time between two readings of the providers' model lists. 0s reads them once.", {
    env: "SLUICE_MODELS_REFRESH",
    default: "1h",
    least: 0,
  }),
  recheck_interval: duration(
    "Time until a list that could not be read is asked for again; doubled with each failure, up to refresh_interval. 0s waits for that.",
    { env: "PROVIDER_RECHECK_INTERVAL", default: "60s", least: 0 },
  ),
  timeout: duration("Longest wait for one model list.", { env: "SLUICE_MODELS_TIMEOUT", default: "10s" }),
  snapshot: text(
    "File in which the lists are kept for the next start. auto: sluice/models.json in $CACHE_DIRECTORY, $XDG_CACHE_HOME or ~/.cache, none without these. off: no file.",
    { env: "SLUICE_MODELS_SNAPSHOT", default: "auto" },
  ),
  configured_mode: choice(listModes, listModeHelp, { env: "CONFIGURED_PROVIDER_MODELS_MODE", default: "add" }),
  allowed_models: Type.Array(Type.String({ minLength: 1 }), {
    description:
      "Models that may be used, as patterns over MODEL or PROVIDER/MODEL in which * is any text. All when empty.",
    env: "SLUICE_ALLOWED_MODELS",
    default: [],
  }),
  overrides: Type.Record(Type.String({ pattern: "^(?!__proto__$)[^\\x00-\\x1f\\x7f]{1,300}$" }), override, {
    ...closed,
    asks: "MODEL, PROVIDER/MODEL or PROVIDER/",
    description:
      "Facts and prices of models, over all that is known: by MODEL, PROVIDER/MODEL, or PROVIDER/ for all of a provider's.",
  }),
};

export const providerModels = {
  models_mode: Type.Optional(choice(listModes, "As models.configured_mode, for this provider.", {})),
  allowed_models: Type.Optional(
    Type.Array(Type.String({ minLength: 1 }), { description: "As models.allowed_models, for this provider's models." }),
  ),
};
