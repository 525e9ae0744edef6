// Every fault of a provider, in every upstream dialect, for every client dialect, whole and streamed, with one target and with a second, sound one
// of another dialect: a full answer of one provider or one typed error, and as many calls as stated.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { selfSigned } from "../support/certificate.ts";
import {
  type FakeUpstream,
  jsonReply,
  openFakeUpstream,
  type SeenRequest,
  type Step,
} from "../support/fake-upstream.ts";
import { credential, type Gateway, type ModelHost, openGateway, openModelHost } from "../support/gateway.ts";
import { openSilentPort, type SilentPort } from "../support/silent-port.ts";
import { ask, type Client, clients } from "./clients.ts";
import { type Fault, faults, type Seen } from "./fault-rows.ts";
import { completeStream, type FaultWire, faultWires } from "./fault-wires.ts";

type Case = { wire: FaultWire; client: Client; stream: boolean; second?: FaultWire };

/** Wires take turns as the second one, so that each follows each over the clients. */
const cases: readonly Case[] = faultWires.flatMap((wire, index) => {
  const others = clients.flatMap((client, turn) =>
    [false, true].flatMap((stream): Case[] => {
      const second = faultWires[(index + turn + 1) % faultWires.length] as FaultWire;
      return [
        { wire, client, stream },
        { wire, client, stream, second },
      ];
    }),
  );
  // Where all three speak the same, a request passes as it is, twice. The clients have the order of the wires.
  const own = clients[index] ?? (clients[0] as Client);
  return [...others, ...[false, true].map((stream) => ({ wire, client: own, stream, second: wire }))];
});

/** What a model's calls are answered with, and those that have come. A model has one case alone, so that no case rests for another. */
type Played = { steps: () => readonly Step[]; calls: SeenRequest[] };

const played = new Map<string, Played>();

function openModel(wire: FaultWire, steps: () => readonly Step[]) {
  const name = `${wire.stem ?? ""}played-${played.size}`;
  const calls: SeenRequest[] = [];
  played.set(name, { steps, calls });
  return { name, calls };
}

/** Dialects name the model in the path or in the body. */
function playedBy(request: SeenRequest): readonly Step[] {
  const name = /(?:codex-)?played-\d+/.exec(request.target + request.text())?.[0] ?? "";
  const model = played.get(name);
  if (!model) throw new Error(`nobody plays ${request.target}`);
  model.calls.push(request);
  return model.steps();
}

let host: ModelHost;
/** Its certificate is signed by nobody. */
let untrusted: FakeUpstream;
let silent: SilentPort;
beforeAll(async () => {
  const { key, certificate } = selfSigned(["localhost"]);
  untrusted = await openFakeUpstream([], { tls: { key, cert: certificate } });
  silent = await openSilentPort();
  host = await openModelHost(playedBy);
});
afterAll(() => {
  host.close();
  untrusted.close();
  silent.close();
});

function addressOf(fault: Fault): string {
  switch (fault.address) {
    case "refused":
      return "http://127.0.0.1:1";
    case "untrusted":
      return untrusted.url;
    case "silent":
      return `http://127.0.0.1:${silent.port}`;
    default:
      return host.url;
  }
}

const soundSteps = (wire: FaultWire, stream: boolean): readonly Step[] =>
  stream
    ? [
        { head: { headers: [["Content-Type", wire.streamType]] } },
        ...completeStream(wire).map((write) => ({ write })),
        { end: "complete" },
      ]
    : jsonReply(wire.whole);

/** Of the instance that the variables without a suffix make. */
const nameOf = ({ prefix }: FaultWire) => prefix.toLowerCase().replaceAll("_", "-");

type Ready = Case & {
  fault: Fault;
  /** What the client asks for. */
  model: string;
  firstCalls: SeenRequest[];
  secondCalls: SeenRequest[];
  targets: string[];
  /** To be told when the answer has a status. */
  read: PromiseWithResolvers<void>;
};

const readMs = 250;

