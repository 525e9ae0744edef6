// The planner: what a request names, in the order in which it is tried. Deciding reads state only; taking a decision changes it.
import { plainDemand, type SessionHint } from "../core/demand.ts";
import { GatewayError } from "../core/errors.ts";
import type { Provider } from "../providers/provider.ts";
import type { RotationStore } from "../storage/rotation.ts";
import type { SessionStore } from "../storage/sessions.ts";
import { firmObstacleOf, type Judging, nothingLeft, obstacleOf } from "./able.ts";
import { isWithin } from "./access.ts";
import { Expansions } from "./expand.ts";
import type { TargetHealth } from "./health.ts";
import type { Names } from "./names.ts";
import { type Choice, choiceOf, credentialTurn, type Ordered, orderRoute, type Refusal } from "./order.ts";
import type { ModelDirectory, Plan, PlanRequest, PlanSession, Target } from "./plan.ts";
import { noPolicies } from "./policies.ts";
import type { Route } from "./route.ts";
import { type Selected, select } from "./selector.ts";
import { type SessionSettings, sessionKey, targetKey } from "./session.ts";
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
type Pin = { key: string; ttlMs: number; hint: SessionHint; target: string | undefined };

type Subject = { route: Route } | { selected: readonly Selected[] };

export class Planner {
  readonly #parts: PlannerParts;
  readonly #expansions: Expansions;
  readonly #sequences = new SmoothSequences();
  /** While regular expressions are being compiled. */
  #loading: Promise<void> | undefined;

