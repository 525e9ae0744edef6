// Names over real sockets: agents answer, sessions stay, system prompts arrive in every dialect, explanations call nobody.
import { describe, expect, test } from "bun:test";
import { jsonReply } from "../support/fake-upstream.ts";
import { openGateway, openModelHost } from "../support/gateway.ts";
import { openaiWire } from "./wires.ts";

const completion = {
  id: "c",
  object: "chat.completion",
  created: 1,
  model: "m",
  choices: [{ index: 0, message: { role: "assistant", content: "hi" }, finish_reason: "stop" }],
  usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
};
const message = {
  id: "m",
  type: "message",
  role: "assistant",
  model: "m",
  content: [{ type: "text", text: "hi" }],
  stop_reason: "end_turn",
  stop_sequence: null,
  usage: { input_tokens: 1, output_tokens: 1 },
};

const chatHost = () => openModelHost(jsonReply(completion), { listing: { data: [{ id: "a" }, { id: "b" }] } });
const messagesHost = () => openModelHost(jsonReply(message), { listing: { data: [] } });

const post = (url: string, body: unknown, headers: Record<string, string> = {}) =>
  fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
  });

const user = { role: "user", content: "hello" };

describe("an agent", () => {
  test("answers by its targets in turns, keeps a session, and is in the list of models", async () => {
    await using host = await chatHost();
    const file = JSON.stringify({ agents: { team: { description: "both", models: ["openai/a", "openai/b"] } } });
    await using gateway = await openGateway({ hosts: { OPENAI: host }, file });
    const ask = async (headers: Record<string, string> = {}) => {
      const reply = await gateway.chat({ model: "team", messages: [user] }, { headers });
      expect(reply.status).toBe(200);
      return reply.headers.get("x-sluice-model");
    };
    expect([await ask(), await ask(), await ask()]).toEqual(["a", "b", "a"]);
    const mine = await ask({ "x-session-id": "s" });
    expect([await ask({ "x-session-id": "s" }), await ask({ "x-session-id": "s" })]).toEqual([mine, mine]);
    const { data } = (await (await fetch(`${gateway.url}/v1/models`)).json()) as { data: { id: string }[] };
    expect(data[0]).toMatchObject({
      id: "team",
      owned_by: "sluice",
      routing_strategy: "round-robin",
      description: "both",
    });
    const one = await fetch(`${gateway.url}/v1/models/team`);
    expect(one.status).toBe(200);
  });

  test("keeps a conversation without an id from its second turn on", async () => {
    await using host = await chatHost();
    const file = JSON.stringify({ agents: { team: { models: ["openai/a", "openai/b"] } } });
    await using gateway = await openGateway({ hosts: { OPENAI: host }, file });
    const ask = async (messages: object[]) =>
      (await gateway.chat({ model: "team", messages })).headers.get("x-sluice-model");
    expect([await ask([user]), await ask([user])]).toEqual(["a", "b"]);
    const turns = [user, { role: "assistant", content: "hi" }, { role: "user", content: "more" }];
    const second = await ask(turns);
    expect(await ask([user])).not.toBe(second);
    const later = [...turns, { role: "assistant", content: "yes" }, { role: "user", content: "go on" }];
    expect([await ask(later), await ask(later)]).toEqual([second, second]);
  });

  test("tries its next target when one fails, and the session goes with it", async () => {
    await using host = await openModelHost(
      (request) =>
        (request.json() as { model: string }).model === "a"
          ? jsonReply({ error: { message: "no" } }, 500)
          : jsonReply(completion),
      { listing: { data: [] } },
    );
    const file = JSON.stringify({ agents: { team: { strategy: "fallback", models: ["openai/a", "openai/b"] } } });
    await using gateway = await openGateway({ hosts: { OPENAI: host }, file });
    const headers = { "x-session-id": "s" };
    const first = await gateway.chat({ model: "team", messages: [user] }, { headers });
    expect([first.status, first.headers.get("x-sluice-model"), first.headers.get("x-sluice-attempts")?.[0]]).toEqual([
      200,
      "b",
      "2",
    ]);
    const second = await gateway.chat({ model: "team", messages: [user] }, { headers });
    expect([second.headers.get("x-sluice-model"), second.headers.get("x-sluice-attempts")?.[0]]).toEqual(["b", "1"]);
  });
});

