// What the demo's talking models say: echo, story, tools, reasoning. Pure functions from a request to a reply.
import { asArray, asObject, asString, isObject, type JsonObject, type JsonValue } from "../core/json.ts";
import { sampleOf } from "./demo-sample.ts";

/** A checked request body of the demo's wire. */
export type DemoRequest = {
  model: string;
  messages: JsonObject[];
  stream: boolean;
  includeUsage: boolean;
  /** Words; a longer reply is cut and says so. */
  wordsMax: number;
  body: JsonObject;
  /** Derived from the body: the same request always gives the same ids. */
  hash: string;
};

export type DemoReply = {
  reasoning: string;
  text: string;
  call?: { name: string; argumentsText: string };
  /** Pause before each word of a stream; 0 sends as fast as the reader reads. */
  wordPauseMs: number;
};

/** About 25 words a second: as fast as a quick reader, slow enough to be watched. */
const storyPauseMs = 40;

const story = `At the edge of the old town, where three rivers met, there stood a sluice gate and a keeper named Mirelle.

Every morning the rivers sent her water, and none of them sent it alike. The northern one came in bursts, cold and talkative. The western one arrived in long even sheets. The southern one promised everything at noon and delivered half of it by dusk, with an apology.

"How do you bear it?" asked a traveller, who had stopped to fill a flask. "Three rivers, three tempers, and the mill downstream wants one steady wheel."

Mirelle leaned on the great iron crank. "I listen," she said. "When the north runs dry, I open the west. When all three shout at once, I let through what the wheel can carry and hold the rest. And I write down every bucket, because the miller always asks."

"And when a river lies to you?"

"Then I say so, out loud, before anyone drinks."

The traveller laughed and stayed to watch. The gates rose, the gates fell. Somewhere below, a wheel that knew nothing of rivers turned, and turned, and turned.

That evening the miller sent up a loaf of bread, still warm, with a note that held only two words: all steady.`;

type Speaker = (request: DemoRequest) => DemoReply;

export const speakers: { readonly [model: string]: Speaker } = {
  echo: (request) => spoken(lastUserText(request.messages) || "There was no user text to repeat. Say something!"),
  story: () => ({ ...spoken(story), wordPauseMs: storyPauseMs }),
  tools: callFirstTool,
  reasoning: reasonAloud,
};

function spoken(text: string): DemoReply {
  return { reasoning: "", text, wordPauseMs: 0 };
}

function reasonAloud(request: DemoRequest): DemoReply {
  const question = lastUserText(request.messages);
  const words = countWords(question);
  return {
    reasoning: `The user wrote ${words} ${words === 1 ? "word" : "words"}. I am a demo model and know nothing, so the honest answer is to say what I saw.`,
    text: question === "" ? "You asked me nothing, and I thought about it." : `I thought about this: ${question}`,
    wordPauseMs: storyPauseMs,
  };
}

/** Calls the first tool, or the one the request names; after the tool has answered, reports the answer, so that agent loops end. */
function callFirstTool(request: DemoRequest): DemoReply {
  const last = request.messages.at(-1);
  if (last?.["role"] === "tool") return spoken(`The tool answered: ${textOf(last["content"])}`);
  const tools = (asArray(request.body["tools"]) ?? [])
    .map((tool) => asObject(asObject(tool)?.["function"]))
    .filter(isObject);
  const choice = request.body["tool_choice"];
  if (choice === "none") return spoken("The request forbids tool calls (tool_choice: none), so I call nothing.");
  const wanted = asString(asObject(asObject(choice)?.["function"])?.["name"]);
  const tool = wanted === undefined ? tools[0] : tools.find((entry) => entry["name"] === wanted);
  const name = asString(tool?.["name"]);
  if (name === undefined) return spoken("No tools were offered, so I have nothing to call. Send some in `tools`.");
  const parameters = asObject(tool?.["parameters"]);
  const arguments_ = parameters === undefined ? {} : sampleOf(parameters);
  return { ...spoken(""), call: { name, argumentsText: JSON.stringify(arguments_) } };
}

function lastUserText(messages: readonly JsonObject[]): string {
  return textOf(messages.findLast((message) => message["role"] === "user")?.["content"]);
}

/** Text of a message's content; a part that is not text is named in brackets rather than passed over in silence. */
export function textOf(content: JsonValue | undefined): string {
  if (typeof content === "string") return content;
  const parts = (asArray(content) ?? []).filter(isObject);
  return parts.map((part) => asString(part["text"]) ?? `[${asString(part["type"]) ?? "part"}]`).join("\n");
}

/** The demo's tokens are words. */
export function countWords(text: string): number {
  return text.match(/\S+/g)?.length ?? 0;
}

/** The text in pieces of one word with the space that follows it; together they are the text again. */
export function wordsOf(text: string): string[] {
  return text.match(/^\s+|\S+\s*/g) ?? [];
}
