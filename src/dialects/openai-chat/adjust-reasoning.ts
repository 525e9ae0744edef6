// Adjustments of how much reasoning is wanted, and of the reasoning of former turns, to what a host understands.
import type { Effort, Reasoning } from "../../core/chat.ts";
import type { TargetFacts } from "../../core/facts.ts";
import { asArray, asObject, asString, isSaid, type JsonObject } from "../../core/json.ts";
import type { Adjustment, Edit } from "../dialect.ts";
import { messagesOf, nodesOf, remove, removeField, report, reportOnce, set, silently } from "./adjust-edits.ts";
import { readReasoning, reasoningFields } from "./read-controls.ts";
import { effortOfBudget, effortOfMode, nearestEffort } from "./request-reasoning.ts";

/** What the body asks for, in whichever of the known spellings; undefined when it says nothing that is understood. */
function wanted(body: JsonObject): Reasoning | undefined {
  return readReasoning(body).reasoning;
}

function effortIn({ effort, budgetTokens, mode }: Reasoning): Effort | undefined {
  if (mode === "off") return "none";
  return effort ?? (budgetTokens === undefined ? undefined : effortOfBudget(budgetTokens));
}

/** Takes all spellings but the kept one away; what they said has been written another way. */
function removeSpellings(body: JsonObject, keep: readonly string[]): Edit[] {
  return silently(reasoningFields.flatMap((field) => (keep.includes(field) ? [] : removeField(body, field))));
}

/** Wishes that an effort word cannot hold. */
function unheld(reasoning: Reasoning): string[] {
  const both = reasoning.effort !== undefined && reasoning.budgetTokens !== undefined;
  return [
    ...(both ? ["reasoning.max_tokens"] : []),
    ...(reasoning.includeText === false ? ["reasoning.exclude"] : []),
    ...(reasoning.summary === undefined ? [] : ["reasoning.summary"]),
  ];
}

/** Removal is how a loss is told: of the field that held it, or of one that was not there. Must stand before others. */
function lose(fields: readonly string[]): Edit[] {
  return fields.map((field) => remove(field.split("."), field));
}

function clamp(effort: Effort, facts: TargetFacts): Effort | undefined {
  const { efforts } = facts.flags;
  return efforts === undefined ? effort : nearestEffort(effort, efforts);
}

/**
 * For hosts with OpenAI's own field: every spelling and casing (R38) becomes `reasoning_effort`, in the nearest word
 * that the model knows. An empty list of words means that the model does not reason (R37). Source: translation.md B9.
 */
const reasoningEffort: Adjustment = (body, facts) => {
  const reasoning = wanted(body);
  if (!reasoning) return [];
  const effort = effortIn(reasoning) ?? (reasoning.mode && effortOfMode[reasoning.mode]);
  const known = effort === undefined ? undefined : clamp(effort, facts);
  const edits = [...lose(unheld(reasoning)), ...removeSpellings(body, ["reasoning_effort"])];
  if (known !== undefined) {
    if (body["reasoning_effort"] !== known) edits.push(set(["reasoning_effort"], known));
    return edits;
  }
  const isLoss = effort !== undefined && effort !== "none";
  if (isLoss || body["reasoning_effort"] !== undefined) {
    edits.push(remove(["reasoning_effort"], isLoss ? "reasoning_effort" : undefined));
  }
  return edits;
};

/** OpenRouter's object: openrouter.ai/docs/use-cases/reasoning-tokens, read 2026-11. It takes effort or max_tokens, not both. */
const reasoningObject: Adjustment = (body, facts) => {
  const reasoning = wanted(body);
  if (!reasoning) return [];
  const { budgetTokens, mode } = reasoning;
  // Switched off is off, whatever degree stands beside it.
  const effort = reasoning.effort === undefined || mode === "off" ? undefined : clamp(reasoning.effort, facts);
  const degree = effort ?? (mode === "off" ? undefined : budgetTokens);
  const lost = mode !== "off" && reasoning.effort !== undefined && effort === undefined && reasoning.effort !== "none";
  const object: JsonObject = {
    // What was not understood of the object is the host's to judge and stays.
    ...asObject(readReasoning(body).leftovers["reasoning"]),
    ...(effort === undefined ? {} : { effort }),
    ...(effort === undefined && degree !== undefined ? { max_tokens: degree } : {}),
    ...(degree === undefined && mode !== undefined ? { enabled: mode !== "off" } : {}),
    ...(reasoning.includeText === undefined ? {} : { exclude: !reasoning.includeText }),
    ...(reasoning.summary === undefined ? {} : { summary: reasoning.summary }),
  };
  const edits = [
    ...(effort !== undefined && budgetTokens !== undefined ? lose(["reasoning.max_tokens"]) : []),
    ...removeSpellings(body, ["reasoning"]),
  ];
  if (lost) edits.push(...lose(["reasoning_effort"]));
  if (Object.keys(object).length === 0) return [...edits, ...silently(removeField(body, "reasoning"))];
  return JSON.stringify(object) === JSON.stringify(body["reasoning"]) ? edits : [...edits, set(["reasoning"], object)];
};

