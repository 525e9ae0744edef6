// The bodies of our endpoints as OpenAPI 3.0 schemas: what the document says about them, never what is checked.
import type { ElysiaSwaggerConfig } from "@elysiajs/swagger";
import { errorTable } from "../core/errors.ts";

export type Documentation = NonNullable<ElysiaSwaggerConfig["documentation"]>;
type Schemas = NonNullable<NonNullable<Documentation["components"]>["schemas"]>;
export type Schema = Schemas[string];

const rows = Object.values(errorTable);
const unique = <T>(values: readonly T[]): T[] => [...new Set(values)];

const text = (description: string): Schema => ({ type: "string", description });
const integer = (description: string): Schema => ({ type: "integer", description });
const number = (description: string): Schema => ({ type: "number", description });
const flag = (description: string): Schema => ({ type: "boolean", description });
const free = (description: string): Schema => ({ type: "object", additionalProperties: true, description });
export const reference = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` });

const message: Schema = {
  type: "object",
  required: ["role"],
  additionalProperties: true,
  properties: {
    role: text("system, developer, user, assistant or tool."),
    content: {
      nullable: true,
      description: "Text, or parts: text, image_url, input_audio, file, refusal.",
      oneOf: [{ type: "string" }, { type: "array", items: free("A part, told apart by its type.") }],
    },
    name: text("Name of the participant."),
    tool_calls: { type: "array", items: free("A call that the assistant made."), description: "Calls of tools." },
    tool_call_id: text("In a tool message: the call that it answers."),
  },
};

const chatRequest: Schema = {
  type: "object",
  required: ["model", "messages"],
  // Unknown fields pass to a provider of the same dialect, and are reported as lost to any other.
  additionalProperties: true,
  description:
    "A Chat Completions request. Further fields pass on to a provider that speaks this dialect; what another provider cannot be told is named in x-sluice-lost.",
  properties: {
    model: text("provider/model, or a model that only one provider lists."),
    messages: { type: "array", minItems: 1, items: reference("Message") },
    provider: text("Name of a configured provider; consumed here. Anything but a string passes on."),
    stream: flag("Answer as server-sent events."),
    stream_options: {
      type: "object",
      additionalProperties: true,
      properties: { include_usage: flag("End the stream with a chunk that holds the usage.") },
    },
    max_completion_tokens: integer("Most tokens of output, reasoning included."),
    max_tokens: integer("The older name of max_completion_tokens."),
    temperature: number("Sampling temperature."),
    top_p: number("Nucleus sampling."),
    n: integer("Number of choices."),
    stop: {
      description: "Texts that end the output.",
      oneOf: [{ type: "string" }, { type: "array", items: { type: "string" } }],
    },
    seed: integer("Seed for sampling."),
    presence_penalty: number("Penalty for tokens that have appeared."),
    frequency_penalty: number("Penalty for tokens by how often they have appeared."),
    tools: { type: "array", items: free("A tool: function or custom."), description: "Tools that may be called." },
    tool_choice: {
      description: "auto, none, required, or the tool to call.",
      oneOf: [{ type: "string" }, free("The tool to call.")],
    },
    parallel_tool_calls: flag("Whether several tools may be called at once."),
    response_format: free("text, json_object or json_schema."),
    reasoning_effort: text("none, minimal, low, medium, high, xhigh or max, as the model allows."),
    logprobs: flag("Return log probabilities."),
    top_logprobs: integer("How many alternatives per token."),
    user: text("Whoever the request is made for."),
    metadata: free("Key-value pairs kept with the request."),
  },
};

const usage: Schema = {
  type: "object",
  additionalProperties: true,
  properties: {
    prompt_tokens: integer("All tokens of input, cached ones included."),
    completion_tokens: integer("All tokens of output, reasoning included."),
    total_tokens: integer("Their sum."),
  },
};

const reply = (object: string, choice: string): Schema => ({
  type: "object",
  required: ["id", "object", "choices"],
  additionalProperties: true,
  properties: {
    id: text("The provider's id of the reply."),
    object: { type: "string", enum: [object] },
    created: integer("Unix seconds."),
    model: text("The model that answered, as the provider names it."),
    choices: { type: "array", items: free(choice) },
    usage: reference("Usage"),
  },
});

const model: Schema = {
  type: "object",
  required: ["id", "object", "created", "owned_by"],
  properties: {
    id: text("provider/model; also without the provider where only one lists it."),
    object: { type: "string", enum: ["model"] },
    created: integer("Unix seconds; 0 where the provider does not say."),
    owned_by: text("The provider, or whom the provider names."),
    context_window: integer("Most tokens of input and output, where known."),
    max_tokens: integer("Most tokens of output, where known."),
  },
};

const failure: Schema = {
  type: "object",
  required: ["error", "error_kind"],
  properties: {
    error: {
      type: "object",
      required: ["message", "type", "param", "code"],
      properties: {
        message: text("What went wrong, for people."),
        type: { type: "string", enum: unique(rows.map((row) => row.type)) },
        param: { type: "string", nullable: true, description: "The field at fault, as a path." },
        code: { type: "string", nullable: true, description: "Sluice's code, or the provider's own." },
      },
    },
    error_kind: { type: "string", enum: unique(rows.map((row) => row.kind)) },
  },
};

export const schemas: Schemas = {
  Message: message,
  ChatRequest: chatRequest,
  ChatReply: reply("chat.completion", "A choice: its message and why it ended."),
  ChatChunk: reply("chat.completion.chunk", "A choice: its delta, and at the end why it ended."),
  Usage: usage,
  Model: model,
  ModelList: {
    type: "object",
    required: ["object", "data"],
    properties: {
      object: { type: "string", enum: ["list"] },
      data: { type: "array", items: reference("Model") },
    },
  },
  Failure: failure,
};