describe("a system prompt", () => {
  const agents = (force: boolean) =>
    JSON.stringify({
      agents: {
        a: { models: ["openai/a"], system_prompt: "Be brief.", force_system_prompt: force },
        c: { models: ["anthropic/c"], system_prompt: "Be brief.", force_system_prompt: force },
      },
    });

  test("goes before the client's turns, as an edit where nothing else changes", async () => {
    await using chat = await chatHost();
    await using messages = await messagesHost();
    await using gateway = await openGateway({ hosts: { OPENAI: chat, ANTHROPIC: messages }, file: agents(false) });
    const reply = await gateway.chat('{"model":"a", "messages":[ {"role":"user","content":"h\\u00e9llo"}],"seed":1.0}');
    expect(reply.headers.get("x-sluice-translation")).toBe("adjusted");
    expect(new TextDecoder().decode((await chat.call(0)).body)).toBe(
      '{"model":"a", "messages":[{"role":"system","content":"Be brief."}, {"role":"user","content":"h\\u00e9llo"}],"seed":1.0}',
    );
    await gateway.chat({ model: "c", messages: [user] });
    expect((await messages.call(0)).json()).toMatchObject({ system: [{ type: "text", text: "Be brief." }] });
    await post(`${gateway.url}/v1/messages`, { model: "c", max_tokens: 5, messages: [user] });
    expect((await messages.call(1)).json()).toMatchObject({ system: "Be brief.", messages: [user] });
    await post(`${gateway.url}/v1/messages`, { model: "a", max_tokens: 5, messages: [user] });
    expect((await chat.call(1)).json()).toMatchObject({ messages: [{ role: "system", content: "Be brief." }, user] });
  });

  test("leaves the client's own alone, unless it is forced", async () => {
    await using chat = await chatHost();
    await using messages = await messagesHost();
    const own = { role: "system", content: "Mine." };
    for (const force of [false, true]) {
      await using gateway = await openGateway({ hosts: { OPENAI: chat, ANTHROPIC: messages }, file: agents(force) });
      await gateway.chat({ model: "a", messages: [own, user] });
      await post(`${gateway.url}/v1/messages`, { model: "c", max_tokens: 5, system: "Mine.", messages: [user] });
      await post(`${gateway.url}/v1/messages`, {
        model: "c",
        max_tokens: 5,
        system: [{ type: "text", text: "Mine." }],
        messages: [user],
      });
    }
    const sent = chat.calls.map((call) => (call.json() as { messages: unknown[] }).messages);
    expect(sent).toEqual([
      [own, user],
      [{ role: "system", content: "Be brief." }, own, user],
    ]);
    expect(messages.calls.map((call) => (call.json() as { system: unknown }).system)).toEqual([
      "Mine.",
      [{ type: "text", text: "Mine." }],
      "Be brief.\n\nMine.",
      [
        { type: "text", text: "Be brief." },
        { type: "text", text: "Mine." },
      ],
    ]);
  });
});

type Explanation = {
  name: string | null;
  dialect: string;
  strategy: string | null;
  session: { source: string; pinned: boolean } | null;
  candidates: { provider: string; model: string; translation?: string; lost?: string[]; usable: boolean }[];
  refused: { model: string; reason: string }[];
  system_prompt: { text: string } | null;
  error?: { status: number };
};

