// Where the paths of rows lead, and in which headers a key travels.
import { describe, expect, test } from "bun:test";
import { addressOf, credentialAs } from "../../src/providers/address.ts";
import { derivedHeaders } from "../../src/providers/derived-headers.ts";
import { dialectsOf } from "../../src/providers/facts.ts";
import type { Provider } from "../../src/providers/provider.ts";
import { openNamed } from "./support.ts";

const provider = (name: string, settings = {}) => openNamed({ [name]: settings }).get(name) as Provider;

describe("a path", () => {
  test("stands below the base URL, below its root, or is an address of its own", () => {
    const zai = provider("zai");
    expect(addressOf(zai, "/chat/completions")).toBe("https://api.z.ai/api/paas/v4/chat/completions");
    expect(addressOf(zai, "~/api/anthropic/v1/messages")).toBe("https://api.z.ai/api/anthropic/v1/messages");
    expect(addressOf(zai, "https://audio.example.com/v1/x")).toBe("https://audio.example.com/v1/x");
  });

  test("of the root follows the operator's own host, and stays below a base URL of another form", () => {
    const proxied = provider("moonshot", { base_url: "https://proxy.example.com/kimi" });
    expect(addressOf(proxied, "~/anthropic/v1/messages")).toBe("https://proxy.example.com/kimi/anthropic/v1/messages");
    const own = provider("zai", { base_url: "https://proxy.example.com/team/v9" });
    expect(addressOf(own, "~/api/anthropic")).toBe("https://proxy.example.com/team/v9/api/anthropic");
  });
});

describe("a credential", () => {
  const credential = { id: "1", headers: { authorization: "Bearer k", "x-team": "t" } };

  test("moves to the header of a dialect, and the others stay", () => {
    const moved = credentialAs(credential, provider("zen").row, { header: "x-api-key", prefix: "" });
    expect(moved).toEqual({ id: "1", headers: { "x-api-key": "k", "x-team": "t" } });
    expect(credential.headers.authorization).toBe("Bearer k");
  });

  test("stays where the dialect says nothing, and where there is no key", () => {
    expect(credentialAs(credential, provider("zen").row, undefined)).toBe(credential);
    const none = { id: "1", headers: {} };
    expect(credentialAs(none, provider("zen").row, { header: "x-api-key", prefix: "" })).toBe(none);
  });

  test("of a Claude subscription is a bearer, with its beta", () => {
    const [oauth] = provider("anthropic", { api_key: "sk-ant-oat01-abc" }).credentials;
    expect(oauth?.headers).toEqual({ authorization: "Bearer sk-ant-oat01-abc" });
    expect(oauth?.append).toEqual({ "anthropic-beta": "oauth-2025-04-20" });
    expect(provider("anthropic", { api_key: "sk-ant-api03-abc" }).credentials[0]?.headers).toEqual({
      "x-api-key": "sk-ant-api03-abc",
    });
  });

  test("of a ChatGPT subscription names its account, if it can be read", () => {
    const derive = derivedHeaders["chatgpt-account"];
    const token = (claims: unknown) => `e30.${Buffer.from(JSON.stringify(claims)).toString("base64url")}.sig`;
    expect(derive?.(token({ "https://api.openai.com/auth": { chatgpt_account_id: "a-1" } }))).toEqual({
      "chatgpt-account-id": "a-1",
    });
    for (const bad of [
      "",
      "x",
      "a.b.c",
      token(null),
      token({}),
      token({ "https://api.openai.com/auth": { chatgpt_account_id: "a\r\nb" } }),
    ]) {
      expect(derive?.(bad)).toEqual({});
    }
  });
});

test("dialects of a model are those of its host, unless a rule confines it", () => {
  const { row } = provider("zen");
  expect(dialectsOf(row, "kimi-k2.5")).toEqual(["openai-chat"]);
  expect(dialectsOf(row, "gpt-5.4")).toEqual(["openai-responses"]);
  expect(dialectsOf(row, "claude-opus-4-6")).toEqual(["anthropic-messages"]);
  expect(dialectsOf(row, "gemini-3-flash")).toEqual(["gemini"]);
  expect(dialectsOf(provider("voyage").row, "voyage-3.5")).toEqual([]);
  expect(dialectsOf(provider("openai").row, "gpt-5")).toEqual(["openai-chat", "openai-responses"]);
});

test("models that are served in Messages alone may be named, since the host does not tell", () => {
  const { row } = provider("opencode_go", { messages_models: "glm-5, kimi.k3" });
  expect(dialectsOf(row, "glm-5")).toEqual(["anthropic-messages"]);
  expect(dialectsOf(row, "kimi.k3")).toEqual(["anthropic-messages"]);
  expect(dialectsOf(row, "kimi-k3")).toEqual(["openai-chat"]);
  expect(dialectsOf(row, "minimax-m2.5")).toEqual(["openai-chat"]);
  expect(dialectsOf(provider("opencode_go").row, "minimax-m2.5")).toEqual(["anthropic-messages"]);
  expect(dialectsOf(provider("opencode_go", { messages_models: "" }).row, "glm-5")).toEqual(["openai-chat"]);
});
