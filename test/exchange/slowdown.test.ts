// `slowdown`: answers on a stretched timeline, whole and streamed, in order and complete; failures are not held back.
import { expect, test } from "bun:test";
import { GatewayError } from "../../src/core/errors.ts";
import type { ReplySource } from "../../src/exchange/source.ts";
import { SlowedSource } from "../../src/exchange/source-slowed.ts";
import { Timers } from "../../src/exchange/timers.ts";
import { openFakeClock } from "../support/fake-clock.ts";
import { sse } from "../support/fake-upstream.ts";
import { openGateway, openModelHost } from "../support/gateway.ts";
import { completeFrames, outcomeOf, question, openaiWire as wire } from "./wires.ts";

const settle = () => new Promise((resolve) => setImmediate(resolve));

function open(factor: number) {
  const clock = openFakeClock(0);
  const pieces: (string | GatewayError | undefined)[] = [];
  let arrived = Promise.withResolvers<void>();
  const inner: ReplySource = {
    seen: { output: true, started: true, ended: false, lost: [] },
    async next() {
      while (pieces.length === 0) {
        arrived = Promise.withResolvers();
        await arrived.promise;
      }
      return pieces.shift();
    },
    cancel() {},
  };
  const push = async (piece: string | GatewayError | undefined) => {
    pieces.push(piece);
    arrived.resolve();
    await settle();
  };
  const source = new SlowedSource({ source: inner, factor, startedMs: 0, timers: new Timers(clock) });
  const got: [number, unknown][] = [];
  const reading = (async () => {
    for (;;) {
      const piece = await source.next();
      got.push([clock.nowMs(), piece instanceof GatewayError ? piece.code : piece]);
      if (piece === undefined || piece instanceof GatewayError) return;
    }
  })();
  return { clock, push, got, reading };
}

test("what came at two seconds leaves at three, and what came meanwhile keeps its distance", async () => {
  const { clock, push, got, reading } = open(0.5);
  await clock.advance(2000);
  await push("a");
  await clock.advance(400);
  await push("b");
  await push(undefined);
  expect(got).toEqual([]);
  await clock.advance(5000);
  await reading;
  expect(got).toEqual([
    [3000, "a"],
    [3600, "b"],
    [3600, undefined],
  ]);
});

test("a failure is told as soon as it is known, behind what came before it", async () => {
  const { clock, push, got, reading } = open(10);
  await clock.advance(1000);
  await push("a");
  await push(new GatewayError("upstream_truncated", "it broke off"));
  await reading;
  expect(got).toEqual([
    [1000, "a"],
    [1000, "upstream_truncated"],
  ]);
});

test("a virtual model with slowdown answers whole and streamed", async () => {
  await using host = await openModelHost(sse(completeFrames(wire)));
  await using gateway = await openGateway({
    hosts: { MISTRAL: host },
    file: JSON.stringify({ virtual_models: { calm: { target: "mistral/model-1", slowdown: 0.5 } } }),
  });
  for (const stream of [false, true]) {
    const response = await gateway.chat({ ...question(wire, stream), model: "calm" });
    expect(await outcomeOf(response)).toEqual({ status: 200, text: "Hello" });
  }
});