  constructor(parts: PlannerParts) {
    this.#parts = parts;
    const { providers, directory, names } = parts;
    this.#expansions = new Expansions({ providers, directory, routes: names.routes });
    this.#loading = names.load?.().then(() => {
      this.#loading = undefined;
      this.#expansions.forget();
    });
  }

  /** Throws, or rejects with, GatewayError when nothing can be tried. A promise only where something must be waited for. */
  plan(request: PlanRequest): Plan | Promise<Plan> {
    const subject = this.#subjectOf(request);
    return subject instanceof Promise
      ? subject.then((known) => this.#planFor(known, request))
      : this.#planFor(subject, request);
  }

  /** It is the name of a virtual model or an agent. */
  isName(model: string): boolean {
    return this.#parts.names.routes.has(model);
  }

  /** The decision that `plan` would make now; nothing is taken and nobody is called. */
  explain(request: PlanRequest): Decision | Promise<Decision> {
    const subject = this.#subjectOf(request);
    const decide = (known: Subject) => this.#decide(known, request, true);
    return subject instanceof Promise ? subject.then(decide) : decide(subject);
  }

  /** Routes with what they stand for now, for listings. */
  expansionOf(route: Route) {
    return this.#expansions.of(route);
  }

  #planFor(subject: Subject, request: PlanRequest): Plan | Promise<Plan> {
    if ("selected" in subject && this.#leavesNoChoice(subject.selected)) {
      return this.#decideWith({
        subject,
        judging: judge(request, this.#parts.names.access),
        known: nothingKnown,
        explains: false,
      }).plan;
    }
    const deciding = this.#decide(subject, request, false);
    return deciding instanceof Promise ? deciding.then((decided) => this.#take(decided)) : this.#take(deciding);
  }

  #leavesNoChoice([only, ...others]: readonly Selected[]): boolean {
    return only !== undefined && others.length === 0 && only.provider.credentials.length === 1;
  }

  #subjectOf(request: PlanRequest): Subject | Promise<Subject> {
    const { names, providers, directory, order } = this.#parts;
    const route = request.providerHint === undefined ? names.routes.get(request.model) : undefined;
    if (route) {
      if (!isWithin(request.userPath?.() ?? "/", route.userPaths)) throw denied(route.name);
      return { route };
    }
    const selecting = select(request, { providers, directory, order });
    return selecting instanceof Promise ? selecting.then((selected) => ({ selected })) : { selected: selecting };
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
    const { items, unmatched, needsFacts, reach } = this.#expansions.of(route);
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
    const judging = judge(request, this.#parts.names.access);
    const pin = this.#pinOf(subject, request);
    const state = this.#read(subject, pin);
    const decide = (known: KnownState) => this.#decideWith({ subject, judging, known, explains });
    return state instanceof Promise ? state.then(decide) : decide(state);
  }

  /** Counts and the session's target, at once where the stores are in this process. */
  #read(subject: Subject, pin: Pin | undefined): KnownState | Promise<KnownState> {
    const { sessions, rotation } = this.#parts;
    const target = pin && sessions.peek(pin.key);
    const local = rotation.scope === "process" && !(target instanceof Promise);
    if (local) return { count: (key) => rotation.peek(key) as number, pin: pin && { ...pin, target } };
    return this.#readAll(subject, pin, target);
  }

  async #readAll(
    subject: Subject,
    pin: Pin | undefined,
    target: string | undefined | Promise<string | undefined>,
  ): Promise<KnownState> {
    const { rotation, providers } = this.#parts;
    const several = [...providers.values()].filter(({ credentials }) => credentials.length > 1);
    const keys = [
      ...("route" in subject ? this.#expansions.of(subject.route).reach : []),
      ...several.map(({ name }) => credentialTurn(name)),
    ];
    const counts = new Map(await Promise.all(keys.map(async (key) => [key, await rotation.peek(key)] as const)));
    return { count: (key) => counts.get(key) ?? 0, pin: pin && { ...pin, target: await target } };
  }

  #pinOf(subject: Subject, request: PlanRequest): Pin | undefined {
    const { sessionSettings: settings } = this.#parts;
    if (!settings.enabled) return undefined;
    if ("route" in subject && !subject.route.affinity) return undefined;
    const hint = request.session?.();
    if (!hint) return undefined;
    const scope = "route" in subject ? subject.route.name : scopeOf(subject.selected);
    const ttlMs = ("route" in subject ? subject.route.sessionTtlMs : undefined) ?? settings.ttlMs;
    return { key: sessionKey(hint, scope, request.tenant?.() ?? ""), ttlMs, hint, target: undefined };
  }

  #decideWith(given: { subject: Subject; judging: Judging; known: KnownState; explains: boolean }): Decided {
    const { subject, judging, known, explains } = given;
    const { health } = this.#parts;
    const { count, pin } = known;
    const parts = { expansions: this.#expansions, health, sequences: this.#sequences, judging, count, explains };
    const ordered =
      "route" in subject ? orderRoute(subject.route, parts) : this.#plainChoices(subject.selected, judging, count);
    const error = ordered.choices.length === 0 ? nothingLeft(judging.request.model, ordered.refused) : undefined;
    if (error && !explains) throw error;
    const targets = targetsIn(ordered.choices);
    const pinned = pin?.target === undefined ? -1 : liveIndex(ordered.choices, targets, pin.target);
    if (pinned > 0) targets.unshift(...targets.splice(pinned, 1));
    targets.length = Math.min(targets.length, targetsMax);
    const route = "route" in subject ? subject.route : undefined;
    const session = pin && this.#sessionOf(pin);
    return {
      plan: {
        targets,
        refused: ordered.refused.map(({ provider, model, reason }) => ({ provider, model, reason })),
        ...(route && { name: route.name }),
        policies: route?.policies ?? noPolicies,
        ...(route?.systemPrompt && { systemPrompt: route.systemPrompt }),
        ...(session && { session }),
      },
      route,
      choices: ordered.choices,
      session: pin?.hint,
      isPinned: pinned >= 0,
      ...(error && { error }),
      turns: pinned >= 0 ? [] : turnsOf(ordered, targets[0]),
      pin,
    };
  }

  /** The models of a plain selector, as written: nothing is compared. */
  #plainChoices(selected: readonly Selected[], judging: Judging, count: (key: string) => number): Ordered {
    const { health } = this.#parts;
    const choices: Choice[] = [];
    const refused: Refusal[] = [];
    // With one provider the request goes to it: it knows better than we what its models can do.
    const isAlone = selected.length === 1;
    for (const one of selected) {
      const { provider, model } = one;
      const item = this.#expansions.plain(one, isAlone);
      const obstacle = isAlone ? firmObstacleOf(item, judging) : obstacleOf(item, judging);
      if (obstacle) refused.push({ provider: provider.name, model, reason: obstacle.reason, obstacle });
      else choices.push(choiceOf(item, { health, judging, count }));
    }
    const live = choices.filter((choice) => choice.live.length > 0);
    return { choices: [...live, ...choices.filter((choice) => !live.includes(choice))], refused, turns: [] };
  }

  #sessionOf(pin: Pin): PlanSession {
    return { keep: (target) => void this.#keep(pin, targetKey(target)) };
  }

  #keep(pin: Pin, target: string): void {
    const kept = this.#parts.sessions.keep(pin.key, target, pin.ttlMs);
    // A store that fails costs a cache hit, nothing more.
    if (kept instanceof Promise) kept.catch(() => {});
  }

  #take({ plan, turns, pin, isPinned }: Decided): Plan {
    const { rotation } = this.#parts;
    for (const key of turns) {
      const advancing = rotation.advance(key);
      if (advancing instanceof Promise) advancing.catch(() => {});
    }
    // Parallel requests of a new session go where the first one goes.
    const [first] = plan.targets;
    if (pin && first && !isPinned) this.#keep(pin, targetKey(first));
    return plan;
  }
}

type KnownState = { count: (key: string) => number; pin: Pin | undefined };

const nothingKnown: KnownState = { count: () => 0, pin: undefined };

function judge(request: PlanRequest, access: Names["access"]): Judging {
  return {
    request,
    access,
    get demand() {
      const demand = request.demand?.() ?? plainDemand;
      Object.defineProperty(this, "demand", { value: demand });
      return demand;
    },
  };
}

/** All that is free, in order, then what is down. */
function targetsIn(choices: readonly Choice[]): Target[] {
  const targets: Target[] = [];
  for (const { live } of choices) for (const target of live) targets.push(target);
  for (const { down } of choices) for (const target of down) targets.push(target);
  return targets;
}

/** The place of a session's target, where it is free; -1 otherwise. */
function liveIndex(choices: readonly Choice[], targets: readonly Target[], key: string): number {
  const index = targets.findIndex((target) => targetKey(target) === key);
  const target = targets[index];
  return target && choices.some(({ live }) => live.includes(target)) ? index : -1;
}

function turnsOf({ turns }: Ordered, first: Target | undefined): string[] {
  const several = first && first.provider.credentials.length > 1;
  return several ? [...turns, credentialTurn(first.provider.name)] : [...turns];
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
