// Agent to agent: what passes unread, both ways.
import { describe, expect, test } from "bun:test";
import type { Step } from "../support/fake-upstream.ts";
import { openGateway, openModelHost } from "../support/gateway.ts";

async function ask(reply: readonly Step[], options: { body: string; headers?: Record<string, string> }) {
  await using host = await openModelHost(reply);
  const lab = {
    type: "openai-compatible",
    base_url: host.url,
    api_key: "lab-key",
    format_urls: { a2a: `${host.url}/agent` },
  };
  await using gateway = await openGateway({ file: JSON.stringify({ providers: { lab } }) });
  const response = await fetch(`${gateway.url}/v1/a2a`, { method: "POST", ...options });
  const text = await response.text();
  const [settled] = await gateway.settled(1);
  return { response, text, settled, call: host.calls[0] };
}

describe("a message", () => {
  const message = '{ "jsonrpc": "2.0", "id": 1e0, "method": "message/send", "model": 5 }';

  test("passes byte for byte with the protocol's headers, and its failure is no failure of ours", async () => {
    const failure = '{"jsonrpc":"2.0","id":1,"error":{"code":-32601,"message":"no such method"}}';
    const steps: Step[] = [
      { head: { headers: [["content-type", "application/json"]] } },
      { write: failure },
      { end: "complete" },
    ];
    const headers = { "content-type": "application/json", "a2a-version": "1.0", cookie: "a=b" };
    const { response, text, call, settled } = await ask(steps, { body: message, headers });
    expect([response.status, text, response.headers.get("content-type")]).toEqual([200, failure, "application/json"]);
    expect([call?.target, call?.text(), call?.header("a2a-version"), call?.header("cookie")]).toEqual([
      "/agent",
      message,
      "1.0",
      undefined,
    ]);
    expect(call?.header("authorization")).toBe("Bearer lab-key");
    expect(settled).toMatchObject({ endpoint: "a2a", outcome: "complete", attempts: 1 });
  });

  test("is answered with events as they come, and with any status of success", async () => {
    const events = "event: x\ndata: {}\n\n: note\n\ndata: last";
    const streamed: Step[] = [
      { head: { headers: [["content-type", "text/event-stream"]] } },
      { write: events },
      { end: "complete" },
    ];
    const { text, response } = await ask(streamed, { body: message });
    expect([text, response.headers.get("content-type")]).toEqual([events, "text/event-stream"]);
    const accepted = await ask([{ head: { status: 202 } }, { write: "ok" }, { end: "complete" }], { body: "anything" });
    expect([accepted.response.status, accepted.text]).toEqual([202, "ok"]);
  });
});
