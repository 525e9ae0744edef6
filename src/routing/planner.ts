// The planner: what a request names, in the order in which it is tried. Deciding reads state only; taking a decision changes it.
import type { SessionHint } from "../core/demand.ts";
import { GatewayError } from "../core/errors.ts";
import type { Provider } from "../providers/provider.ts";
import type { RotationStore } from "../storage/rotation.ts";
import type { SessionStore } from "../storage/sessions.ts";
import { firmObstacleOf, Judging, nothingLeft, obstacleOf } from "./able.ts";
import { isWithin } from "./access.ts";
import { Expansions } from "./expand.ts";
import { followers, ruleOf } from "./failover.ts";
import type { TargetHealth } from "./health.ts";
import { type Choice, noTurns } from "./items.ts";
import type { Names } from "./names.ts";
import { choiceOf, credentialTurn, type Ordered, orderRoute, type Refusal, refusalOf } from "./order.ts";
import { PlainPlans } from "./plain-plans.ts";
import type { ModelDirectory, Plan, PlanRequest, PlanSession, Refused, Target } from "./plan.ts";
import { noPolicies } from "./policies.ts";
import type { Route } from "./route.ts";
import { type Selected, select } from "./selector.ts";
import { type SessionSettings, sessionKey } from "./session.ts";
import { SmoothSequences } from "./smooth.ts";

export type PlannerParts = {
  providers: ReadonlyMap<string, Provider>;
  directory: ModelDirectory;
  names: Names;
  health: TargetHealth;
  sessions: SessionStore;
  rotation: RotationStore;
  sessionSettings: SessionSettings;
  /** Providers in order of choice, for models that several list. */
  order: readonly string[];
};

/** A pattern may match a whole catalogue; nobody waits for more attempts than these. */
const targetsMax = 32;

/** A decision, with what it was made of. */
export type Decision = {
  plan: Plan;
  route: Route | undefined;
  choices: readonly Choice[];
  session: SessionHint | undefined;
  /** The session's target was there, and it comes first. */
  isPinned: boolean;
  /** Of an explanation only: what the client would hear, since nothing can be tried. */
  error?: GatewayError;
};

type Decided = Decision & { turns: readonly string[]; pin: Pin | undefined };

/** Where a session's target is remembered. */
class Pin implements PlanSession {
  readonly key: string;
  readonly hint: SessionHint;
  target: string | undefined;
  readonly #ttlMs: number;
  readonly #sessions: SessionStore;

  constructor(sessions: SessionStore, of: { key: string; hint: SessionHint; ttlMs: number }) {
    this.key = of.key;
    this.hint = of.hint;
    this.#ttlMs = of.ttlMs;
    this.#sessions = sessions;
  }

  keep({ key }: Target): void {
    const kept = this.#sessions.keep(this.key, key, this.#ttlMs);
    // A store that fails costs a cache hit, nothing more.
    if (kept instanceof Promise) kept.catch(() => {});
  }
}

type Subject = { route: Route } | { selected: readonly Selected[] };

export class Planner {
  readonly #parts: PlannerParts;
  readonly #expansions: Expansions;
  readonly #sequences = new SmoothSequences();
  readonly #plain: PlainPlans;
  readonly #localCount: Count;
  /** While regular expressions are being compiled. */
  #loading: Promise<void> | undefined;

