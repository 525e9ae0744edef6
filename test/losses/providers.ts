// The dialects that are called, each with the replies and stream events that hold one of its declared fields alone.
import type { DialectId } from "../../src/core/chat.ts";
import type { JsonObject, JsonValue } from "../../src/core/json.ts";
import { type Case, makeCases, minimalOf, type Recipe } from "./cases.ts";
import { type Declared, type ObjectShape, readDeclarations, type Shape } from "./declarations.ts";
import {
  chatReplies,
  cohereReplies,
  converseReplies,
  geminiReplies,
  messagesReplies,
  responsesReplies,
} from "./reply-recipes.ts";

export type Upstream = {
  dialect: DialectId;
  title: string;
  /** Whole replies. */
  whole: Case[];
  /** Events, each to be put into a stream of its own. */
  stream: Case[];
  /** Each kind of event that holds plain values, with what it cannot lack, against a stream without it. */
  events: Case[];
};

const cohere = "cohere-ai/serialization/resources/v2/types/";

type Source = { dialect: DialectId; title: string; whole: Declared; event: Declared; recipe: Recipe };

const declared = (file: string, whole: string, event = whole) => ({
  whole: { file, type: whole },
  event: { file, type: event },
});

const sources: readonly Source[] = [
  {
    dialect: "openai-chat",
    title: "Chat Completions",
    ...declared("openai/resources/chat/completions/completions.d.ts", "ChatCompletion", "ChatCompletionChunk"),
    recipe: chatReplies,
  },
  {
    dialect: "openai-responses",
    title: "Responses",
    ...declared("openai/resources/responses/responses.d.ts", "Response", "ResponseStreamEvent"),
    recipe: responsesReplies,
  },
  {
    dialect: "anthropic-messages",
    title: "Messages",
    ...declared("@anthropic-ai/sdk/resources/beta/messages/messages.d.ts", "BetaMessage", "BetaRawMessageStreamEvent"),
    recipe: messagesReplies,
  },
  {
    dialect: "gemini",
    title: "Gemini",
    ...declared("@google/genai/dist/genai.d.ts", "GenerateContentResponse"),
    recipe: geminiReplies,
  },
  {
    dialect: "bedrock-converse",
    title: "Bedrock Converse",
    ...declared("../test/losses/converse-reply.ts", "ConverseResponse", "ConverseStreamOutput"),
    recipe: converseReplies,
  },
  {
    dialect: "cohere-chat",
    title: "Cohere",
    // The SDK's own types are in another spelling: these are the wire's.
    whole: { file: `${cohere}V2ChatResponse.d.ts`, type: "V2ChatResponse.Raw" },
    event: { file: `${cohere}V2ChatStreamResponse.d.ts`, type: "V2ChatStreamResponse.Raw" },
    recipe: cohereReplies,
  },
];

export async function readUpstreams(): Promise<Upstream[]> {
  const shapes = await readDeclarations(sources.flatMap(({ whole, event }) => [whole, event]));
  return sources.map(({ dialect, title, recipe }, index) => {
    const whole = shapes[2 * index] as Shape;
    const event = shapes[2 * index + 1] as Shape;
    return {
      dialect,
      title,
      whole: objectsIn(whole).flatMap((shape) => makeCases(shape, recipe)),
      stream: dialect === "bedrock-converse" ? envelopeCases(event, recipe) : eventCases(event, recipe),
      events: dialect === "bedrock-converse" ? [] : wholeEvents(event, recipe),
    };
  });
}

function objectsIn(shape: Shape): ObjectShape[] {
  if (shape.kind === "union") return shape.members.flatMap(objectsIn);
  return shape.kind === "object" ? [shape] : [];
}

function eventCases(event: Shape, recipe: Recipe): Case[] {
  return eventsOf(event).flatMap(({ type, shape }) => {
    const cases = makeCases(shape, recipe, type).map((each) => ({ ...each, within: [type, ...each.within] }));
    // Chunks have no word of their own.
    if (type === "chunk") return cases;
    const typed = (body: JsonValue): JsonObject => ({ type, ...(body as JsonObject) });
    return cases.map((each) => ({ ...each, given: typed(each.given), bare: typed(each.bare) }));
  });
}

function wholeEvents(event: Shape, recipe: Recipe): Case[] {
  return eventsOf(event).flatMap(({ type, shape }): Case[] => {
    // Such as hold something in objects are judged by what that is.
    const isFlat = shape.fields.every((field) => isPlain(field.shape));
    if (type === "chunk" || !isFlat || recipe.isLeftOut(type)) return [];
    const given = { type, ...(minimalOf(shape, recipe, type) as JsonObject) };
    return [{ id: type, path: type, value: given, given, bare: null, isRequired: false, within: [] }];
  });
}

function isPlain(shape: Shape): boolean {
  if (shape.kind === "union") return shape.members.every(isPlain);
  return shape.kind !== "object" && shape.kind !== "array";
}

/** Converse's events have their word around them. */
function envelopeCases(event: Shape, recipe: Recipe): Case[] {
  return objectsIn(event).flatMap(({ fields }) =>
    fields.flatMap(({ name, shape }) =>
      objectsIn(shape).flatMap((inner) =>
        makeCases(inner, recipe, name).map((each) => ({
          ...each,
          given: { [name]: each.given },
          bare: { [name]: each.bare },
        })),
      ),
    ),
  );
}

/** The kinds of events by their word; a dialect whose stream is made of one kind of chunk has one. */
function eventsOf(shape: Shape): { type: string; shape: ObjectShape }[] {
  return objectsIn(shape).map((member) => {
    const type = member.fields.find(({ name }) => name === "type")?.shape;
    const word = type?.kind === "string" ? type.words[0] : undefined;
    return { type: word === undefined ? "chunk" : String(word), shape: member };
  });
}
