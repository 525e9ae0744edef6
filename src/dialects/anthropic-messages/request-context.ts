// What the writing of one Messages request carries from part to part.
import type { ChatRequest } from "../../core/chat.ts";
import type { TargetFacts } from "../../core/facts.ts";
import { Losses } from "./lost-fields.ts";
import { ToolIds, ToolNames } from "./tool-names.ts";

export type Writing = {
  readonly request: ChatRequest;
  readonly facts: TargetFacts;
  readonly lost: Losses;
  readonly ids: ToolIds;
  readonly names: ToolNames;
};

export function openWriting(request: ChatRequest, facts: TargetFacts): Writing {
  return { request, facts, lost: new Losses(request.dialect), ids: new ToolIds(), names: new ToolNames() };
}

/** Reports every non-null field of a client's own extras, under a prefix such as `messages.`. */
export function loseExtras(
  writing: Writing,
  extra: { [dialect: string]: object | undefined } | undefined,
  prefix: string,
): void {
  if (extra === undefined) return;
  for (const [dialect, fields] of Object.entries(extra)) {
    if (dialect === "anthropic-messages" || fields === undefined) continue;
    for (const [name, value] of Object.entries(fields)) {
      if (value !== null && value !== undefined) writing.lost.addNamed(prefix + name);
    }
  }
}
