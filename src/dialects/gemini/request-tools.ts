// Tools and the choice among them: one element with all declarations, Google's own tools beside it (translation.md B2.1).
import type { ChatRequest, CustomTool, FunctionTool, Tool, ToolChoice, WebSearchTool } from "../../core/chat.ts";
import { GatewayError } from "../../core/errors.ts";
import type { TargetFacts } from "../../core/facts.ts";
import type { JsonObject } from "../../core/json.ts";
import { freeformKey } from "../call-arguments.ts";
import type { Losses } from "./field-names.ts";
import { loseForeign } from "./request-parts.ts";
import { toOpenApi } from "./schema.ts";
import { toJsonSchema } from "./schema-json.ts";
import type { ToolNames } from "./tool-names.ts";

type To = { facts: TargetFacts; lost: Losses; names: ToolNames };

export type WrittenTools = {
  tools?: JsonObject[];
  toolConfig?: JsonObject;
  /** Wire names of tools whose argument is free text. */
  freeform: ReadonlySet<string>;
};

export function writeTools(request: ChatRequest, to: To): WrittenTools {
  const declarations: JsonObject[] = [];
  const elements: JsonObject[] = [];
  const freeform = new Set<string>();
  for (const tool of request.tools) {
    if (tool.kind === "function") declarations.push(writeDeclaration(tool, to));
    else if (tool.kind === "custom") {
      declarations.push(writeFreeform(tool, to));
      freeform.add(to.names.written(tool.name));
    } else {
      const element = writeHosted(tool, to.lost);
      if (element) elements.push(element);
    }
  }
  if (request.parallelToolCalls === false) to.lost.add("parallel");
  const tools = [...(declarations.length > 0 ? [{ functionDeclarations: declarations }] : []), ...elements];
  const config = writeChoice(request.toolChoice, declarations, to);
  return {
    freeform,
    ...(tools.length > 0 ? { tools } : {}),
    ...(config ? { toolConfig: { functionCallingConfig: config } } : {}),
  };
}

function writeDeclaration(tool: FunctionTool, { facts, lost, names }: To): JsonObject {
  const asJsonSchema = facts.flags.jsonSchemaFields === true;
  const written = tool.parameters && (asJsonSchema ? toJsonSchema : toOpenApi)(tool.parameters);
  for (const keyword of written?.lost ?? []) lost.add("toolSchema", keyword);
  if (tool.strict === true) lost.add("toolStrict");
  if (tool.cache) lost.add("cache");
  loseForeign(tool.extra, "tools", lost);
  return {
    ...tool.extra?.gemini,
    name: names.written(tool.name),
    ...(tool.description !== undefined ? { description: tool.description } : {}),
    ...(written?.schema ? { [asJsonSchema ? "parametersJsonSchema" : "parameters"]: written.schema } : {}),
  };
}

/** Free text travels as the one text of an object (T48); a grammar cannot be enforced here. */
function writeFreeform(tool: CustomTool, { lost, names }: To): JsonObject {
  loseForeign(tool.extra, "tools", lost);
  if (tool.format !== undefined && tool.format["type"] !== "text") lost.addField("tools.custom.format");
  return {
    name: names.written(tool.name),
    ...(tool.description !== undefined ? { description: tool.description } : {}),
    parameters: { type: "object", properties: { [freeformKey]: { type: "string" } }, required: [freeformKey] },
  };
}

function writeHosted(tool: Exclude<Tool, FunctionTool | CustomTool>, lost: Losses): JsonObject | undefined {
  if (tool.dialect === "gemini") return tool.raw;
  if (tool.kind === "web-search") return writeSearch(tool, lost);
  // T11: dropped and reported; where it is forced, the choice refuses.
  const type = tool.raw["type"];
  lost.addField(typeof type === "string" ? `tools.${type}` : "tools");
  return undefined;
}

/** Google Search takes no settings: where from and how much cannot be said. */
function writeSearch(tool: WebSearchTool, lost: Losses): JsonObject {
  for (const name of Object.keys(tool.raw)) {
    if (name !== "type" && name !== "name")
      lost.addField(tool.raw["type"] === undefined ? `web_search_options.${name}` : `tools.${name}`);
  }
  return { googleSearch: {} };
}

function writeChoice(
  choice: ToolChoice | undefined,
  declarations: JsonObject[],
  { lost, names }: To,
): JsonObject | undefined {
  if (!choice) return undefined;
  const declared = (name: string) => declarations.some((declaration) => declaration["name"] === names.written(name));
  if (choice.mode === "named" && !declared(choice.name)) {
    throw new GatewayError(
      "unsupported",
      `the tool "${choice.name}" cannot be offered to this model, so it cannot be forced`,
      {
        param: "tool_choice",
      },
    );
  }
  if (declarations.length === 0) {
    // "none" and "auto" hold anyway where there is nothing to call.
    if (choice.mode === "required" || choice.mode === "allowed") lost.addField("tool_choice");
    return undefined;
  }
  switch (choice.mode) {
    case "auto":
      return { mode: "AUTO" };
    case "none":
      return { mode: "NONE" };
    case "required":
      return { mode: "ANY" };
    case "named":
      return { mode: "ANY", allowedFunctionNames: [names.written(choice.name)] };
    case "allowed": {
      const allowed = choice.names.filter(declared);
      if (allowed.length < choice.names.length) lost.addField("tool_choice");
      if (allowed.length === 0) return { mode: "NONE" };
      // Names are legal with ANY and VALIDATED only; VALIDATED leaves text open, as "auto" does.
      return { mode: choice.required ? "ANY" : "VALIDATED", allowedFunctionNames: allowed.map(names.written) };
    }
  }
}
