// Settings for failover rules: GoModel's form of saying which models answer when a model does not.
import { Type } from "@sinclair/typebox";
import { text } from "./setting.ts";

const closed = { additionalProperties: false };
const selectors = (description: string) => Type.Array(Type.String({ minLength: 1 }), { description });

export const failover = Type.Object(
  {
    enabled: Type.Boolean({ description: "Whether the rules count.", env: "FAILOVER_ENABLED", default: true }),
    rules: Type.Record(
      Type.String({ pattern: "^(?!__proto__$)[^\\x00-\\x1f\\x7f]{1,256}$" }),
      selectors("Models, virtual models or agents that are tried in this order when it fails."),
      {
        ...closed,
        asks: "a selector of 1 to 256 characters",
        env: "FAILOVER_RULES_JSON",
        description: "By the model that may fail: PROVIDER/MODEL, a model, or a virtual model. In the variable: JSON.",
      },
    ),
    manual_rules_path: Type.Optional(
      text("JSON file with further rules; they replace those of the same name here, not those of the variable.", {
        env: "FAILOVER_MANUAL_RULES_PATH",
      }),
    ),
    disabled_models: Type.Array(Type.String({ minLength: 1 }), {
      description: "Models whose rules do not count.",
      env: "FAILOVER_DISABLED_MODELS",
      default: [],
    }),
    disabled_models_json: Type.Optional(
      text("The same as JSON: a list, or true and false by model. It replaces disabled_models.", {
        env: "FAILOVER_DISABLED_MODELS_JSON",
      }),
    ),
  },
  { ...closed, description: "Models that stand in for others." },
);
