// What a Messages client is told of its input before anybody has counted it, and at the end (translation.md U08, S30).
import { expect, test } from "bun:test";
import { sse } from "../support/fake-upstream.ts";
import { openGateway, openModelHost } from "../support/gateway.ts";
import { openaiWire } from "./wires.ts";

const usageFrame = (input: number) =>
  `data: ${JSON.stringify({
    id: "chatcmpl-1",
    object: "chat.completion.chunk",
    created: 1,
    model: "model-1",
    choices: [],
    usage: { prompt_tokens: input, completion_tokens: 2, total_tokens: input + 2 },
  })}\n\n`;

type Event = { type: string; message?: { usage: Usage }; usage?: Usage };
type Usage = { input_tokens?: number; output_tokens: number };

test("an estimate by the model's own ratio, then the provider's figure", async () => {
  const [finish, done] = openaiWire.ending as [string, string];
  const frames = [...openaiWire.opening, openaiWire.output, finish, usageFrame(1000), done];
  const host = await openModelHost(sse(frames));
  await using gateway = await openGateway({ hosts: { OPENAI: host } });
  const body = JSON.stringify({
    model: "openai/model-1",
    max_tokens: 100,
    stream: true,
    messages: [{ role: "user", content: "word ".repeat(400) }],
  });
  const ask = async (): Promise<{ first: Usage; last: Usage }> => {
    const response = await fetch(`${gateway.url}/v1/messages`, { method: "POST", body });
    const events = (await response.text())
      .split("\n")
      .filter((line) => line.startsWith("data: "))
      .map((line) => JSON.parse(line.slice(6)) as Event);
    const first = events.find(({ type }) => type === "message_start")?.message?.usage;
    const last = events.find(({ type }) => type === "message_delta")?.usage;
    return { first: first as Usage, last: last as Usage };
  };
  const { first, last } = await ask();
  expect(first).toMatchObject({ input_tokens: Math.ceil(body.length * 0.25), output_tokens: 1 });
  expect(last).toMatchObject({ input_tokens: 1000, output_tokens: 2 });
  // The settled request has taught the ratio: the same bytes are now taken for what they counted.
  await gateway.settled(1);
  expect((await ask()).first.input_tokens).toBeWithin(999, 1002);
  host.close();
});
