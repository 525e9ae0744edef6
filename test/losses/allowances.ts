// What may leave no trace in an upstream's body, and what may be said there in another way, each with its reason.
import type { DialectId } from "../../src/core/chat.ts";
import type { TargetFlags } from "../../src/core/facts.ts";

export type Allowance = {
  /** Of the case's id. */
  field: RegExp;
  clients?: readonly DialectId[];
  upstreams?: readonly DialectId[];
  /** Of targets whose flags say so. */
  when?: (place: Place) => boolean;
  reason: string;
};

export type Place = {
  id: string;
  client: DialectId;
  upstream: DialectId;
  flags: TargetFlags;
  adjustments: readonly string[];
};

/** Without a word to the contrary such a model answers at once. */
function isSilentThinker({ flags, upstream, adjustments }: Place): boolean {
  if (upstream === "bedrock-converse" || upstream === "cohere-chat") return true;
  if (flags.efforts?.length === 0 || flags.thinking === "none") return true;
  // Hosts that only reason in streams are told not to in whole replies.
  if (adjustments.includes("thinking-needs-stream")) return true;
  return upstream === "anthropic-messages" && flags.thinking === "budget";
}

/** Fields that say what happens anyway, or nothing about the answer: they need no place and no report. */
export const silent: readonly Allowance[] = [
  { field: /^stream=false$/, reason: "a whole reply is the default" },
  { field: /^stream_options\.include_usage=/, reason: "served by the gateway itself, in the client's own dialect" },
  { field: /^stream_options\.include_obfuscation=false$/, reason: "the gateway's streams are never padded" },
  { field: /^store=false$/, reason: "nothing is stored" },
  { field: /^background=false$/, reason: "the default" },
  { field: /^truncation=disabled$/, reason: "the default" },
  { field: /^include\[\]=reasoning\.encrypted_content$/, reason: "opaque reasoning is always carried" },
  { field: /(^|\.)(logprobs|responseLogprobs)=false$/, reason: "the default" },
  { field: /^modalities\[\]=text$|^(response_format|text\.format)\[text\]$/, reason: "text is the default" },
  { field: /^parallel_tool_calls=true$|disable_parallel_tool_use=false$/, reason: "the default" },
  {
    field: /^service_tier=(auto|default|standard_only)$|^serviceTier=(unspecified|standard)$/,
    reason: "what happens anyway",
  },
  { field: /^(tool_choice|function_call)(=auto|\[auto\])$|functionCallingConfig\.mode=AUTO$/, reason: "the default" },
  { field: /\.detail=auto$/, reason: "the default" },
  { field: /\.is_error=false$/, reason: "the default" },
  { field: /\.format\[text\]$/, reason: "free text without a grammar is what the emulation takes" },
  {
    field: /^(tools\[namespace\]\.)?tools\[(function|BetaTool)\]\.(function\.)?strict=false$/,
    reason: "the default, on every wire but Responses",
  },
  { field: /^tools\[BetaTool\]\.type=custom$/, reason: "the same as no type" },
  { field: /\.thought=false$/, reason: "the default" },
  { field: /\.thinkingLevel=THINKING_LEVEL_UNSPECIFIED$/, reason: "says nothing" },
  { field: /\.cache_control\[ephemeral\]\.ttl=5m$/, reason: "the default lifetime" },
  { field: /\.user_location\[approximate\]$/, reason: "a place without a name" },
  { field: /\[WebSearch(Preview)?Tool\]\.type=/, reason: "the version of OpenAI's own tool" },
  {
    field: /(json_schema\.name|\[json_schema\]\.name)$/,
    reason: "a label that OpenAI's wire demands; other wires have none",
  },
  {
    field: /(json_schema|format\[json_schema\])\.strict=(true|false)$/,
    reason: "a schema is followed as strictly as the wire can; there is no switch",
  },
  {
    field: /^input\[.*\]\.(id|status=\w+)$/,
    reason: "OpenAI's bookkeeping of its own items; calls and results are joined by call_id",
  },
  {
    field: /\[output_text\]\.logprobs\[\]/,
    reason: "what the tokens of a former answer weighed is no input of any model",
  },
  {
    field: /^reasoning(\.effort=none|_effort=none)$|^thinking\[disabled\]$/,
    when: isSilentThinker,
    reason: "the model does not reason unless it is told to",
  },
  {
    field: /(summary|generate_summary)=|\.display=|includeThoughts=/,
    reason: "reasoning is shown as the provider gives it; the client's writer leaves it out where it was not wanted",
  },
  {
    field: /^thinking\[enabled\]\.budget_tokens$/,
    reason: "a budget becomes the nearest effort word: two near budgets are one word",
  },
  {
    field: /tool_calls\[\w+\]\.id$|\[tool_use\]\.id$/,
    when: ({ flags }) => flags.toolCallIds === false,
    reason: "calls and results are joined by name and order there, ids are refused (T56)",
  },
  {
    field: /fileData\.mimeType$/,
    upstreams: ["openai-responses", "anthropic-messages", "bedrock-converse"],
    reason: "who fetches the file, the provider or the gateway, sees its type",
  },
];