  constructor(parts: PlannerParts) {
    this.#parts = parts;
    const { providers, directory, names, rotation } = parts;
    this.#plain = new PlainPlans(directory);
    this.#localCount = (key) => rotation.peek(key) as number;
    this.#expansions = new Expansions({ providers, directory, routes: names.routes });
    this.#loading = names.load?.().then(() => {
      this.#loading = undefined;
      this.#expansions.forget();
    });
  }

  /** Throws, or rejects with, GatewayError when nothing can be tried. A promise only where something must be waited for. */
  plan(request: PlanRequest): Plan | Promise<Plan> {
    const route = this.#routeOf(request);
    if (route) return this.#planFor({ route }, request);
    const known = request.providerHint === undefined ? this.#plain.find(request) : undefined;
    if (known) return known;
    const selected = this.#select(request);
    return selected instanceof Promise
      ? selected.then((found) => this.#planFor({ selected: found }, request))
      : this.#planFor({ selected }, request);
  }

  /** It is the name of a virtual model or an agent. */
  isName(model: string): boolean {
    return this.#parts.names.routes.has(model);
  }

  /** The decision that `plan` would make now; nothing is taken and nobody is called. */
  explain(request: PlanRequest): Decision | Promise<Decision> {
    const route = this.#routeOf(request);
    if (route) return this.#decide({ route }, request, true);
    const selected = this.#select(request);
    return selected instanceof Promise
      ? selected.then((found) => this.#decide({ selected: found }, request, true))
      : this.#decide({ selected }, request, true);
  }

  /** Routes with what they stand for now, for listings. */
  expansionOf(route: Route) {
    return this.#expansions.of(route);
  }

  #planFor(subject: Subject, request: PlanRequest): Plan | Promise<Plan> {
    if ("selected" in subject && this.#leavesNoChoice(subject.selected, request))
      return this.#planAlone(subject, request);
    const deciding = this.#decide(subject, request, false);
    return deciding instanceof Promise ? deciding.then((decided) => this.#take(decided)) : this.#take(deciding);
  }

  /** One target, whatever its state: neither health nor a session has a say, and the plan is the same for everybody who may use it. */
  #planAlone(subject: Subject, request: PlanRequest): Plan {
    const { access } = this.#parts.names;
    const judging = new Judging(request, access);
    const { plan } = this.#decideWith({ subject, judging, count: nothingCounted, pin: undefined, explains: false });
    const isSame = access.isOpen && plan.targets.length === 1 && plan.refused.length === 0;
    if (isSame && request.providerHint === undefined) this.#plain.keep(request, plan);
    return plan;
  }

  #leavesNoChoice([only, ...others]: readonly Selected[], { operation }: PlanRequest): boolean {
    if (only === undefined || others.length > 0 || only.provider.credentials.length !== 1) return false;
    const { failover } = this.#parts.names;
    return !failover || operation !== undefined || !ruleOf(failover, only.provider.name, only.model);
  }

  #routeOf(request: PlanRequest): Route | undefined {
    if (request.providerHint !== undefined) return undefined;
    const route = this.#parts.names.routes.get(request.model);
    if (route && !isWithin(request.userPath?.() ?? "/", route.userPaths)) throw denied(route.name);
    return route;
  }

  #select(request: PlanRequest): readonly Selected[] | Promise<readonly Selected[]> {
    const { providers, directory, order } = this.#parts;
    return select(request, { providers, directory, order });
  }

  #decide(subject: Subject, request: PlanRequest, explains: boolean): Decided | Promise<Decided> {
    const waits = "route" in subject && (this.#loading !== undefined || this.#isUnlisted(subject.route));
    return waits ? this.#decideLater(subject, request, explains) : this.#decideNow(subject, request, explains);
  }

  async #decideLater(subject: Subject & { route: Route }, request: PlanRequest, explains: boolean): Promise<Decided> {
    await this.#loading;
    // The catalogue may not have been read yet.
    const { directory } = this.#parts;
    const { needsFacts } = this.#expansions.of(subject.route);
    if (this.#isUnlisted(subject.route)) await (needsFacts ? directory.complete() : directory.ready());
    return await this.#decideNow(subject, request, explains);
  }

  #isUnlisted(route: Route): boolean {
    const { items, unmatched, needsFacts, reach, isWhole } = this.#expansions.of(route);
    if (isWhole) return false;
    if (needsFacts && !this.#parts.directory.isComplete) return true;
    if (items.length === 0 || unmatched.length > 0) return !this.#isRead();
    return reach.length > 1 && !this.#isRead() && this.#leavesOf(route) === 0;
  }

  /** Every provider has answered or failed once: waiting would bring nothing. */
  #isRead(): boolean {
    return this.#parts.directory.all().every(({ stale, failure }) => !stale || failure !== undefined);
  }

  #leavesOf(route: Route): number {
    const { items } = this.#expansions.of(route);
    return items.reduce((sum, item) => sum + (item.kind === "model" ? 1 : this.#leavesOf(item.route)), 0);
  }

  #decideNow(subject: Subject, request: PlanRequest, explains: boolean): Decided | Promise<Decided> {
    const judging = new Judging(request, this.#parts.names.access);
    const pin = this.#pinOf(subject, request);
    const counting = this.#read(subject, pin);
    const decide = (count: Count) => this.#decideWith({ subject, judging, count, pin, explains });
    return counting instanceof Promise ? counting.then(decide) : decide(counting);
  }

  /** Counts and the session's target, at once where the stores are in this process. */
  #read(subject: Subject, pin: Pin | undefined): Count | Promise<Count> {
    const { sessions, rotation } = this.#parts;
    const target = pin && sessions.peek(pin.key);
    if (rotation.scope !== "process" || target instanceof Promise) return this.#readAll(subject, pin, target);
    if (pin) pin.target = target;
    return this.#localCount;
  }

  async #readAll(
    subject: Subject,
    pin: Pin | undefined,
    target: string | undefined | Promise<string | undefined>,
  ): Promise<Count> {
    const { rotation, providers } = this.#parts;
    const several = [...providers.values()].filter(({ credentials }) => credentials.length > 1);
    const keys = [
      ...("route" in subject ? this.#expansions.of(subject.route).reach : []),
      ...several.map(({ name }) => credentialTurn(name)),
    ];
    const counts = new Map(await Promise.all(keys.map(async (key) => [key, await rotation.peek(key)] as const)));
    if (pin) pin.target = await target;
    return (key) => counts.get(key) ?? 0;
  }

  #pinOf(subject: Subject, request: PlanRequest): Pin | undefined {
    const { sessionSettings: settings, sessions } = this.#parts;
    if (!settings.enabled) return undefined;
    if ("route" in subject && !subject.route.affinity) return undefined;
    const hint = request.session?.();
    if (!hint) return undefined;
    const scope = "route" in subject ? subject.route.name : scopeOf(subject.selected);
    const ttlMs = ("route" in subject ? subject.route.sessionTtlMs : undefined) ?? settings.ttlMs;
    return new Pin(sessions, {
      key: sessionKey(hint, scope, request.tenant?.() ?? ""),
      hint,
      ttlMs,
    });
  }

  #decideWith(given: Deciding): Decided {
    const { subject, judging, count, pin, explains } = given;
    const { health } = this.#parts;
    const parts = { expansions: this.#expansions, health, sequences: this.#sequences, judging, count, explains };
    const route = "route" in subject ? subject.route : undefined;
    const ordered =
      "route" in subject ? orderRoute(subject.route, parts) : this.#plainChoices(subject.selected, judging, count);
    let { choices, refused } = ordered;
    const error = choices.length === 0 ? nothingLeft(judging.request.model, refused) : undefined;
    if (error && !explains) throw error;
    const targets: Target[] = [];
    for (const { live } of choices) for (const target of live) targets.push(target);
    const pinned = pin?.target === undefined ? -1 : indexOfKey(targets, pin.target);
    const { failover } = this.#parts.names;
    // A session is not kept at those who stand in: they come after all that were named.
    if (failover && judging.request.operation === undefined) {
      const added = followers(failover, { name: judging.request.model, ordered }, parts);
      for (const { live } of added.choices) for (const target of live) targets.push(target);
      choices = [...choices, ...added.choices];
      refused = [...refused, ...added.refused];
    }
    // All that is free, in order, then what is down.
    for (const { down } of choices) for (const target of down) targets.push(target);
    if (pinned > 0) bringForward(targets, pinned);
    if (targets.length > targetsMax) targets.length = targetsMax;
    const plan: Plan = { targets, refused: refusedIn(refused), policies: route?.policies ?? noPolicies };
    if (route) plan.name = route.name;
    if (route?.systemPrompt) plan.systemPrompt = route.systemPrompt;
    if (pin) plan.session = pin;
    const turns = pinned >= 0 ? noTurns : turnsOf(ordered, targets[0]);
    const decided: Decided = { plan, route, choices, session: pin?.hint, isPinned: pinned >= 0, turns, pin };
    if (error) decided.error = error;
    return decided;
  }

  /** The models of a plain selector, as written: nothing is compared. */
  #plainChoices(selected: readonly Selected[], judging: Judging, count: (key: string) => number): Ordered {
    const { health } = this.#parts;
    const choices: Choice[] = [];
    const refused: Refusal[] = [];
    // With one provider the request goes to it: it knows better than we what its models can do.
    const isAlone = selected.length === 1;
    for (const one of selected) {
      const item = this.#expansions.plain(one, isAlone);
      const obstacle = isAlone ? firmObstacleOf(item, judging) : obstacleOf(item, judging);
      if (obstacle) refused.push(refusalOf(item, obstacle));
      else choices.push(choiceOf(item, { health, judging, count }));
    }
    const live = choices.filter((choice) => choice.live.length > 0);
    return { choices: [...live, ...choices.filter((choice) => !live.includes(choice))], refused, turns: [] };
  }

  #take({ plan, turns, pin, isPinned }: Decided): Plan {
    const { rotation } = this.#parts;
    for (const key of turns) {
      const advancing = rotation.advance(key);
      if (advancing instanceof Promise) advancing.catch(() => {});
    }
    // Parallel requests of a new session go where the first one goes.
    const [first] = plan.targets;
    if (pin && first && !isPinned) pin.keep(first);
    return plan;
  }
}

