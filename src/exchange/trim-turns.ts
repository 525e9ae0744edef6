// A conversation that is too long for a model, cut at its beginning: the older half of its turns goes, tool calls stay with their results.
import type { ChatRequest, Turn } from "../core/chat.ts";

export type Trimmed = { request: ChatRequest /** How many turns are gone. */; dropped: number };

/** Undefined when there is nothing to drop: the last user's turn stays, and whatever follows it. */
export function trimTurns(request: ChatRequest): Trimmed | undefined {
  const { turns } = request;
  const spoken = turns.flatMap((turn, index) => (turn.role === "system" ? [] : [index]));
  const starts = spoken.filter((index) => isStart(turns[index] as Turn));
  const last = starts.at(-1);
  if (last === undefined || last === spoken[0]) return undefined;
  const middle = spoken[Math.floor(spoken.length / 2)] ?? 0;
  // At least the older half goes; where no turn of a user begins after it, everything but the last one.
  const from = starts.find((index) => index >= middle && index > (spoken[0] ?? 0)) ?? last;
  const kept = turns.filter(({ role }, index) => role === "system" || index >= from);
  return { request: { ...request, turns: kept }, dropped: turns.length - kept.length };
}

/** A conversation may begin with a user's words, not with the results of calls that are gone. */
function isStart({ role, blocks }: Turn): boolean {
  return role === "user" && !blocks.some(({ type }) => type === "tool-result");
}
