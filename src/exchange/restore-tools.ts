// Tools that went out under another name, or as another kind, come back as the client knows them.
import type { Tool } from "../core/chat.ts";
import type { Emit, ReplyEvent } from "../core/events.ts";
import { asObject, asString, parseJson } from "../core/json.ts";

/** What was changed on the way out. See WrittenRequest. */
export type ToolChanges = {
  /** Wire name -> the client's name. */
  aliases: ReadonlyMap<string, string>;
  /** Wire names of free-text tools that were sent as functions with one string, `input`. */
  freeform: ReadonlySet<string>;
  /** The client's names of tools that it keeps in a namespace -> that namespace. */
  namespaces?: ReadonlyMap<string, string> | undefined;
};

/** Wraps `emit` so that the events name the client's tools; `emit` itself when nothing was changed. */
export function restoreTools(emit: Emit, changes: ToolChanges | undefined): Emit {
  if (!changes || (changes.aliases.size === 0 && changes.freeform.size === 0 && !changes.namespaces)) return emit;
  /** Arguments of free-text calls, collected until their JSON is whole. */
  const collecting = new Map<number, string>();
  return (event) => {
    if (event.type === "block-start" && event.kind === "tool-call") {
      if (changes.freeform.has(event.name)) collecting.set(event.block, "");
      emit(renamed(event, changes));
      return;
    }
    const collected = event.type === "delta" || event.type === "block-stop" ? collecting.get(event.block) : undefined;
    if (collected === undefined) {
      emit(event);
    } else if (event.type === "delta") {
      collecting.set(event.block, collected + event.text);
    } else if (event.type === "block-stop") {
      collecting.delete(event.block);
      emit({ type: "delta", block: event.block, text: inputOf(collected) });
      emit(event);
    }
  };
}

/** Of a request's tools; undefined when none is in one. */
export function namespacesOf(tools: readonly Tool[]): ReadonlyMap<string, string> | undefined {
  let found: Map<string, string> | undefined;
  for (const tool of tools) {
    if ((tool.kind !== "function" && tool.kind !== "custom") || !tool.namespace) continue;
    found ??= new Map();
    found.set(tool.name, tool.namespace.name);
  }
  return found;
}

function renamed(event: ReplyEvent & { type: "block-start"; kind: "tool-call" }, changes: ToolChanges): ReplyEvent {
  const name = changes.aliases.get(event.name) ?? event.name;
  const namespace = changes.namespaces?.get(name);
  const restored = namespace === undefined ? { ...event, name } : { ...event, name, namespace };
  return changes.freeform.has(event.name) ? { ...restored, argumentsKind: "freeform" } : restored;
}

/** The one string; a model that ignored the schema keeps its words as they are. */
function inputOf(json: string): string {
  return asString(asObject(parseJson(json))?.["input"]) ?? json;
}