/** DeepSeek V4 knows two words (translation.md B9, read 2026-11). */
const deepseekWords: { readonly [effort in Effort]: "high" | "max" | undefined } = {
  none: undefined,
  minimal: "high",
  low: "high",
  medium: "high",
  high: "high",
  xhigh: "max",
  max: "max",
};

/** Assistant turns with tool calls must bring their reasoning back; the pad stands for reasoning that nobody kept (R15). */
function padReasoning(body: JsonObject, pad: string): Edit[] {
  return messagesOf(body).flatMap(({ node, path }) => {
    const called = node["role"] === "assistant" && (asArray(node["tool_calls"])?.length ?? 0) > 0;
    const brings = isSaid(node["reasoning_content"]) || isSaid(node["reasoning"]);
    return called && !brings ? [set([...path, "reasoning_content"], pad)] : [];
  });
}

function switchEdit(body: JsonObject, type: "enabled" | "disabled"): Edit[] {
  return asObject(body["thinking"])?.["type"] === type ? [] : [set(["thinking", "type"], type)];
}

const deepseekThinking: Adjustment = (body) => {
  const reasoning = wanted(body);
  const pads = padReasoning(body, "");
  if (!reasoning) return pads;
  const effort = effortIn(reasoning);
  const word = effort === undefined ? undefined : deepseekWords[effort];
  const off = effort === "none";
  const asked = effort !== undefined || reasoning.mode !== undefined;
  const budget = asObject(body["thinking"])?.["budget_tokens"];
  return [
    ...lose(unheld(reasoning)),
    ...removeSpellings(body, ["thinking", "reasoning_effort"]),
    ...(asked ? switchEdit(body, off ? "disabled" : "enabled") : []),
    ...(budget === undefined ? [] : [remove(["thinking", "budget_tokens"])]),
    ...(word === undefined ? silently(removeField(body, "reasoning_effort")) : []),
    ...(word !== undefined && body["reasoning_effort"] !== word ? [set(["reasoning_effort"], word)] : []),
    ...pads,
  ];
};

/** Z.ai and hosts alike: thinking is on or off, nothing between (translation.md D1, row Z.ai, read 2026-11). */
const thinkingSwitch: Adjustment = (body) => {
  const reasoning = wanted(body);
  if (!reasoning) return [];
  const effort = effortIn(reasoning);
  const asked = effort !== undefined || reasoning.mode !== undefined;
  const degree = reasoning.effort !== undefined && reasoning.effort !== "none" && reasoning.mode !== "off";
  return [
    ...lose([...unheld(reasoning), ...(degree ? ["reasoning_effort"] : [])]),
    ...removeSpellings(body, ["thinking"]),
    ...(asked ? switchEdit(body, effort === "none" ? "disabled" : "enabled") : []),
  ];
};

/** Qwen on DashScope: translation.md D1, read 2026-11. */
const enableThinking: Adjustment = (body) => {
  const reasoning = wanted(body);
  if (!reasoning) return [];
  const effort = effortIn(reasoning);
  const asked = effort !== undefined || reasoning.mode !== undefined;
  const on = effort !== "none";
  const degree = reasoning.effort !== undefined && on && reasoning.budgetTokens === undefined;
  return [
    ...lose([
      ...unheld(reasoning).filter((field) => field !== "reasoning.max_tokens"),
      ...(degree ? ["reasoning_effort"] : []),
    ]),
    ...removeSpellings(body, ["enable_thinking", "thinking_budget"]),
    ...(asked && body["enable_thinking"] !== on ? [set(["enable_thinking"], on)] : []),
    ...(on && reasoning.budgetTokens !== undefined && body["thinking_budget"] !== reasoning.budgetTokens
      ? [set(["thinking_budget"], reasoning.budgetTokens)]
      : []),
  ];
};

/** Qwen's open models think in streams only: a whole reply is refused unless thinking is switched off (R39). */
const thinkingNeedsStream: Adjustment = (body) => {
  if (body["stream"] === true) return [];
  const reasoning = wanted(body);
  const asked = reasoning !== undefined && effortIn(reasoning) !== "none";
  return [
    ...(asked ? lose(["enable_thinking.stream"]) : []),
    ...silently(removeField(body, "thinking_budget")),
    set(["enable_thinking"], false),
  ];
};

/**
 * GPT-5.4 and later refuse functions beside reasoning on this endpoint and point to Responses (translation.md D1, row
 * OpenAI): the tools win, since a client that sends them cannot do without.
 */
const toolsWithoutEffort: Adjustment = (body) => {
  if (nodesOf(body, "tools").length === 0) return [];
  const reasoning = wanted(body);
  const effort = reasoning && (effortIn(reasoning) ?? (reasoning.mode && effortOfMode[reasoning.mode]));
  if (effort === undefined || effort === "none") return [];
  return [report("reasoning_effort", "reasoning_effort"), set(["reasoning_effort"], "none")];
};

