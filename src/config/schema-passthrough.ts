// Settings of passthrough: which providers' own APIs are reachable below /p/ and /proxy/.
import { Type } from "@sinclair/typebox";
import { size } from "./setting.ts";

export const passthrough = Type.Object(
  {
    enabled: Type.Boolean({
      description: "Serve the providers' own APIs below /p/ and /proxy/.",
      env: "SLUICE_PASSTHROUGH",
      default: true,
    }),
    providers: Type.Optional(
      Type.Array(Type.String({ minLength: 1 }), {
        description: "Providers, by name or type, that may be called so. All when it is not set.",
        env: "SLUICE_PASSTHROUGH_PROVIDERS",
      }),
    ),
    v1_alias: Type.Boolean({
      description: "Below /p/, a leading v1/ stands for the version in the provider's base URL. Refused when off.",
      env: "SLUICE_PASSTHROUGH_VERSION_ALIAS",
      default: true,
    }),
    body_limit: size("Largest request body of a passthrough request; it is never collected.", {
      env: "SLUICE_PASSTHROUGH_BODY_LIMIT",
      default: "512MiB",
    }),
  },
  { additionalProperties: false, description: "Providers' own APIs under Sluice's address." },
);
