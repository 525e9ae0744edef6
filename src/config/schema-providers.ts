// The settings of one provider: credentials, address, cloud identity, headers, timers.
import { Type } from "@sinclair/typebox";
import { providerModels } from "./schema-models.ts";
import { limits, modelLimits, providerResilience } from "./schema-resilience.ts";
import { choice, duration, text } from "./setting.ts";

const closed = { additionalProperties: false };

/** What only some providers have; a provider that lacks it says so at the start. */
const instanceSettings = {
  api_version: Type.Optional(text("Version of the API, where it is asked for by date (Azure).")),
  region: Type.Optional(text("Region of the account (Bedrock, Oracle).")),
  project: Type.Optional(text("Project that is called and billed (Vertex).")),
  location: Type.Optional(text("Location of the models (Vertex): global, us-central1, …")),
  profile: Type.Optional(text("Profile of the AWS configuration files.")),
  access_key_id: Type.Optional(text("AWS access key.", { secret: true })),
  secret_access_key: Type.Optional(text("Secret of the AWS access key.", { secret: true })),
  session_token: Type.Optional(text("Session token of temporary AWS credentials.", { secret: true })),
  service_account_file: Type.Optional(text("File with a Google service account's key, or other Google credentials.")),
  service_account_json: Type.Optional(text("The same as JSON.", { secret: true })),
  service_account_json_base64: Type.Optional(text("The same as JSON in Base64.", { secret: true })),
  site_url: Type.Optional(text("Address under which the host lists its clients (OpenRouter).")),
  app_name: Type.Optional(text("Name under which the host lists its clients (OpenRouter).")),
  inference_objective: Type.Optional(text("Objective that requests are scheduled by (llm-d).")),
  messages_models: Type.Optional(text("Models that are served in Messages alone, with commas between (OpenCode Go).")),
  tenant_id: Type.Optional(text("Tenant of an Entra application (Azure).")),
  client_id: Type.Optional(text("The application's id, or that of a managed identity (Azure).")),
  client_secret: Type.Optional(text("The application's secret (Azure).", { secret: true })),
};

const providerTimeouts = Type.Object(
  {
    connect: Type.Optional(duration("As server.timeouts.connect, for this provider.")),
    headers: Type.Optional(duration("As server.timeouts.headers, for this provider.")),
    first_output: Type.Optional(duration("As server.timeouts.first_output, for this provider.")),
    idle: Type.Optional(duration("As server.timeouts.idle, for this provider.")),
    total: Type.Optional(duration("As server.timeouts.total, for this provider.")),
  },
  { ...closed, description: "Timers of this provider; what is not set here is as in server.timeouts." },
);

// A leading letter or digit keeps `__proto__` out; the rest is what RFC 9110 names use in practice.
const headerName = Type.String({ pattern: "^[A-Za-z0-9][A-Za-z0-9_-]*$" });
const endpointName = Type.String({ pattern: "^[a-z0-9][a-z0-9/-]*$" });
const headerValue = Type.String({
  description: "Value of the header.",
  // RFC 9110 5.5: no control characters but the tab. A line break here would smuggle a header.
  pattern: "^[\\t\\x20-\\x7e\\x80-\\xff]*$",
  asks: "text without control characters",
  secret: true,
});

const provider = Type.Object(
  {
    type: Type.Optional(text("Kind of provider. By default what the name begins with.")),
    enabled: Type.Boolean({ description: "Whether it is used at all.", default: true }),
    base_url: Type.Optional(
      Type.String({ format: "uri", description: "Address of its API, with or without the version suffix." }),
    ),
    api_key: Type.Optional(text("Its credential. Better kept in the environment.", { secret: true })),
    api_key_file: Type.Optional(text("File that holds the credential, for mounted secrets.")),
    api_keys: Type.Optional(
      Type.Array(Type.String({ minLength: 1 }), {
        description: "Several credentials, or further ones beside api_key. One that is refused or used up rests.",
        secret: true,
      }),
    ),
    auth: Type.Optional(
      choice(
        ["key", "identity", "client", "none"],
        "How calls prove who makes them. key: api_key. identity: the cloud's own sign-in. client: the caller's own token passes. none: nothing is sent. By default key when there is one, else identity where the provider has it.",
      ),
    ),
    ...instanceSettings,
    models: Type.Optional(
      Type.Array(Type.String({ minLength: 1 }), { description: "Models it has, beside those it lists itself." }),
    ),
    ...providerModels,
    headers: Type.Optional(
      Type.Record(headerName, headerValue, {
        ...closed,
        description: "Headers added to every request to it.",
        asks: "a header name",
      }),
    ),
    proxy: Type.Optional(
      text("Proxy of requests to it: an address, or off. By default as HTTPS_PROXY, HTTP_PROXY and NO_PROXY say."),
    ),
    ca_file: Type.Optional(
      text("File with the certificate authorities that it is trusted by, in PEM, instead of the usual ones."),
    ),
    client_cert_file: Type.Optional(text("File with the certificate that is shown to it, in PEM.")),
    client_key_file: Type.Optional(text("File with that certificate's key.")),
    format_urls: Type.Optional(
      Type.Record(endpointName, Type.String({ format: "uri", description: "Address of this endpoint." }), {
        ...closed,
        description: "Addresses of single endpoints, by the endpoint's name: openai-chat, embeddings, models, …",
        asks: "the name of an endpoint",
      }),
    ),
    timeouts: Type.Optional(providerTimeouts),
    resilience: Type.Optional(providerResilience),
    limits: Type.Optional(limits),
    model_limits: Type.Optional(modelLimits),
    adjust: Type.Optional(
      Type.Array(Type.String({ minLength: 1 }), { description: "Further edits of requests to it, by name." }),
    ),
    repair: Type.Optional(
      Type.Array(Type.String({ minLength: 1 }), {
        description: "Repairs of its replies in Chat Completions, by name.",
      }),
    ),
  },
  closed,
);

export const providers = Type.Record(Type.String({ pattern: "^[a-z0-9][a-z0-9_-]*$" }), provider, {
  ...closed,
  asks: "a name of lower-case letters, digits, dashes and underscores",
  description: "Providers by name. Those found through environment variables need no entry here.",
});
