// What models of a provider accept, by id. Facts of the vendors' documents and of translation.md B9 and D1, as read on the
// dates given; a rule that has aged is corrected here and nowhere else.
import type { Effort } from "../core/chat.ts";
import type { ModelRule } from "./provider.ts";

const read = "2026-08";
export const rule = (match: RegExp, flags: ModelRule["flags"], more: Partial<ModelRule> = {}): ModelRule => ({
  match,
  flags,
  source: `vendor documents, ${read}; translation.md B9, D1`,
  ...more,
});

const reasoningChat = { "openai-chat": ["max-completion-tokens", "no-sampling"] } as const;
const throughHigh: readonly Effort[] = ["low", "medium", "high"];

/** Chat models answer 404 at the endpoint of text completions, and these at every other one. */
export const completionModels = /-instruct|^(ft:)?(davinci|babbage)-002/;

export const openaiModels: readonly ModelRule[] = [
  // Served as text completions alone (platform.openai.com/docs/models, 2026-11).
  rule(completionModels, {}, { dialects: ["openai-completions"] }),
  // Models that do not reason refuse the field.
  rule(/^(gpt-4|gpt-3|chatgpt|ft:gpt-4|ft:gpt-3)/, { efforts: [] }),
  rule(
    /^o\d/,
    { efforts: throughHigh, systemRole: "developer", maxTokensField: "max_completion_tokens" },
    { adjust: reasoningChat },
  ),
  rule(
    /^gpt-5($|-)/,
    { efforts: ["minimal", ...throughHigh], systemRole: "developer", maxTokensField: "max_completion_tokens" },
    { adjust: reasoningChat },
  ),
  rule(
    /^gpt-5\.\d/,
    { efforts: ["none", ...throughHigh, "xhigh"], systemRole: "developer", maxTokensField: "max_completion_tokens" },
    { adjust: reasoningChat },
  ),
  // Served on Responses alone (platform.openai.com/docs/models, 2026-11).
  rule(
    /^(gpt-5[\w.]*-(codex|pro)|o\d+-pro|o\d+(-mini)?-deep-research|codex-|computer-use-)/,
    {},
    { dialects: ["openai-responses"] },
  ),
  rule(/^o[34]/, {}, { adjust: { "openai-chat": ["drop-stop"] } }),
  rule(/^gpt-5\.([4-9]|\d\d)/, {}, { adjust: { "openai-chat": ["tools-without-effort"] } }),
  // Tools whose argument is free text came with GPT-5 (platform.openai.com/docs/guides/function-calling).
  rule(/^gpt-[5-9]/, { customTools: true }),
];

const claudeEfforts: readonly Effort[] = ["low", "medium", "high", "max"];

export const anthropicModels: readonly ModelRule[] = [
  rule(/^claude-/, { thinking: "none", jsonSchema: false, maxOutputTokens: 4096 }),
  rule(/^claude-3-5-|^claude-3\.5/, { thinking: "none", maxOutputTokens: 8192 }),
  rule(/^claude-3-7-|^claude-(opus|sonnet|haiku)-4/, {
    thinking: "budget",
    thinkingBudgetMin: 1024,
    maxOutputTokens: 64000,
  }),
  rule(/^claude-opus-4(-0|-1|-2025|$)/, { maxOutputTokens: 32000 }),
  rule(/^claude-(opus|sonnet|haiku)-4-5/, { jsonSchema: true, temperatureWithTopP: false }),
  rule(/^claude-(opus|sonnet)-4-6/, {
    thinking: "adaptive",
    efforts: claudeEfforts,
    jsonSchema: true,
    temperatureWithTopP: false,
    prefill: false,
  }),
  rule(/^claude-(opus-4-[7-9]|opus-5|sonnet-5|fable-5|mythos-5)/, {
    thinking: "adaptive",
    efforts: ["low", "medium", "high", "xhigh", "max"],
    jsonSchema: true,
    sampling: false,
    prefill: false,
    maxOutputTokens: 64000,
  }),
  rule(/^claude-(opus-4-8|opus-5|sonnet-5|fable-5|mythos-5)/, { systemAnywhere: true }),
];

