// The dialects that are served, each with the requests that hold one of its declared fields alone.
import type { JsonObject } from "../../src/core/json.ts";
import { anthropicMessages } from "../../src/dialects/anthropic-messages/index.ts";
import type { Dialect } from "../../src/dialects/dialect.ts";
import { geminiCall } from "../../src/dialects/gemini/index.ts";
import { openaiChat } from "../../src/dialects/openai-chat/index.ts";
import { openaiResponses } from "../../src/dialects/openai-responses/index.ts";
import { type Case, makeCases, type Recipe } from "./cases.ts";
import { type Declared, type FieldShape, readDeclarations } from "./declarations.ts";
import { chatRecipe } from "./recipe-chat.ts";
import { geminiRecipe, openGeminiWire } from "./recipe-gemini.ts";
import { messagesRecipe } from "./recipe-messages.ts";
import { responsesRecipe } from "./recipe-responses.ts";

export type Client = { dialect: Dialect; title: string; cases: Case[] };

type Source = {
  dialect: Dialect;
  title: string;
  declared: Declared;
  recipe: Recipe;
  /** Fields that the newest SDK declares no more, and that clients send all the same. */
  former?: FieldShape[];
};

const number = (name: string): FieldShape => ({ name, optional: true, shape: { kind: "number", words: [] } });

const sources: readonly Source[] = [
  {
    dialect: openaiChat,
    title: "Chat Completions",
    declared: {
      file: "openai/resources/chat/completions/completions.d.ts",
      type: "ChatCompletionCreateParamsNonStreaming",
    },
    recipe: chatRecipe,
  },
  {
    dialect: openaiResponses,
    title: "Responses",
    declared: { file: "openai/resources/responses/responses.d.ts", type: "ResponseCreateParamsNonStreaming" },
    recipe: responsesRecipe,
  },
  {
    dialect: anthropicMessages,
    title: "Messages",
    declared: {
      file: "@anthropic-ai/sdk/resources/beta/messages/messages.d.ts",
      type: "MessageCreateParamsNonStreaming",
    },
    recipe: messagesRecipe,
    former: [number("temperature"), number("top_p"), number("top_k")],
  },
  {
    dialect: geminiCall({ model: "model-of-the-route", stream: false }),
    title: "Gemini",
    declared: { file: "@google/genai/dist/genai.d.ts", type: "GenerateContentParameters" },
    recipe: geminiRecipe,
  },
];

export async function readClients(): Promise<Client[]> {
  const shapes = await readDeclarations(sources.map(({ declared }) => declared));
  const clients: Client[] = [];
  for (const [index, { dialect, title, recipe, former = [] }] of sources.entries()) {
    const shape = shapes[index];
    if (shape?.kind !== "object") throw new Error(`the declared type of ${title} is no object`);
    const made = makeCases({ ...shape, fields: [...shape.fields, ...former] }, recipe);
    clients.push({ dialect, title, cases: dialect.id === "gemini" ? await asGoogleSends(made) : made });
  }
  return clients;
}

/** Google's SDK has a language of its own for people: its bodies are what counts, with the wire's names. */
async function asGoogleSends(made: Case[]): Promise<Case[]> {
  const wire = openGeminiWire();
  try {
    const sent: Case[] = [];
    const places = new Map<string, string>();
    for (const each of made) {
      const pair = await wire.pairOf(each.given, each.bare);
      if (!pair || JSON.stringify(pair.given) === JSON.stringify(pair.bare)) continue;
      const path = wireName(each.path, pair.given, pair.bare);
      places.set(each.path, path);
      const within = each.within.map((outer) => places.get(outer) ?? outer);
      sent.push({ ...each, id: path + each.id.slice(each.path.length), path, within, ...pair });
    }
    return sent;
  } finally {
    wire.close();
  }
}

/** `config.temperature` is `generationConfig.temperature` on the wire: the SDK decides what moves where. */
function wireName(path: string, given: JsonObject, bare: JsonObject): string {
  if (!path.startsWith("config.")) return path;
  const rest = path.slice("config.".length).replace("[Tool]", "[]").replace("[Content]", "");
  const top = Object.keys(given).find((name) => JSON.stringify(given[name]) !== JSON.stringify(bare[name]));
  return top === undefined || rest.startsWith(top) ? rest : `${top}.${rest}`;
}
