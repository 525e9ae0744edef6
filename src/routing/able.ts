// Can a model do what a request asks? What is not known of it is believed; what is known to be impossible is refused.
import { type Demand, plainDemand } from "../core/demand.ts";
import { GatewayError } from "../core/errors.ts";
import type { KnownFacts, Modality } from "../core/known-facts.ts";
import type { AccessRules } from "./access.ts";
import { type ModelItem, type Obstacle, type Offer, offerOf } from "./items.ts";
import type { PlanRequest, Refused } from "./plan.ts";
import type { Capability } from "./route.ts";

/** A request in the planner's eyes, with what is read of it only once something asks for it. */
export class Judging {
  readonly request: PlanRequest;
  readonly access: AccessRules;
  #demand: Demand | undefined;

  constructor(request: PlanRequest, access: AccessRules) {
    this.request = request;
    this.access = access;
  }

  get demand(): Demand {
    this.#demand ??= this.request.demand?.() ?? plainDemand;
    return this.#demand;
  }
}

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
  if (!access.isOpen && !access.allows(item.provider.name, item.model, request.userPath?.() ?? "/")) return forbidden;
  const offer = offerOf(item, request);
  if (offer.wire === undefined) offer.wire = wireObstacle(item, offer, request) ?? null;
  return offer.wire ?? undefined;
}

const forbidden: Obstacle = { reason: "an access policy forbids it", code: "forbidden", param: "model" };

function wireObstacle(item: ModelItem, offer: Offer, { operation }: PlanRequest): Obstacle | undefined {
  if (operation !== undefined) {
    if (item.provider.row.operations?.[operation]) return undefined;
    return { reason: `its provider does not serve /v1/${operation}`, code: "unsupported", param: "model" };
  }
  const [target] = offer.targets;
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
  if (needs.length === 0) return undefined;
  const missing = needs.find((need) => !capabilityKnown[need](facts));
  return missing && { reason: `it is not known to have ${missing}`, code: "unsupported", param: "model" };
}

function takes(facts: KnownFacts, modality: Modality): boolean | undefined {
  return facts.inputModalities?.includes(modality);
}

/** The request's own body is only looked at where something is known that could be against it. */
function demandObstacle(item: ModelItem, judging: Judging): Obstacle | undefined {
  const { facts } = item;
  if (!facts) return undefined;
  const { contextTokens, maxOutputTokens } = facts;
  if (facts.tools === false && judging.demand.tools)
    return { reason: "it takes no tools", code: "unsupported", param: "tools" };
  const untaken = facts.inputModalities && untakenMedia(facts, judging);
  if (untaken !== undefined) return { reason: `it takes no ${untaken}`, code: "unsupported" };
  if (contextTokens !== undefined) {
    const inputTokens = judging.request.inputTokens?.(item.model) ?? 0;
    if (inputTokens > contextTokens) {
      return {
        reason: `about ${inputTokens} tokens of input, and its window holds ${contextTokens}`,
        code: "context_length",
      };
    }
  }
  if (facts.reasoning === false && judging.demand.reasoning) {
    return { reason: "it does not reason", code: "unsupported", param: "reasoning", isSoft: true };
  }
  if (maxOutputTokens === undefined) return undefined;
  const { outputTokens } = judging.demand;
  if (outputTokens === undefined || outputTokens <= maxOutputTokens) return undefined;
  const reason = `${outputTokens} tokens of output are asked for, and it gives at most ${maxOutputTokens}`;
  return { reason, code: "unsupported", param: "max_tokens", isSoft: true };
}

function untakenMedia(facts: KnownFacts, judging: Judging): string | undefined {
  for (const { ability, field, words } of media) {
    if (takes(facts, ability) === false && judging.demand[field]) return words;
  }
  return undefined;
}

/** Only where the client forbids losses: the request is written for the target, and nothing is sent. */
function lossOf(item: ModelItem, request: PlanRequest): Obstacle | undefined {
  if (!request.losses) return undefined;
  const [target] = offerOf(item, request).targets;
  const lost = target && request.losses(target);
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
