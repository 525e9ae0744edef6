// Can a model do what a request asks? What is not known of it is believed; what is known to be impossible is refused.
import type { Demand } from "../core/demand.ts";
import { type ErrorCode, GatewayError } from "../core/errors.ts";
import type { KnownFacts, Modality } from "../core/known-facts.ts";
import type { AccessRules } from "./access.ts";
import { type ModelItem, targetsOf } from "./expand.ts";
import type { PlanRequest, Refused } from "./plan.ts";
import type { Capability } from "./route.ts";

export type Obstacle = {
  reason: string;
  /** What the client is told when nothing else is left. */
  code: Extract<ErrorCode, "context_length" | "unsupported" | "loss_refused" | "forbidden" | "model_not_found">;
  param?: string;
  /** Where every model has one, the first of them is asked nevertheless: it knows its limits better. */
  isSoft?: boolean;
};

export type Judging = {
  request: PlanRequest;
  /** Read when first needed. */
  demand: Demand;
  access: AccessRules;
};

const media = [
  { ability: "image", field: "image", words: "images" },
  { ability: "audio", field: "audio", words: "audio" },
  { ability: "video", field: "video", words: "video" },
  { ability: "file", field: "file", words: "files" },
] as const satisfies readonly { ability: Modality; field: keyof Demand; words: string }[];

/** Why the model is no candidate for this request. */
export function obstacleOf(item: ModelItem, judging: Judging): Obstacle | undefined {
  return (
    firmObstacleOf(item, judging) ??
    missingCapability(item) ??
    demandObstacle(item, judging) ??
    lossOf(item, judging.request)
  );
}

/** The same without what only a comparison with others needs: the abilities of the model, and what would be lost. */
export function firmObstacleOf(item: ModelItem, { request, access }: Judging): Obstacle | undefined {
  return accessObstacle(item, request, access) ?? wireObstacle(item, request);
}

function accessObstacle(
  { provider, model }: ModelItem,
  request: PlanRequest,
  access: AccessRules,
): Obstacle | undefined {
  if (access.isOpen || access.allows(provider.name, model, request.userPath?.() ?? "/")) return undefined;
  return { reason: "an access policy forbids it", code: "forbidden", param: "model" };
}

function wireObstacle(item: ModelItem, request: PlanRequest): Obstacle | undefined {
  const { operation } = request;
  if (operation !== undefined) {
    if (item.provider.row.operations?.[operation]) return undefined;
    return { reason: `its provider does not serve /v1/${operation}`, code: "unsupported", param: "model" };
  }
  const [target] = targetsOf(item, request);
  if (!target) return { reason: "its provider has no chat", code: "unsupported", param: "model" };
  if (item.dialect === undefined || target.dialect === item.dialect) return undefined;
  return { reason: `its provider is not called in ${item.dialect}`, code: "unsupported", param: "model" };
}

const capabilityKnown: { readonly [capability in Capability]: (facts: KnownFacts) => boolean } = {
  vision: (facts) => takes(facts, "image") === true,
  audio: (facts) => takes(facts, "audio") === true,
  video: (facts) => takes(facts, "video") === true,
  files: (facts) => takes(facts, "file") === true,
  tool_calls: (facts) => facts.tools === true,
  reasoning: (facts) => facts.reasoning === true,
};

/** What the operator asks for must be known: that is what it is asked for. */
function missingCapability({ needs, facts = {} }: ModelItem): Obstacle | undefined {
  const missing = needs.find((need) => !capabilityKnown[need](facts));
  return missing && { reason: `it is not known to have ${missing}`, code: "unsupported", param: "model" };
}

function takes(facts: KnownFacts, modality: Modality): boolean | undefined {
  return facts.inputModalities?.includes(modality);
}

function demandObstacle(item: ModelItem, { request, demand }: Judging): Obstacle | undefined {
  const { facts } = item;
  if (!facts) return undefined;
  const { contextTokens, maxOutputTokens } = facts;
  if (demand.tools && facts.tools === false)
    return { reason: "it takes no tools", code: "unsupported", param: "tools" };
  for (const { ability, field, words } of media) {
    if (demand[field] && takes(facts, ability) === false)
      return { reason: `it takes no ${words}`, code: "unsupported" };
  }
  if (contextTokens !== undefined) {
    const inputTokens = request.inputTokens?.(item.model) ?? 0;
    if (inputTokens > contextTokens) {
      return {
        reason: `about ${inputTokens} tokens of input, and its window holds ${contextTokens}`,
        code: "context_length",
      };
    }
  }
  if (demand.reasoning && facts.reasoning === false) {
    return { reason: "it does not reason", code: "unsupported", param: "reasoning", isSoft: true };
  }
  const { outputTokens } = demand;
  if (outputTokens === undefined || maxOutputTokens === undefined || outputTokens <= maxOutputTokens) return undefined;
  const reason = `${outputTokens} tokens of output are asked for, and it gives at most ${maxOutputTokens}`;
  return { reason, code: "unsupported", param: "max_tokens", isSoft: true };
}

/** Only where the client forbids losses: the request is written for the target, and nothing is sent. */
function lossOf(item: ModelItem, request: PlanRequest): Obstacle | undefined {
  const [target] = targetsOf(item, request);
  const lost = target && request.losses?.(target);
  if (!lost || lost.length === 0) return undefined;
  return { reason: `it would not see: ${lost.join(", ")}`, code: "loss_refused", param: lost[0] as string };
}

/** The model that came furthest tells the client what is wrong: one that lacks room only could do everything else. */
const nearness: readonly Obstacle["code"][] = [
  "context_length",
  "loss_refused",
  "unsupported",
  "forbidden",
  "model_not_found",
];

/** What the client hears when no model is left. */
export function nothingLeft(model: string, refused: readonly (Refused & { obstacle: Obstacle })[]): GatewayError {
  const code =
    nearness.find((nearest) => refused.some(({ obstacle }) => obstacle.code === nearest)) ?? "model_not_found";
  const same = refused.filter(({ obstacle }) => obstacle.code === code);
  const words = same
    .slice(0, 5)
    .map((one) => `${one.provider === "" ? "" : `${one.provider}/`}${one.model}: ${one.reason}`)
    .join("; ");
  const param = same.find(({ obstacle }) => obstacle.param !== undefined)?.obstacle.param ?? "model";
  const told = `no model of "${model}" can take this request (${words || "it names none that is listed"})`;
  // GoModel's clients know a forbidden model by this code and a 400 (gomodel.md 2.1).
  const details = code === "forbidden" ? { param, status: 400, publicCode: "model_access_denied" } : { param };
  return new GatewayError(code, told, details);
}