describe("POST /v1/route/explain", () => {
  const file = JSON.stringify({
    agents: {
      team: {
        strategy: "round-robin",
        models: ["openai/a", { model: "anthropic/c", max_context: 1000 }],
        system_prompt: "Be brief.",
      },
    },
  });

  test("tells order, losses and refusals in any language, and calls nobody", async () => {
    await using chat = await chatHost();
    await using messages = await messagesHost();
    await using gateway = await openGateway({ hosts: { OPENAI: chat, ANTHROPIC: messages }, file });
    const explain = async (body: object, query = "", headers = {}) =>
      (await (await post(`${gateway.url}/v1/route/explain${query}`, body, headers)).json()) as Explanation;
    const told = await explain({ model: "team", messages: [user], seed: 1 }, "", {
      "x-session-id": "s",
    });
    expect(told).toMatchObject({
      name: "team",
      strategy: "round-robin",
      dialect: "openai-chat",
      system_prompt: { text: "Be brief." },
      session: { source: "id", pinned: false },
    });
    expect(told.candidates.map(({ provider, model, translation }) => [provider, model, translation])).toEqual([
      ["openai", "a", "adjusted"],
      ["anthropic", "c", "lossy"],
    ]);
    expect(told.candidates[1]?.lost).toContain("seed");
    // Explaining takes no turn.
    expect((await explain({ model: "team", messages: [user] })).candidates[0]?.model).toBe("a");
    const long = await explain({ model: "team", messages: [{ role: "user", content: "word ".repeat(2000) }] });
    expect(long.refused[0]).toMatchObject({ model: "c" });
    expect((await explain({ model: "team", max_tokens: 5, system: "x", messages: [user] })).dialect).toBe(
      "anthropic-messages",
    );
    expect((await explain({ model: "team", input: "hello" })).dialect).toBe("openai-responses");
    expect((await explain({ model: "team", contents: [{ parts: [{ text: "x" }] }] })).dialect).toBe("gemini");
    const named = await explain({ model: "team", messages: [user] }, "?dialect=messages");
    expect(named.dialect).toBe("anthropic-messages");
    const embedding = await explain({ model: "openai/text-embedding-3-small", input: ["a", "b"] });
    expect(embedding).toMatchObject({ candidates: [{ provider: "openai", model: "text-embedding-3-small" }] });
    const none = await explain({ model: "anthropic/x", input: ["a"] });
    expect(none).toMatchObject({ candidates: [], error: { status: 400 } });
    expect([chat.calls.length, messages.calls.length]).toEqual([0, 0]);
  });

  test("refuses what cannot be meant", async () => {
    await using chat = await chatHost();
    await using gateway = await openGateway({ hosts: { OPENAI: chat }, file: "{}" });
    const status = async (body: unknown, query = "") =>
      (await post(`${gateway.url}/v1/route/explain${query}`, body)).status;
    expect(await status({ messages: [user] })).toBe(400);
    expect(await status({ model: "openai/a", messages: [user] }, "?dialect=klingon")).toBe(400);
    expect(await status({ contents: [] })).toBe(400);
    expect((await fetch(`${gateway.url}/v1/route/explain`)).status).toBe(405);
  });
});

test("the list of models holds what the caller's user path may use", async () => {
  await using host = await chatHost();
  const virtual_models = {
    ours: { target: "openai/a", user_paths: ["/team"] },
    "openai/b": { enabled: false },
    "openai/a": { user_paths: ["/team"] },
  };
  await using gateway = await openGateway({ hosts: { OPENAI: host }, file: JSON.stringify({ virtual_models }) });
  const list = async (path: string) => {
    const reply = await fetch(`${gateway.url}/v1/models`, { headers: { "x-sluice-user-path": path } });
    return ((await reply.json()) as { data: { id: string }[] }).data.map(({ id }) => id);
  };
  expect(await list("/")).toEqual([]);
  expect(await list("team/x")).toEqual(["ours", "a", "openai/a"]);
});

test("FAILOVER_RULES_JSON: who stands in for a model answers where it fails, and is asked for nothing else", async () => {
  await using primary = await openModelHost(jsonReply(openaiWire.errorBody(500, "it broke"), 500));
  await using other = await openModelHost(jsonReply(openaiWire.whole));
  await using gateway = await openGateway({
    hosts: { MISTRAL: primary, MISTRAL_EAST: other },
    environment: { FAILOVER_RULES_JSON: '{"mistral/model-1":["mistral-east/model-2"]}' },
  });
  const ask = async (model: string) => {
    const response = await gateway.chat({ model, messages: [{ role: "user", content: "hi" }] });
    await response.text();
    return [response.status, response.headers.get("x-sluice-provider"), response.headers.get("x-sluice-model")];
  };
  expect(await ask("mistral/model-1")).toEqual([200, "mistral-east", "model-2"]);
  expect((await ask("mistral/model-3"))[0]).toBe(502);
  expect([primary.calls.length, other.calls.length]).toEqual([2, 1]);
});