/** Groq's switch for reasoning in a field of its own; it excludes `include_reasoning`. */
const reasoningParsed: Adjustment = (body) =>
  isSaid(body["reasoning_format"]) || isSaid(body["include_reasoning"]) ? [] : [set(["reasoning_format"], "parsed")];

/** Some hosts refuse both controls together (R20, hermes#34208): the effort says more. */
const oneThinkingControl: Adjustment = (body) => {
  if (!isSaid(body["thinking"]) || !isSaid(body["reasoning_effort"])) return [];
  const off = asObject(body["thinking"])?.["type"] === "disabled";
  return [remove([off ? "reasoning_effort" : "thinking"])];
};

function isForced(choice: unknown): boolean {
  return (
    choice === "required" ||
    choice === "any" ||
    (asObject(choice) && asString(asObject(choice)?.["type"]) !== "auto") === true
  );
}

/** DeepSeek refuses a forced tool while thinking (T23, DeepSeek-V3#1376): the client's force wins. */
const forcedToolWithoutThinking: Adjustment = (body) => {
  if (!isForced(body["tool_choice"]) || asObject(body["thinking"])?.["type"] === "disabled") return [];
  const asked = isSaid(body["thinking"]) || isSaid(body["reasoning_effort"]);
  return [
    ...(asked ? [report("thinking", "thinking")] : []),
    ...silently(removeField(body, "reasoning_effort")),
    set(["thinking"], { type: "disabled" }),
  ];
};

/** The same on DashScope (eino#994), whose switch is `enable_thinking`. */
const forcedToolWithoutEnableThinking: Adjustment = (body) => {
  if (!isForced(body["tool_choice"]) || body["enable_thinking"] === false) return [];
  return [
    ...(body["enable_thinking"] === true ? [report("enable_thinking", "enable_thinking")] : []),
    ...silently(removeField(body, "thinking_budget")),
    set(["enable_thinking"], false),
  ];
};

const historyFields = ["reasoning_content", "reasoning", "reasoning_details", "thinking_blocks"] as const;

/** OpenAI has no field for former reasoning, and R1 refuses it (R16). */
const historyStrip: Adjustment = (body) => {
  const edits: Edit[] = [];
  const messages = asArray(body["messages"]) ?? [];
  for (let index = 0; index < messages.length; index++) {
    const message = asObject(messages[index]);
    // Only the model's own turns have such fields: a long history costs one look at each message.
    if (message?.["role"] !== "assistant") continue;
    for (const field of historyFields) {
      if (message[field] === undefined) continue;
      edits.push(remove(["messages", index, field], isSaid(message[field]) ? field : undefined));
    }
  }
  return edits.length === 0 ? edits : reportOnce(edits);
};

/** Keeps the text of former reasoning under the one name that the host reads; state has no place there. */
function historyAs(name: "reasoning" | "reasoning_content"): Adjustment {
  const other = name === "reasoning" ? "reasoning_content" : "reasoning";
  return (body) =>
    reportOnce(
      messagesOf(body).flatMap(({ node, path }) => {
        const text = asString(node[name]) ?? asString(node[other]);
        const edits: Edit[] = [];
        if (text !== undefined && node[name] !== text) edits.push(set([...path, name], text));
        for (const field of historyFields) {
          if (field === name || node[field] === undefined) continue;
          const kept = text !== undefined && field === other;
          edits.push(remove([...path, field], kept || !isSaid(node[field]) ? undefined : field));
        }
        return edits;
      }),
    );
}

export const reasoningAdjustments: { readonly [name: string]: Adjustment } = {
  "reasoning-effort": reasoningEffort,
  "reasoning-object": reasoningObject,
  "deepseek-thinking": deepseekThinking,
  "thinking-switch": thinkingSwitch,
  "enable-thinking": enableThinking,
  // Kimi says that reasoning is missing; a space is the least that is something (GoModel pads DeepSeek so; read 2026-11).
  "reasoning-pad": (body) => padReasoning(body, " "),
  "reasoning-parsed": reasoningParsed,
  "thinking-needs-stream": thinkingNeedsStream,
  "tools-without-effort": toolsWithoutEffort,
  "one-thinking-control": oneThinkingControl,
  "forced-tool-without-thinking": forcedToolWithoutThinking,
  "forced-tool-without-enable-thinking": forcedToolWithoutEnableThinking,
  "reasoning-history-strip": historyStrip,
  // Groq and Cerebras read `reasoning` (nenya 371f22b, vercel#7860; read 2026-11).
  "reasoning-history-rename": historyAs("reasoning"),
  // DeepSeek, Kimi, MiMo read `reasoning_content` (translation.md B10; read 2026-11).
  "reasoning-history-content": historyAs("reasoning_content"),
};