/** Requests that a name has had. */
type Count = (key: string) => number;

const nothingCounted: Count = () => 0;

type Deciding = { subject: Subject; judging: Judging; count: Count; pin: Pin | undefined; explains: boolean };

function refusedIn(refused: readonly Refusal[]): readonly Refused[] {
  if (refused.length === 0) return noRefused;
  return refused.map(({ provider, model, reason }) => ({ provider, model, reason }));
}

const noRefused: readonly Refused[] = Object.freeze([]);

function indexOfKey(targets: readonly Target[], key: string): number {
  for (let index = 0; index < targets.length; index++) if (targets[index]?.key === key) return index;
  return -1;
}

/** The others keep their order. */
function bringForward(targets: Target[], index: number): void {
  const chosen = targets[index] as Target;
  targets.copyWithin(1, 0, index);
  targets[0] = chosen;
}

function turnsOf({ turns }: Ordered, first: Target | undefined): readonly string[] {
  const several = first && first.provider.credentials.length > 1;
  return several ? [...turns, credentialTurn(first.provider.name)] : turns;
}

function scopeOf(selected: readonly Selected[]): string {
  const [first] = selected;
  return selected.length === 1 && first ? `${first.provider.name}/${first.model}` : (first?.model ?? "");
}

function denied(name: string): GatewayError {
  return new GatewayError("forbidden", `"${name}" is not for this user path`, {
    param: "model",
    status: 400,
    publicCode: "model_access_denied",
  });
}