/** Fields whose meaning is in the body, though not their value. */
export const emulated: readonly Allowance[] = [
  { field: /^stream=false$/, reason: "some hosts only stream: the gateway puts the whole reply together" },
  { field: /^stream_options\.include_usage=/, reason: "the gateway asks for usage for itself" },
  { field: /tool_calls\[\w+\]\.id$|\[tool_use\]\.id$/, reason: "ids in the alphabet of a host that has one (B11)" },
  { field: /prompt_cache_breakpoint$/, reason: "a cache mark of that wire" },
  { field: /cache_control\[ephemeral\]$/, reason: "a cache point behind the block" },
  { field: /input_audio\.format=|mimeType$|media_type=/, reason: "the media type as that wire writes it" },
  {
    field: /\[(file|image|document|input_file|input_image|tool_result)\]$|parts\[\]\.(fileData|inlineData)$/,
    reason: "the medium in that wire's form",
  },
  { field: /parts\[\]\.functionCall$/, reason: "the call in that wire's form" },
  { field: /\.role=/, reason: "the role of that wire: system words in mid-conversation stand as a marked note" },
  { field: /\.is_error=true$/, reason: "the failure is said in that wire's field, or in the result's words" },
  { field: /\.thought=true$/, reason: "reasoning in that wire's form" },
  {
    field: /^logprobs=true$|responseLogprobs=true$|^include\[\]=message\.output_text\.logprobs$/,
    reason: "the switch of that wire",
  },
  { field: /^modalities\[\]=audio$/, reason: "the word of that wire" },
  { field: /^parallel_tool_calls=false$|disable_parallel_tool_use=/, reason: "the switch of that wire" },
  {
    field: /^reasoning(_effort|\.effort)=|^output_config\.effort=|^thinking\[|thinkingConfig\.|summary=/,
    reason: "efforts, budgets and switches are converted (translation.md B9)",
  },
  {
    field: /^(response_format|text\.format)\[json_|^generationConfig\.responseMimeType$/,
    reason: "the JSON mode or schema of that wire, or the same in the prompt (B8)",
  },
  { field: /^service_tier=(default|standard_only)$|^serviceTier=standard$/, reason: "the word of that wire" },
  { field: /^(tool_choice|function_call)\b|functionCallingConfig\.mode=/, reason: "the choice in that wire's words" },
  {
    field: /^web_search_options|^tools\[(WebSearch|web_search)|^tools\[\]\.googleSearch$/,
    reason: "that wire's own search",
  },
  {
    field: /^tools\[function\]\.strict=false$/,
    reason: "absent means true on Responses, so that wire's strict mode is left off",
  },
];

export function isAllowed(list: readonly Allowance[], place: Place): boolean {
  const { id, client, upstream } = place;
  return list.some(
    ({ field, clients, upstreams, when }) =>
      field.test(id) &&
      (clients?.includes(client) ?? true) &&
      (upstreams?.includes(upstream) ?? true) &&
      (when?.(place) ?? true),
  );
}
