// Plans of selectors that leave no choice, remembered: until the catalogue changes, the same request gets the same plan.
import type { DialectId } from "../core/chat.ts";
import type { OperationId } from "../core/operation.ts";
import type { Plan, PlanRequest } from "./plan.ts";

/** Model names come from clients: the memory of them is bounded, and starts anew when it is full. */
const plansMax = 2000;

export class PlainPlans {
  readonly #directory: { readonly version: number };
  /** By client dialect or endpoint, then by what the client wrote. */
  readonly #plans = new Map<DialectId | OperationId, Map<string, Plan>>();
  #count = 0;
  #version = -1;

  constructor(directory: { readonly version: number }) {
    this.#directory = directory;
  }

  find({ model, clientDialect, operation }: PlanRequest): Plan | undefined {
    if (this.#directory.version !== this.#version) return undefined;
    return this.#plans.get(operation ?? clientDialect)?.get(model);
  }

  keep({ model, clientDialect, operation }: PlanRequest, plan: Plan): void {
    const { version } = this.#directory;
    if (version !== this.#version || this.#count >= plansMax) {
      this.#plans.clear();
      this.#count = 0;
      this.#version = version;
    }
    const kind = operation ?? clientDialect;
    let plans = this.#plans.get(kind);
    if (!plans) {
      plans = new Map();
      this.#plans.set(kind, plans);
    }
    plans.set(model, Object.freeze(plan));
    this.#count++;
  }
}
