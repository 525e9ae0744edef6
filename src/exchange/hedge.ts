// Two calls for one request: the second starts when the first has been silent for longer than usual, the faster answer counts.
import { GatewayError } from "../core/errors.ts";
import type { Call } from "./call.ts";
import type { Answer } from "./run-parts.ts";
import type { Timers } from "./timers.ts";
import { Failed } from "./told-failure.ts";

/** One of the two, and how it is called off. */
export class Lane {
  call: Call | undefined;
  isDropped = false;
  readonly isSecond: boolean;

  constructor(isSecond: boolean) {
    this.isSecond = isSecond;
  }

  drop(): void {
    this.isDropped = true;
    this.call?.supersede(new GatewayError("unavailable", "another answer was faster"));
  }
}

export type Race<Taken> = {
  timers: Timers;
  afterMs: number;
  first: (lane: Lane) => Promise<Answer<Taken> | Failed>;
  /** Undefined when there shall be no second one after all. */
  second: (lane: Lane) => Promise<Answer<Taken> | Failed> | undefined;
};

export type RaceEnd<Taken> = {
  end: Answer<Taken> | Failed /** Failures besides. */;
  failed: Failed[];
  wonBySecond: boolean;
};

/** Never rejects, as its lanes do not. */
export async function race<Taken>(of: Race<Taken>): Promise<RaceEnd<Taken>> {
  const lanes = [new Lane(false), new Lane(true)] as const;
  const first = of.first(lanes[0]);
  const isLate = await lateness(of, first);
  const second = isLate ? of.second(lanes[1]) : undefined;
  if (!second) return { end: await first, failed: [], wonBySecond: false };
  const ends = [first.then((end) => ({ end, index: 0 })), second.then((end) => ({ end, index: 1 }))] as const;
  const early = await Promise.race(ends);
  const other = early.index === 0 ? 1 : 0;
  if (early.end instanceof Failed) {
    const late = (await ends[other]).end;
    const wonBySecond = other === 1 && !(late instanceof Failed);
    return { end: late, failed: [early.end], wonBySecond };
  }
  lanes[other].drop();
  // It may have answered in the same moment: then its body is closed here.
  void ends[other].then(({ end }) => {
    if (end instanceof Failed) return;
    end.reply.cancel();
    end.call.leave("superseded", false);
  });
  return { end: early.end, failed: [], wonBySecond: early.index === 1 };
}

/** True when the first call is still out after the time. */
function lateness<Taken>(of: Race<Taken>, first: Promise<unknown>): Promise<boolean> {
  return new Promise((resolve) => {
    const callOff = of.timers.after(of.afterMs, () => resolve(true));
    void first.then(() => {
      callOff();
      resolve(false);
    });
  });
}