export const geminiModels: readonly ModelRule[] = [
  rule(/^gemini-/, { thinking: "none", jsonWithTools: false }),
  rule(/^gemini-2\.5-/, {
    thinking: "budget",
    thinkingBudgetMin: 0,
    thinkingBudgetMax: 24576,
    jsonSchemaFields: true,
    maxOutputTokens: 65536,
  }),
  rule(/^gemini-2\.5-pro/, { thinkingBudgetMin: 128, thinkingBudgetMax: 32768 }),
  rule(/^gemini-[3-9]/, {
    thinking: "level",
    efforts: ["minimal", "low", "medium", "high"],
    jsonSchemaFields: true,
    jsonWithTools: true,
    imagesInToolResults: true,
    thoughtSignatures: "required",
    maxOutputTokens: 65536,
  }),
  rule(/^gemini-[3-9].*-pro/, { efforts: ["low", "high"] }),
  rule(
    /^gemma-/,
    { thinking: "none", systemInstruction: false, jsonSchema: false },
    { adjust: { gemini: ["system-into-user"] } },
  ),
];

export const groqModels: readonly ModelRule[] = [
  rule(/gpt-oss/, { efforts: throughHigh }),
  // Their thinking stands between tags in the content unless it is asked for apart (console.groq.com/docs/reasoning, 2026-11).
  rule(/qwen/, { efforts: ["none"] }, { adjust: { "openai-chat": ["reasoning-parsed"] } }),
];

/** Every word is understood: the row's edit says it as the host does, and the switch for "none". */
export const everyEffort = ["none", "minimal", "low", "medium", "high", "xhigh", "max"] as const;

export const xaiModels: readonly ModelRule[] = [
  rule(/^grok-/, { efforts: [] }),
  rule(/^grok-3-mini/, { efforts: ["low", "high"] }),
  rule(/^grok-4/, { efforts: [] }, { adjust: { "openai-chat": ["xai-reasoning-unsupported"] } }),
  rule(/^grok-4\.([6-9]|1\d)/, { efforts: ["minimal", ...throughHigh, "xhigh"] }),
  rule(/multi-agent/, { efforts: [...throughHigh, "xhigh"] }),
];

export const mistralModels: readonly ModelRule[] = [
  rule(/^(magistral|mistral-medium-3\.[5-9])/, { efforts: ["none", "high"] }),
];

export const perplexityModels: readonly ModelRule[] = [
  rule(/reasoning|deep-research/, { efforts: ["minimal", ...throughHigh] }),
  // The thinking stands between tags in the content (R21).
  rule(/^sonar-reasoning/, {}, { repairs: { "openai-chat": ["think-tags"] } }),
];

/** docs.z.ai/guides/capabilities/thinking-mode (2026-11): older models do not think. */
export const zaiModels: readonly ModelRule[] = [rule(/^glm-4(-|$)/, { efforts: [] })];

/** platform.kimi.ai/docs/guide/use-kimi-k3 (2026-11): K3 knows efforts, its forerunners a switch. */
export const kimiModels: readonly ModelRule[] = [
  rule(/^kimi-k3/, { efforts: ["low", "high", "max"] }, { adjust: { "openai-chat": ["reasoning-effort"] } }),
];

export const moonshotModels: readonly ModelRule[] = [
  ...kimiModels,
  rule(/^(?!kimi-k3)/, {}, { adjust: { "openai-chat": ["thinking-switch"] } }),
];

/** Open models, and those that only think: refused without a stream unless thinking is off (R39). */
export const bailianModels: readonly ModelRule[] = [
  rule(/^qwen3-\d|^qwen3-next/, {}, { adjust: { "openai-chat": ["thinking-needs-stream"] } }),
];
