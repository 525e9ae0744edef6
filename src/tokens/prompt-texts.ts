// What of a request a tokenizer must see: every text in it, the tools and the wanted form of the answer included (U25).
import type { Block, ChatRequest, Tool } from "../core/chat.ts";

export type PromptTexts = {
  texts: string[];
  /** Tokens of what is no text: media, and what each turn and tool costs beside its words. */
  furtherTokens: number;
};

/** Delimiters and role of a turn (OpenAI's cookbook, "How to count tokens"). */
const tokensOfTurn = 4;
const tokensOfTool = 8;
/** Only the provider knows what it makes of media; these are pictures and pages of usual size at most makers. */
const tokensOfMedium = { image: 1600, audio: 1000, video: 5000, file: 3000 } as const;

export function promptTexts(request: ChatRequest): PromptTexts {
  const prompt: PromptTexts = { texts: [], furtherTokens: 3 };
  for (const { blocks, name } of request.turns) {
    prompt.furtherTokens += tokensOfTurn;
    if (name !== undefined) prompt.texts.push(name);
    for (const block of blocks) addBlock(prompt, block);
  }
  for (const tool of request.tools) addTool(prompt, tool);
  if (request.output?.kind === "schema") prompt.texts.push(JSON.stringify(request.output.schema));
  return prompt;
}

function addBlock(prompt: PromptTexts, block: Block): void {
  switch (block.type) {
    case "text":
    case "refusal":
    case "reasoning":
      prompt.texts.push(block.text);
      return;
    case "tool-call":
      prompt.furtherTokens += tokensOfTool;
      prompt.texts.push(block.name, block.argumentsText);
      return;
    case "tool-result":
      prompt.furtherTokens += tokensOfTool;
      for (const inner of block.blocks) addBlock(prompt, inner);
      return;
    case "opaque":
      prompt.texts.push(JSON.stringify(block.raw));
      return;
    default:
      if (block.source.kind === "text") prompt.texts.push(block.source.text);
      else prompt.furtherTokens += tokensOfMedium[block.type];
  }
}

function addTool(prompt: PromptTexts, tool: Tool): void {
  prompt.furtherTokens += tokensOfTool;
  if (tool.kind === "function") {
    prompt.texts.push(tool.name, tool.description ?? "", JSON.stringify(tool.parameters ?? {}));
  } else {
    prompt.texts.push(JSON.stringify(tool.raw));
  }
}
