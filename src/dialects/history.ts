// A conversation in the steps that strict wires want: the assistant, then everybody else, each call answered exactly once.
import type { Block, ToolCallBlock, ToolResultBlock, Turn } from "../core/chat.ts";

/** Where a block stands in the client's messages, for the field path of a refusal. */
export type Place = { turn: number; block: number };
export type PlacedBlock = { block: Block; turn: Turn; place: Place };

/** What a call was answered with; a call whose result is missing from the history has none. */
export type Answer = { wireId: string; name: string; result?: ToolResultBlock; place?: Place };

export type Step =
  | { kind: "assistant"; blocks: PlacedBlock[]; wireIds: ReadonlyMap<Block, string> }
  /** Answers to the calls of the step before, in call order; then user and system blocks, and results without a call. */
  | { kind: "others"; answers: Answer[]; blocks: PlacedBlock[] };

export type History = { system: PlacedBlock[]; steps: Step[] };

type OpenCall = { call: ToolCallBlock; wireId: string };

/** @param allocate gives each call its id on the wire, in order of the history */
export function historyOf(turns: readonly Turn[], allocate: (id: string) => string): History {
  const firstOther = turns.findIndex((turn) => turn.role !== "system");
  const leading = firstOther < 0 ? turns.length : firstOther;
  const system = turns.slice(0, leading).flatMap((turn, index) => placed(turn, index));
  const steps: Step[] = [];
  let openCalls: OpenCall[] = [];
  for (const group of grouped(turns, leading)) {
    const blocks = group.flatMap((index) => placed(turns[index] as Turn, index));
    if (turns[group[0] as number]?.role === "assistant") {
      openCalls = blocks.flatMap(({ block }) =>
        block.type === "tool-call" ? [{ call: block, wireId: allocate(block.id) }] : [],
      );
      const wireIds = new Map<Block, string>(openCalls.map(({ call, wireId }) => [call, wireId]));
      steps.push({ kind: "assistant", blocks, wireIds });
    } else {
      steps.push(othersStep(openCalls, blocks));
      openCalls = [];
    }
  }
  if (openCalls.length > 0) steps.push(othersStep(openCalls, []));
  return { system, steps };
}

function placed(turn: Turn, index: number): PlacedBlock[] {
  return turn.blocks.map((block, at) => ({ block, turn, place: { turn: index, block: at } }));
}

/** Indices of turns, the assistant's apart from everybody else's. */
function grouped(turns: readonly Turn[], from: number): number[][] {
  const groups: number[][] = [];
  for (let index = from; index < turns.length; index++) {
    const last = groups.at(-1);
    const before = last?.at(-1);
    const isSame =
      before !== undefined && (turns[before]?.role === "assistant") === (turns[index]?.role === "assistant");
    if (isSame) last?.push(index);
    else groups.push([index]);
  }
  return groups;
}

function othersStep(openCalls: readonly OpenCall[], blocks: PlacedBlock[]): Step {
  const taken = new Set<PlacedBlock>();
  const answers = openCalls.map(({ call, wireId }): Answer => {
    const found = blocks.find(
      (entry) => entry.block.type === "tool-result" && entry.block.callId === call.id && !taken.has(entry),
    );
    if (found === undefined) return { wireId, name: call.name };
    taken.add(found);
    return { wireId, name: call.name, result: found.block as ToolResultBlock, place: found.place };
  });
  return { kind: "others", answers, blocks: blocks.filter((entry) => !taken.has(entry)) };
}
