// Models in the shape that Codex asks for: `GET /models?client_version=…` is answered with `models` (openai/codex,
// codex-rs/protocol/src/openai_models.rs, ModelInfo; read 2026-11). The same text is what its `model_catalog_json` wants.
import type { JsonObject } from "../../core/json.ts";
import type { KnownFacts } from "../../core/known-facts.ts";

/** Codex asks so, and no other client. */
export function isCodex(query: URLSearchParams): boolean {
  return query.has("client_version");
}

/** The field must be there and is used as it is: without a word of its own the model would not know where it works. */
const instructions =
  "You are a coding agent in the Codex CLI, working in a terminal on the user's machine, in the user's repository. " +
  "Work on the task until it is done: read what you need with shell commands, edit files with apply_patch, run the checks that the repository has, " +
  "and keep changes to what was asked. Follow AGENTS.md files. Do not revert changes that are not yours. " +
  "Say briefly what you did, and name files by their paths.";

const efforts = ["low", "medium", "high"] as const;
const effortWords = { low: "Faster, thinks less", medium: "Balanced", high: "Slower, thinks more" } as const;

/** Output of a tool that Codex keeps, in bytes; its own default for models that it does not know. */
const truncationBytes = 10_000;

export function writeCodexModels(models: readonly (KnownFacts & { id: string })[]): JsonObject {
  return { models: models.filter(isChat).map(writeModel) };
}

/** What gives no text cannot be an agent. */
function isChat({ outputModalities, tools }: KnownFacts): boolean {
  return tools !== false && (outputModalities === undefined || outputModalities.includes("text"));
}

function writeModel(model: KnownFacts & { id: string }, index: number): JsonObject {
  const { id, contextTokens, inputModalities, reasoning } = model;
  return {
    slug: id,
    display_name: id,
    description: null,
    ...(reasoning && { default_reasoning_level: "medium" }),
    supported_reasoning_levels: reasoning
      ? efforts.map((effort) => ({ effort, description: effortWords[effort] }))
      : [],
    shell_type: "shell_command",
    visibility: "list",
    supported_in_api: true,
    priority: index,
    upgrade: null,
    base_instructions: instructions,
    supports_reasoning_summaries: reasoning === true,
    support_verbosity: false,
    default_verbosity: null,
    apply_patch_tool_type: "freeform",
    truncation_policy: { mode: "bytes", limit: truncationBytes },
    supports_parallel_tool_calls: true,
    ...(contextTokens !== undefined && { context_window: contextTokens }),
    experimental_supported_tools: [],
    ...(inputModalities && { input_modalities: inputModalities.filter((word) => word === "text" || word === "image") }),
  };
}
