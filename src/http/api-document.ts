// The API as an OpenAPI 3.0 document: every row of the route table, with what is known of its bodies and headers.
import { version } from "../core/version.ts";
import { type Documentation, reference, type Schema, schemas } from "./api-schemas.ts";
import { type RouteRow, routes } from "./routes.ts";

type Paths = NonNullable<Documentation["paths"]>;
type Operation = NonNullable<NonNullable<Paths[string]>["get"]>;
type Replies = Operation["responses"];
type ReplyHeaders = NonNullable<Extract<Replies[string], { description: string }>["headers"]>;

const json = (schema: Schema) => ({ "application/json": { schema } });
const header = (description: string) => ({ description, schema: { type: "string" as const } });

const replyHeaders: ReplyHeaders = {
  "x-request-id": header("Id of the request: the client's own when it sent a valid one."),
  "x-sluice-provider": header("The provider that answered."),
  "x-sluice-model": header("The model as that provider was asked for it."),
  "x-sluice-attempts": header("How many calls of a provider it took."),
  "x-sluice-translation": header("native, adjusted, exact or lossy."),
  "x-sluice-lost": header("Only when lossy: the client's fields that the provider did not see."),
};

const failed = { default: { description: "A failure.", content: json(reference("Failure")) } };

const passthroughDetails: Partial<Operation> = {
  tags: ["Passthrough"],
  parameters: [
    {
      in: "path",
      name: "id",
      required: true,
      description: "A provider, and what follows of the address of its API.",
      schema: { type: "string" },
    },
  ],
  responses: { default: { description: "Whatever the provider answers; or a failure of Sluice in its dialect." } },
};

/** What a row says beyond its summary; by the row's path. */
const details: { readonly [path: string]: Partial<Operation> } = {
  "/v1/chat/completions": {
    requestBody: { required: true, content: json(reference("ChatRequest")) },
    parameters: [
      {
        in: "header",
        name: "x-sluice-strict",
        description: "true: refuse the request when a field would be lost.",
        schema: { type: "string", enum: ["true"] },
      },
      { in: "header", name: "x-request-id", description: "Id to keep for this request.", schema: { type: "string" } },
    ],
    responses: {
      200: {
        description: "The reply, whole, or as server-sent events that end with [DONE].",
        headers: replyHeaders,
        content: {
          ...json(reference("ChatReply")),
          "text/event-stream": { schema: reference("ChatChunk") },
        },
      },
      ...failed,
    },
  },
  "/v1/models": {
    responses: { 200: { description: "The models.", content: json(reference("ModelList")) }, ...failed },
  },
  "/v1/models/*": {
    parameters: [
      {
        in: "path",
        name: "id",
        required: true,
        description: "The model's id, slashes and all.",
        schema: { type: "string" },
      },
    ],
    responses: { 200: { description: "The model.", content: json(reference("Model")) }, ...failed },
  },
  "/v1beta/models/*": {
    parameters: [
      {
        in: "path",
        name: "id",
        required: true,
        description: "A model, its slashes raw or encoded; for POST with the verb behind the last colon.",
        schema: { type: "string" },
      },
    ],
    responses: { 200: { description: "The reply or the model, in Gemini's shape.", headers: replyHeaders }, ...failed },
  },
  "/p/*": passthroughDetails,
  "/proxy/*": passthroughDetails,
  "/health/ready": {
    responses: { 200: { description: "It takes requests." }, 503: { description: "It does not; the body says why." } },
  },
  "/swagger": { responses: { 302: { description: "To /swagger/index.html." } } },
  "/swagger/assets/*": {
    parameters: [{ in: "path", name: "id", required: true, description: "A file.", schema: { type: "string" } }],
  },
};

/** HEAD goes without saying wherever there is GET. */
function operationsOf(row: RouteRow): { [method: string]: Operation } {
  const isProtected = row.path === "/statsz" || /^\/(?:v1|v1beta|v2|p|proxy)\//.test(row.path);
  const operation: Operation = {
    summary: row.summary,
    tags: [
      isProtected && row.path !== "/statsz"
        ? "Models"
        : row.path.startsWith("/swagger")
          ? "Documentation"
          : "Operation",
    ],
    responses: { 200: { description: "OK" } },
    ...(isProtected ? {} : { security: [] }),
    ...details[row.path],
  };
  const methods = row.methods.filter((method) => method !== "HEAD");
  return Object.fromEntries(methods.map((method) => [method.toLowerCase(), operation]));
}

export function apiDocument(): Documentation {
  return {
    info: {
      title: "Sluice",
      version,
      description: "An AI gateway. Chat Completions in front, every configured provider behind.",
      license: { name: "Apache-2.0" },
    },
    paths: Object.fromEntries(routes.map((row) => [row.path.replace("*", "{id}"), operationsOf(row)])),
    components: {
      schemas,
      securitySchemes: {
        bearer: { type: "http", scheme: "bearer", description: "The master key." },
        key: { type: "apiKey", in: "header", name: "x-api-key", description: "The master key." },
      },
    },
    // Either of the two; nothing where no master key is set.
    security: [{ bearer: [] }, { key: [] }, {}],
  };
}
