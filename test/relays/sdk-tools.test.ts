// Tools whose names or kinds a provider cannot take: it sees others, and the SDK's client gets its own back.
import { describe, expect, test } from "bun:test";
import type { ChatCompletionTool } from "openai/resources/chat/completions";
import { ending } from "../support/ending.ts";
import { jsonReply, openFakeUpstream, type SeenRequest, type Step, sse } from "../support/fake-upstream.ts";
import { openMockGateway } from "../support/mock-gateway.ts";

const event = (type: string, fields: object = {}) => `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`;
const head = { id: "msg_1", type: "message", role: "assistant", model: "m" };
const usage = { input_tokens: 1, output_tokens: 1 };

/** A Messages provider that calls every tool it was given, with `input`. */
function callAll(request: SeenRequest, input: object): readonly Step[] {
  const { tools, stream } = request.json() as { tools: { name: string }[]; stream?: boolean };
  const content = tools.map(({ name }, index) => ({ type: "tool_use", id: `toolu_${index}`, name, input }));
  if (!stream) return jsonReply({ ...head, content, stop_reason: "tool_use", usage });
  const blocks = content.flatMap((block, index) => [
    event("content_block_start", { index, content_block: { ...block, input: {} } }),
    ...(JSON.stringify(input).match(/.{1,4}/g) ?? []).map((piece) =>
      event("content_block_delta", { index, delta: { type: "input_json_delta", partial_json: piece } }),
    ),
    event("content_block_stop", { index }),
  ]);
  return sse([
    event("message_start", { message: { ...head, content: [], stop_reason: null, usage } }),
    ...blocks,
    event("message_delta", { delta: { stop_reason: "tool_use" }, usage }),
    event("message_stop"),
  ]);
}

/** A Gemini provider that calls every tool it was given. */
function callAllGemini(request: SeenRequest, input: object): readonly Step[] {
  const { tools } = request.json() as { tools: { functionDeclarations: { name: string }[] }[] };
  const parts = tools[0]!.functionDeclarations.map(({ name }) => ({ functionCall: { name, args: input } }));
  const reply = { candidates: [{ content: { role: "model", parts }, finishReason: "STOP" }] };
  return request.target.includes("stream") ? sse([JSON.stringify(reply)]) : jsonReply(reply);
}

const providers = { anthropic: callAll, gemini: callAllGemini };

type Ask = { row: keyof typeof providers; tools: ChatCompletionTool[]; input: object; stream: boolean };

async function callsOf({ row, tools, input, stream }: Ask) {
  await using rig = await openRig(row, input);
  const params = { model: `${row}/m`, messages: [{ role: "user" as const, content: "Call them." }], tools };
  const reply = stream
    ? await rig.client.chat.completions.stream(params).finalChatCompletion()
    : await rig.client.chat.completions.create(params);
  return { calls: reply.choices[0]?.message.tool_calls ?? [], sent: rig.lastBody(), reply };
}

async function openRig(row: keyof typeof providers, input: object) {
  const upstream = await openFakeUpstream((request) =>
    request.method === "GET" ? jsonReply({ data: [], models: [] }) : providers[row](request, input),
  );
  const gateway = await openMockGateway({ providers: [row], upstreamUrl: upstream.url });
  return {
    client: gateway.client,
    lastBody: () => upstream.requests.at(-1)?.json() as { [field: string]: unknown },
    ...ending(upstream, gateway),
  };
}

const parameters = { type: "object", properties: {} };
/** Dots and slashes as MCP clients send them, a name that is too long everywhere, and two that differ at their end only. */
const names = ["server.tool/read", `${"long_".repeat(40)}a`, `${"long_".repeat(40)}b`, "plain"];
const tools = names.map((name) => ({ type: "function" as const, function: { name, parameters } }));

const forms = [
  ["streamed", true],
  ["whole", false],
] as const;

describe.each(forms)("in a reply that is %s", (_form, stream) => {
  test.each(["anthropic", "gemini"] as const)(
    "names that %s refuses are written otherwise and restored",
    async (row) => {
      const { calls, sent } = await callsOf({ row, tools, input: {}, stream });
      expect(calls.map((call) => call.type === "function" && call.function.name)).toEqual(names);
      const declared = (
        row === "anthropic"
          ? (sent["tools"] as { name: string }[])
          : (sent["tools"] as { functionDeclarations: { name: string }[] }[])[0]!.functionDeclarations
      ).map(({ name }) => name);
      expect(new Set(declared).size).toBe(names.length);
      for (const name of declared)
        expect(name).toMatch(row === "anthropic" ? /^[\w-]{1,128}$/ : /^[A-Za-z_][\w.:-]{0,63}$/);
    },
  );

  test("a tool that takes free text is called with free text", async () => {
    const custom: ChatCompletionTool = { type: "custom", custom: { name: "shell", description: "Runs a command." } };
    const text = 'echo "hello"\nls';
    const { calls, reply } = await callsOf({ row: "anthropic", tools: [custom], input: { input: text }, stream });
    expect(calls).toMatchObject([{ type: "custom", custom: { name: "shell", input: text } }]);
    expect(reply.choices[0]?.finish_reason).toBe("tool_calls");
  });
});
