// Several keys of one provider: how variables and the file name them, and what is no key.
import { describe, expect, test } from "bun:test";
import { openProviders, type ProviderSettings } from "../../src/providers/open.ts";

type Environment = { [name: string]: string };

/** `name: id=key …` of each provider. */
function keys(environment: Environment, settings: { [name: string]: ProviderSettings } = {}): string[] {
  const { providers, problems } = openProviders(settings, environment);
  expect(problems).toEqual([]);
  return providers.map(({ name, credentials }) => {
    const shown = credentials.map(({ id, headers }) => `${id}=${Object.values(headers).join()}`);
    return `${name}: ${shown.join(" ")}`;
  });
}

const problems = (environment: Environment, settings: { [name: string]: ProviderSettings } = {}) =>
  openProviders(settings, environment).problems.map(({ path, message }) => `${path}: ${message}`);

describe("numbered variables", () => {
  test("are further keys of the same instance, in the order of their numbers, with gaps", () => {
    const environment = { OPENAI_API_KEY_10: "c", OPENAI_API_KEY_3: "b", OPENAI_API_KEY: "a" };
    expect(keys(environment)).toEqual(["openai: 1=Bearer a 3=Bearer b 10=Bearer c"]);
  });

  test("need no first one without a number", () => {
    expect(keys({ ANTHROPIC_API_KEY_1: "a", ANTHROPIC_API_KEY_2: "b" })).toEqual(["anthropic: 1=a 2=b"]);
    expect(keys({ ANTHROPIC_API_KEY_2: "b" })).toEqual(["anthropic: 2=b"]);
  });

  test("belong to their suffixed instance", () => {
    const environment = {
      OPENAI_EAST_API_KEY: "e1",
      OPENAI_EAST_API_KEY_2: "e2",
      OPENAI_API_KEY_2: "o2",
      OPENAI_2_API_KEY: "second",
      OPENAI_COMPATIBLE_LAB_API_KEY_2: "l2",
      OPENAI_COMPATIBLE_LAB_BASE_URL: "http://lab.example.com/v1",
    };
    expect(keys(environment)).toEqual([
      "openai: 2=Bearer o2",
      "openai-2: 1=Bearer second",
      "openai-east: 1=Bearer e1 2=Bearer e2",
      "openai-compatible-lab: 2=Bearer l2",
    ]);
  });

  test("never make an instance that is called after a key", () => {
    expect(keys({ OPENAI_API_KEY_2_BASE_URL: "https://x.example.com", OPENAI_API_KEY_2_API_KEY: "k" })).toEqual([]);
    expect(keys({ OPENAI_API_KEY_EAST_API_KEY: "k", OPENAI_API_KEY_X: "k", OPENAI_API_KEY_20000: "k" })).toEqual([]);
  });

  test("that repeat a key do not count it twice; two first ones that differ are a problem", () => {
    expect(keys({ OPENAI_API_KEY: "a", OPENAI_API_KEY_1: "a", OPENAI_API_KEY_2: "a" })).toEqual(["openai: 1=Bearer a"]);
    expect(problems({ OPENAI_API_KEY: "secret-a", OPENAI_API_KEY_1: "secret-b" }).join()).toMatch(
      /^providers\.openai\.api_key: OPENAI_API_KEY(_1)? and the name without _1 are both set, and differ$/,
    );
    expect(keys({ OPENAI_API_KEY: "a", OPENAI_API_KEY_1: "b" }, { openai: { api_key: "c" } })).toEqual([
      "openai: 1=Bearer c",
    ]);
  });

  test("may end in the newline of a mounted file, and hold no other white space", () => {
    expect(keys({ OPENAI_API_KEY: " a\n" })).toEqual(["openai: 1=Bearer a"]);
    const [problem] = problems({ OPENAI_API_KEY: "good", OPENAI_API_KEY_2: "sk-secret one" });
    expect(problem).toBe("providers.openai.api_key: key 2 holds white space or characters that no header can carry");
  });
});

describe("the file", () => {
  test("lists further keys, and its keys replace those of the environment", () => {
    const environment = { OPENAI_API_KEY: "env-1", OPENAI_API_KEY_2: "env-2" };
    expect(keys(environment, { openai: { api_keys: ["f1", "f2"] } })).toEqual(["openai: 1=Bearer f1 2=Bearer f2"]);
    expect(keys({}, { openai: { api_key: "f0", api_keys: ["f1", "f0"] } })).toEqual([
      "openai: 1=Bearer f0 2=Bearer f1",
    ]);
    expect(keys(environment, { openai: { models: ["m"] } })).toEqual(["openai: 1=Bearer env-1 2=Bearer env-2"]);
  });

  test("may say that nothing is sent, or that the caller's own token passes", () => {
    expect(keys({ OPENAI_API_KEY: "a" }, { openai: { auth: "none" } })).toEqual(["openai: 1="]);
    const { providers } = openProviders({ anthropic: { auth: "client" } }, { ANTHROPIC_API_KEY: "ours" });
    expect(providers[0]?.credentials).toEqual([{ id: "client", headers: {}, passes: ["authorization", "x-api-key"] }]);
  });

  test("asks nothing of a provider that it does not have", () => {
    expect(problems({}, { openai: { api_key: "k", region: "eu-west-1" } })).toEqual([
      "providers.openai.region: OpenAI has no such setting",
    ]);
    expect(problems({}, { openai: { auth: "identity" } })).toEqual([
      "providers.openai.auth: OpenAI has no sign-in of its own: set api_key",
    ]);
  });
});

test("models are listed in a variable", () => {
  const environment = { OLLAMA_BASE_URL: "http://127.0.0.1:11434", OLLAMA_MODELS: "qwen3:8b, llama3.3,," };
  expect(openProviders({}, environment).providers[0]?.listedModels).toEqual(["qwen3:8b", "llama3.3"]);
});
