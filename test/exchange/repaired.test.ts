// A repair of replies that an operator names, through the whole gateway.
import { expect, test } from "bun:test";
import { sse } from "../support/fake-upstream.ts";
import { openGateway, openModelHost } from "../support/gateway.ts";

const chunk = (delta: object, finish: string | null = null) =>
  JSON.stringify({
    id: "c",
    object: "chat.completion.chunk",
    created: 1,
    model: "m",
    choices: [{ index: 0, delta, finish_reason: finish }],
  });

test("R21 thinking between tags reaches the client as reasoning, however the tags are cut", async () => {
  const pieces = ["<thi", "nk>A gree", "ting.</th", "ink>Hello"];
  await using host = await openModelHost(
    sse([...pieces.map((content) => chunk({ content })), chunk({}, "stop"), "data: [DONE]\n\n"]),
  );
  const settings = { type: "openai-compatible", base_url: `${host.url}/v1`, repair: ["think-tags"] };
  await using gateway = await openGateway({ file: JSON.stringify({ providers: { lab: settings } }) });
  const response = await gateway.chat({
    model: "lab/m",
    stream: true,
    messages: [{ role: "user", content: "hi" }],
  });
  const lines = (await response.text()).split("\n").filter((line) => line.startsWith("data: {"));
  const deltas = lines.map(
    (line) =>
      (JSON.parse(line.slice("data: ".length)) as { choices: { delta: { [field: string]: string } }[] }).choices[0]
        ?.delta,
  );
  expect(deltas.map((delta) => delta?.["reasoning_content"] ?? "").join("")).toBe("A greeting.");
  expect(deltas.map((delta) => delta?.["content"] ?? "").join("")).toBe("Hello");
});
