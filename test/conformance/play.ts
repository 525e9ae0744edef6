// Plays one provider on loopback behind a running gateway, and makes the calls of its case.
import type { JsonObject } from "../../src/core/json.ts";
import { type FakeUpstream, jsonReply, openFakeUpstream, type SeenRequest } from "../support/fake-upstream.ts";
import { type Gateway, openGateway } from "../support/gateway.ts";
import { type Call, HOST, type ProviderCase } from "./case.ts";
import { stepsOf } from "./replies.ts";

export type Stage = AsyncDisposable & {
  host: FakeUpstream;
  gateway: Gateway;
  /** What asked for models was sent to the host before any call. */
  listed: SeenRequest | undefined;
  call(call: Call): Promise<{ sent: SeenRequest; response: Response; text: string; bytes: Uint8Array }>;
};

export async function openStage(provider: ProviderCase): Promise<Stage> {
  let playing: Call | undefined;
  let sent: SeenRequest | undefined;
  const host = await openFakeUpstream((request) => {
    const { listing, aside } = provider;
    if (request.method === "GET" && request.target === listing?.target) return jsonReply(listing.reply);
    const beside = aside?.[request.target];
    if (beside !== undefined) return jsonReply(beside);
    if (request.method === "GET" || playing === undefined) return jsonReply({ error: { message: "not found" } }, 404);
    sent = request;
    return stepsOf(playing.reply);
  });
  const filled = (text: string) => text.replaceAll(HOST, host.url);
  const environment = Object.fromEntries(
    Object.entries(provider.environment).map(([variable, value]) => [variable, filled(value)]),
  );
  const gateway = await openGateway({
    environment,
    ...(provider.file !== undefined && { file: filled(provider.file) }),
  });
  const listed = host.requests.find(({ method, target }) => method === "GET" && target === provider.listing?.target);
  return {
    host,
    gateway,
    listed,
    async call(call) {
      playing = call;
      sent = undefined;
      const response = await fetch(`${gateway.url}${call.to.replace("MODEL", `${provider.type}/${call.model}`)}`, {
        method: "POST",
        headers: { ...call.clientHeaders, ...(call.send instanceof FormData ? {} : json) },
        body: bodyOf(provider, call),
      });
      const bytes = await response.bytes();
      const text = new TextDecoder().decode(bytes);
      if (sent === undefined) throw new Error(`the provider was not called: ${response.status} ${text}`);
      return { sent, response, text, bytes };
    },
    async [Symbol.asyncDispose]() {
      await gateway[Symbol.asyncDispose]();
      host.close();
    },
  };
}

const json = { "content-type": "application/json" };

/** The model stands in the path of Gemini's calls, elsewhere in the body. */
function bodyOf(provider: ProviderCase, { to, model, send }: Call): string | FormData {
  const qualified = `${provider.type}/${model}`;
  if (send instanceof FormData) {
    const form = new FormData();
    for (const [name, value] of send as unknown as Iterable<[string, string | Blob]>) form.append(name, value);
    form.append("model", qualified);
    return form;
  }
  const body: JsonObject = to.includes("MODEL") ? send : { model: qualified, ...send };
  return JSON.stringify(body);
}
