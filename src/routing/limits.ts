// What providers, their models and their hosts take in a minute, as the operator has set it: which windows a target counts in.
import type { Full, WindowLimit, WindowStore } from "../storage/window-store.ts";

/** Per minute; the keys of the file. */
export type LimitSettings = {
  readonly requests_per_minute?: number;
  readonly tokens_per_minute?: number;
};

export type LimitsOptions = {
  store: WindowStore;
  providers: {
    readonly [name: string]: {
      readonly limits?: LimitSettings;
      readonly model_limits?: { readonly [model: string]: LimitSettings };
    };
  };
  /** By host, with its port where the address has one. */
  hosts: { readonly [host: string]: LimitSettings };
  nowMs: () => number;
};

type LimitedTarget = { readonly provider: { readonly name: string; readonly baseUrl: string }; readonly model: string };

const none: readonly WindowLimit[] = Object.freeze([]);

export class Limits {
  readonly #options: LimitsOptions;
  readonly #any: boolean;
  /** Some limit is one of tokens. */
  readonly countsTokens: boolean;
  /** By provider and model, for models that have limits; by provider for all others. Bounded by the configuration. */
  readonly #windows = new Map<string, readonly WindowLimit[]>();

  constructor(options: LimitsOptions) {
    this.#options = options;
    const { providers, hosts } = options;
    const limited = Object.values(providers).some(({ limits, model_limits }) => limits ?? model_limits);
    this.#any = limited || Object.keys(hosts).length > 0;
    const all = Object.values(providers).flatMap(({ limits, model_limits: ofModels = {} }) => [
      limits,
      ...Object.values(ofModels),
    ]);
    this.countsTokens = [...all, ...Object.values(hosts)].some((limit) => limit?.tokens_per_minute !== undefined);
  }

  /** The windows that a call of this target counts in; nearly always none. */
  windowsOf(target: LimitedTarget): readonly WindowLimit[] {
    if (!this.#any) return none;
    const { name } = target.provider;
    const ofModel = this.#options.providers[name]?.model_limits?.[target.model];
    const key = ofModel ? `${name}\n${target.model}` : name;
    let windows = this.#windows.get(key);
    if (!windows) {
      windows = this.#make(target, ofModel);
      this.#windows.set(key, windows);
    }
    return windows;
  }

  look(target: LimitedTarget, tokens: number): Full | undefined {
    const windows = this.windowsOf(target);
    return windows.length === 0 ? undefined : this.#options.store.look(windows, tokens, this.#options.nowMs());
  }

  /** A place in all windows of the target, or the one that is full. Undefined where there is no limit. */
  take(target: LimitedTarget, tokens: number): Slot | Full | undefined | Promise<Slot | Full> {
    const windows = this.windowsOf(target);
    if (windows.length === 0) return undefined;
    const { store, nowMs } = this.#options;
    const takenMs = nowMs();
    const taken = store.take(windows, tokens, takenMs);
    const decide = (full: Full | undefined) => full ?? new Slot({ store, windows, tokens, takenMs, nowMs });
    return taken instanceof Promise ? taken.then(decide) : decide(taken);
  }

  /** Every window with what it holds, for those who watch. */
  report(): { what: string; limit: WindowLimit; requests: number; tokens: number }[] {
    const { store, nowMs } = this.#options;
    const limits = new Map([...this.#windows.values()].flat().map((limit) => [limit.key, limit]));
    return [...limits.values()].map((limit) => ({ what: limit.what, limit, ...store.used(limit.key, nowMs()) }));
  }

  #make(target: LimitedTarget, ofModel: LimitSettings | undefined): WindowLimit[] {
    const { providers, hosts } = this.#options;
    const { name, baseUrl } = target.provider;
    const host = URL.parse(baseUrl)?.host ?? "";
    const ofProvider = providers[name]?.limits;
    const ofHost = Object.hasOwn(hosts, host) ? hosts[host] : undefined;
    return [
      ...windowFor(`model\n${name}\n${target.model}`, `${name}/${target.model}`, ofModel),
      ...windowFor(`provider\n${name}`, name, ofProvider),
      ...windowFor(`host\n${host}`, `host ${host}`, ofHost),
    ];
  }
}

function windowFor(key: string, what: string, settings: LimitSettings | undefined): WindowLimit[] {
  if (!settings) return [];
  return [{ key, what, requests: settings.requests_per_minute, tokens: settings.tokens_per_minute }];
}

type Taken = {
  store: WindowStore;
  windows: readonly WindowLimit[];
  tokens: number;
  takenMs: number;
  nowMs: () => number;
};

/** What one call has taken. Its tokens are corrected once, by what was really used. */
export class Slot {
  #taken: Taken | undefined;

  constructor(taken: Taken) {
    this.#taken = taken;
  }

  /** Undefined: nothing is known, and the estimate stays. */
  used(tokens: number | undefined): void {
    const taken = this.#taken;
    this.#taken = undefined;
    if (!taken || tokens === undefined || tokens === taken.tokens) return;
    const { store, windows, takenMs, nowMs } = taken;
    store.correct(windows, tokens - taken.tokens, { takenMs, nowMs: nowMs() });
  }
}