function prepare(fault: Fault, of: Case, index: number): Ready {
  const read = Promise.withResolvers<void>();
  // Of a whole reply, or of what holds no output, the client sees nothing: there is only time.
  const isRead = () => Promise.race([read.promise, Bun.sleep(readMs)]);
  const first = openModel(of.wire, () => fault.steps(of.wire, isRead()));
  const { second } = of;
  const other = second && openModel(second, () => soundSteps(second, of.stream));
  const targets = [`${nameOf(of.wire)}/${first.name}`];
  if (other) targets.push(`${nameOf(second)}-east/${other.name}`);
  return {
    ...of,
    fault,
    targets,
    model: other ? `pair-${index}` : (targets[0] as string),
    firstCalls: first.calls,
    secondCalls: other?.calls ?? [],
    read,
  };
}

function open(fault: Fault, ready: readonly Ready[]): Promise<Gateway> {
  const environment: { [name: string]: string } = { ...fault.settings, SLUICE_CIRCUIT_BREAKER_ENABLED: "false" };
  for (const { prefix, settings } of faultWires) {
    for (const [instance, url] of [
      [prefix, addressOf(fault)],
      [`${prefix}_EAST`, host.url],
    ] as const) {
      environment[`${instance}_BASE_URL`] = url;
      environment[`${instance}_API_KEY`] = credential;
      for (const [name, value] of Object.entries(settings ?? {})) environment[`${instance}_${name}`] = value;
    }
  }
  const pairs = ready.filter(({ second }) => second);
  const names = pairs.map(({ model, targets }) => [model, { strategy: "fallback", targets }] as const);
  return openGateway({
    environment,
    file: JSON.stringify({ virtual_models: Object.fromEntries(names) }),
    isReady: false,
  });
}

const expectedOf = (seen: Seen | ((wire: FaultWire) => Seen), wire: FaultWire) =>
  typeof seen === "function" ? seen(wire) : seen;

async function meets(gateway: Gateway, ready: Ready): Promise<void> {
  const { fault, wire, client, stream, second, firstCalls, secondCalls, model, read } = ready;
  const expected = expectedOf(stream ? fault.stream : fault.whole, wire);
  const failsOver = second !== undefined && typeof expected === "number";
  const name = `${fault.name}: ${wire.dialect} to ${client.name}, ${stream ? "stream" : "whole"}, ${second ? `then ${second.dialect}` : "alone"}`;
  const onStatus = () => read.resolve();
  const asking = ask({ client, url: gateway.url, model, stream, onStatus });
  const { attempts, provider, isNative, ...ending } = await asking.catch((cause) => {
    throw new Error(`${name}: ${cause}`);
  });
  const { retryAfter = null, calls = 1 } = fault;
  const told =
    expected === "late"
      ? { kind: "error", status: 200, text: "Hello", retryAfter: null }
      : expected === "answer" || failsOver
        ? { kind: "answer", text: "Hello" }
        : { kind: "error", status: expected, text: "", retryAfter };
  const answering = failsOver ? second : wire;
  expect({ name, ...ending, provider, calls: [firstCalls.length, secondCalls.length], attempts }).toEqual({
    name,
    ...told,
    provider: `${nameOf(answering)}${failsOver ? "-east" : ""}`,
    calls: [calls, failsOver ? 1 : 0],
    // What never got a connection was tried all the same.
    attempts: String(Math.max(calls, 1) + (failsOver ? 1 : 0)),
  } as never);
  // Both relays are meant: what is spoken on either side passes as it is.
  if (ending.kind === "answer") expect([name, isNative]).toEqual([name, answering.dialect === client.dialect]);
}

describe("whatever a provider does, the client gets one answer or one error", () => {
  test.each(faults)("$name", async (fault) => {
    const of = cases.filter(({ wire }) => !fault.except?.includes(wire.dialect));
    const ready = of.map((each, index) => prepare(fault, each, index));
    await using gateway = await open(fault, ready);
    await Promise.all(ready.map((each) => meets(gateway, each)));
    const settled = await gateway.settled(ready.length);
    expect(new Set(settled.map(({ id }) => id)).size).toBe(ready.length);
    // Whoever was waited for too long has been left alone.
    const calls = fault.timesOut ? ready.flatMap(({ firstCalls }) => firstCalls) : [];
    expect(new Set(await Promise.all(calls.map(({ closed }) => closed)))).toEqual(
      new Set(calls.length > 0 ? ["by peer"] : []),
    );
  });
});
