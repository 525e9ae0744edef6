// The list of models over HTTP: limits, abilities and prices by the names that clients look for, and in the shape that Codex asks for.
import { describe, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openGateway, openModelHost } from "../support/gateway.ts";

const listing = {
  data: [
    {
      id: "maker/model",
      created: 7,
      owned_by: "maker",
      context_length: 200_000,
      top_provider: { max_completion_tokens: 8192 },
      architecture: { input_modalities: ["text", "image"], output_modalities: ["text"] },
      supported_parameters: ["tools", "reasoning"],
      pricing: { prompt: "0.000003", completion: "0.000015", input_cache_read: "0.0000003" },
    },
    { id: "maker/painter", architecture: { input_modalities: ["text"], output_modalities: ["image"] } },
    { id: "plain" },
  ],
};

type Entry = { id: string; [name: string]: unknown };

async function entries(url: string): Promise<Entry[]> {
  return ((await (await fetch(url)).json()) as { data: Entry[] }).data;
}

test("says what is known of a model by Nenya's, GoModel's and models.dev's names, and nothing of what is not known", async () => {
  await using host = await openModelHost([], { listing });
  await using gateway = await openGateway({ hosts: { OPENROUTER: host } });
  const all = await entries(`${gateway.url}/v1/models`);
  expect(all.map(({ id }) => id)).toEqual([...all.map(({ id }) => id)].sort());
  expect(all.find(({ id }) => id === "openrouter/maker/model")).toEqual({
    id: "openrouter/maker/model",
    object: "model",
    created: 7,
    owned_by: "maker",
    context_window: 200_000,
    max_tokens: 8192,
    supports_vision: true,
    supports_tool_calls: true,
    supports_reasoning: true,
    input_cost_per_1m: 3,
    output_cost_per_1m: 15,
    limit: { context: 200_000, output: 8192 },
    modalities: { input: ["text", "image"], output: ["text"] },
    metadata: {
      context_window: 200_000,
      max_output_tokens: 8192,
      capabilities: { vision: true, audio_input: false, tool_calling: true, reasoning: true },
      pricing: { currency: "USD", input_per_mtok: 3, output_per_mtok: 15, cached_input_per_mtok: 0.3 },
      pricing_source: "the provider's list listed",
    },
  });
  expect(all.find(({ id }) => id === "plain")).toEqual({
    id: "plain",
    object: "model",
    created: 0,
    owned_by: "openrouter",
  });
  const one = await fetch(`${gateway.url}/v1/models/openrouter%2Fmaker%2Fmodel`);
  expect(await one.json()).toMatchObject({ id: "openrouter/maker/model", context_window: 200_000 });
});

test("answers Codex with `models`, every field that its reader wants, and no model that gives no text", async () => {
  await using host = await openModelHost([], { listing });
  await using gateway = await openGateway({ hosts: { OPENROUTER: host } });
  const body = (await (await fetch(`${gateway.url}/v1/models?client_version=0.99.0`)).json()) as { models: Entry[] };
  const slugs = body.models.map(({ slug }) => slug);
  expect(slugs).toContain("openrouter/maker/model");
  expect(slugs).not.toContain("openrouter/maker/painter");
  // The fields without a default in openai/codex, codex-rs/protocol/src/openai_models.rs, ModelInfo.
  const wanted = [
    "slug",
    "display_name",
    "supported_reasoning_levels",
    "shell_type",
    "visibility",
    "supported_in_api",
    "priority",
    "base_instructions",
    "supports_reasoning_summaries",
    "support_verbosity",
    "truncation_policy",
    "supports_parallel_tool_calls",
    "experimental_supported_tools",
  ];
  for (const model of body.models) expect(Object.keys(model)).toEqual(expect.arrayContaining(wanted));
  expect(body.models.find(({ slug }) => slug === "openrouter/maker/model")).toMatchObject({
    context_window: 200_000,
    supports_reasoning_summaries: true,
    input_modalities: ["text", "image"],
  });
});

describe("the snapshot", () => {
  test("lets a restarted gateway list its models while the provider is silent, and is no obstacle where it cannot be written", async () => {
    const directory = mkdtempSync(join(tmpdir(), "sluice-snapshot-"));
    const path = join(directory, "deep/er/models.json");
    const environment = { SLUICE_MODELS_SNAPSHOT: path };
    await using host = await openModelHost([], { listing });
    {
      await using gateway = await openGateway({ hosts: { OPENROUTER: host }, environment });
      expect((await entries(`${gateway.url}/v1/models`)).length).toBe(6);
      while (!existsAndHolds(path, "maker/model")) await Bun.sleep(20);
    }
    await using silent = await openModelHost([], { listing, listedAfter: new Promise<void>(() => {}) });
    const kept = readFileSync(path, "utf8").replaceAll(host.url, silent.url);
    writeFileSync(path, kept);
    await using restarted = await openGateway({ hosts: { OPENROUTER: silent }, environment, isReady: false });
    expect((await entries(`${restarted.url}/v1/models`)).length).toBe(6);
    expect((await fetch(`${restarted.url}/health/ready`)).status).toBe(200);

    await using sealed = await openGateway({
      hosts: { OPENROUTER: host },
      environment: { SLUICE_MODELS_SNAPSHOT: "/proc/nowhere/models.json" },
    });
    expect((await entries(`${sealed.url}/v1/models`)).length).toBe(6);
    while (!sealed.logged().includes("the model lists could not be kept")) await Bun.sleep(20);
    rmSync(directory, { recursive: true });
  });
});

function existsAndHolds(path: string, text: string): boolean {
  try {
    return readFileSync(path, "utf8").includes(text);
  } catch {
    return false;
  }
}

test("what allowed_models leave out is neither listed nor called, by whatever name it is asked for", async () => {
  await using host = await openModelHost([], { listing: { data: [{ id: "gpt-4o" }, { id: "o3" }] } });
  await using gateway = await openGateway({
    hosts: { OPENAI: host },
    file: JSON.stringify({
      models: { allowed_models: ["gpt-*"] },
      virtual_models: { clever: { targets: [{ model: "openai/o3" }] } },
    }),
  });
  const listed = (await entries(`${gateway.url}/v1/models`)).map(({ id }) => id);
  expect(listed.filter((id) => id.includes("o3"))).toEqual([]);
  expect(listed).toContain("openai/gpt-4o");
  for (const model of ["openai/o3", "o3", "clever"]) {
    const reply = await gateway.chat({ model, messages: [{ role: "user", content: "x" }] });
    expect([model, reply.status >= 400 && reply.status < 500]).toEqual([model, true]);
  }
  expect(host.calls).toEqual([]);
});
