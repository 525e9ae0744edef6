// The demo at every endpoint beside chat, by OpenAI's own client: the same request gets the same reply, and it makes sense.
import { expect, test } from "bun:test";
import OpenAI, { toFile } from "openai";
import { openGateway } from "../support/gateway.ts";

test("the demo serves every endpoint beside chat", async () => {
  await using gateway = await openGateway();
  const client = new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: "any", maxRetries: 0 });
  const model = "demo/any";
  const file = () => toFile(Buffer.from("RIFF"), "a.wav");

  const embed = async (input: string) => (await client.embeddings.create({ model, input })).data[0]?.embedding ?? [];
  const [one, same, other] = [await embed("a cat"), await embed("a cat"), await embed("a dog")];
  expect(one).toEqual(same);
  expect(one).not.toEqual(other);
  expect(Math.hypot(...one)).toBeCloseTo(1, 5);

  const images = await client.images.generate({ model, prompt: "a dot", n: 2 });
  const png = Buffer.from(images.data?.[1]?.b64_json ?? "", "base64");
  expect(png.toString("latin1", 1, 4)).toBe("PNG");
  expect((await client.images.edit({ model, prompt: "a dot", image: await file() })).data).toHaveLength(1);
  expect((await client.images.createVariation({ model, image: await file() })).data).toHaveLength(1);

  const spoken = await client.audio.speech.create({ model, voice: "any", input: "two words" });
  const wav = Buffer.from(await spoken.arrayBuffer());
  expect(spoken.headers.get("content-type")).toBe("audio/wav");
  // Two seconds at 8 kHz, and a header that says so.
  expect([wav.length, wav.readUInt32LE(40)]).toEqual([44 + 16_000, 16_000]);

  for (const kind of [client.audio.transcriptions, client.audio.translations]) {
    expect((await kind.create({ model, file: await file() })).text).toContain("This is the demo");
  }
  const moderated = await client.moderations.create({ model, input: ["hello", "flag me"] });
  expect(moderated.results.map(({ flagged }) => flagged)).toEqual([false, true]);

  const body = JSON.stringify({ model, query: "blue sky", documents: ["red", "a blue sky", "sky"], top_n: 2 });
  const ranked = await fetch(`${gateway.url}/v1/rerank`, { method: "POST", body });
  expect(await ranked.json()).toMatchObject({ results: [{ index: 2, relevance_score: 1 }, { index: 1 }] });
});
