// Namespace tools: groups of tools, which other dialects get flat, under names that hold the group's (translation.md B3.2).
import type { Tool, ToolNamespace } from "../../core/chat.ts";
import { badRequest } from "../../core/errors.ts";
import { asString, type JsonObject } from "../../core/json.ts";
import { objectsOf } from "../openai-chat/fields.ts";

const between = "__";

export function flatName(namespace: string, name: string): string {
  return namespace + between + name;
}

/** The tool's own name within its namespace. */
export function ownName(flat: string, namespace: string | undefined): string {
  return namespace === undefined ? flat : flat.slice(namespace.length + between.length);
}

export const isNamespace = (raw: JsonObject): boolean => raw["type"] === "namespace";

/** The tools of a group, each with the words about the group in front of its own: nothing else would tell the model. */
export function readNamespace(raw: JsonObject, readTool: (raw: JsonObject) => Tool): Tool[] {
  const name = asString(raw["name"]);
  if (!name) throw badRequest("tools.name", "a namespace of tools needs a name");
  const about = asString(raw["description"]) ?? "";
  const namespace: ToolNamespace = { name, raw };
  return objectsOf(raw["tools"]).map((inner) => {
    const words = [about, asString(inner["description"]) ?? ""].filter((text) => text !== "").join("\n\n");
    const tool = readTool({
      ...inner,
      name: flatName(name, asString(inner["name"]) ?? ""),
      ...(words !== "" && { description: words }),
    });
    return tool.kind === "function" || tool.kind === "custom" ? { ...tool, namespace } : tool;
  });
}

/** A choice names a tool of a group by its own name, as far as that is the only one of this name. */
export function chosenName(name: string, tools: readonly Tool[]): string {
  let found: string | undefined;
  for (const tool of tools) {
    if (tool.kind !== "function" && tool.kind !== "custom") continue;
    if (tool.name === name) return name;
    if (tool.namespace && ownName(tool.name, tool.namespace.name) === name) {
      if (found !== undefined) throw badRequest("tool_choice.name", `several namespaces have a tool "${name}"`);
      found = tool.name;
    }
  }
  return found ?? name;
}

/** Flat names of all tools in a group. */
export function namesWithin(namespace: string, tools: readonly Tool[]): string[] {
  return tools.flatMap((tool) =>
    (tool.kind === "function" || tool.kind === "custom") && tool.namespace?.name === namespace ? [tool.name] : [],
  );
}

/** Two tools of one flat name could not be told apart in a reply. */
export function refuseAmbiguous(tools: readonly Tool[]): void {
  const seen = new Set<string>();
  let isGrouped = false;
  for (const tool of tools) {
    if (tool.kind !== "function" && tool.kind !== "custom") continue;
    isGrouped ||= tool.namespace !== undefined;
    if (isGrouped && seen.has(tool.name)) throw badRequest("tools", `the tool name "${tool.name}" stands twice`);
    seen.add(tool.name);
  }
}
