// Findings about one provider: the way to it, whether it takes the credentials, its clock, its models and their prices.

import { readListing } from "../catalog/listing.ts";
import { overridden } from "../catalog/overrides.ts";
import { loadReference } from "../catalog/reference.ts";
import type { LoadedConfig } from "../config/load.ts";
import { GatewayError } from "../core/errors.ts";
import type { JsonValue } from "../core/json.ts";
import { mergeFacts } from "../core/known-facts.ts";
import { type Probe, probe } from "../exchange/probe.ts";
import { withoutSecrets } from "../exchange/secrets.ts";
import type { Upstream } from "../exchange/upstream.ts";
import { knownAs } from "../providers/known-as.ts";
import type { Credential, Provider } from "../providers/provider.ts";
import type { Draft, Finding } from "./doctor-finding.ts";
import { networkFindings, proxyFindings } from "./doctor-network.ts";
import { replyFinding } from "./doctor-reply.ts";

export type ExaminationParts = { loaded: LoadedConfig; upstream: Upstream };

/** Seconds; signed requests are refused beyond five minutes (AWS, Google). */
const skewWarningSeconds = 30;
const skewFailureSeconds = 240;

export async function providerFindings(provider: Provider, parts: ExaminationParts): Promise<Finding[]> {
  const { config } = parts.loaded;
  const found: Draft[] = [];
  if (provider.transport.kind !== "http") {
    found.push({ check: "address", status: "ok", code: "in_process", message: "answers in this process" });
  } else {
    const connectMs = config.providers[provider.name]?.timeouts?.connect ?? config.server.timeouts.connect;
    const proxy = provider.proxyFor?.(provider.baseUrl);
    found.push(
      ...(proxy === undefined ? await networkFindings(provider, connectMs) : await proxyFindings(proxy, connectMs)),
    );
  }
  if (!found.some(({ status }) => status === "failure")) found.push(...(await callFindings(provider, parts)));
  return found.map((finding) => ({ scope: provider.name, ...clean(finding, provider) }));
}

/** Some hosts repeat the credential in their errors. */
function clean(finding: Draft, provider: Provider): Draft {
  const { message } = withoutSecrets(new GatewayError("upstream_failed", finding.message), provider);
  return { ...finding, message };
}

async function callFindings(provider: Provider, parts: ExaminationParts): Promise<Draft[]> {
  if (!provider.row.models) {
    const message = "this provider has no call that costs nothing: neither credential nor models were looked at";
    return [{ check: "credential", status: "skipped", code: "credential.unknown", message }];
  }
  const found: Draft[] = [];
  let good: { reply: Probe; body: JsonValue } | undefined;
  for (const credential of provider.credentials) {
    const { finding, reply, body } = await ask(provider, credential, parts);
    found.push(
      provider.credentials.length > 1 ? { ...finding, message: `key ${credential.id}: ${finding.message}` } : finding,
    );
    if (reply && body !== undefined) good ??= { reply, body };
    if (reply) found.push(...clockFinding(reply).filter(({ code }) => !found.some((other) => other.code === code)));
  }
  if (good) found.push(...(await modelFindings(provider, parts, good.body)));
  return found;
}

type Asked = { finding: Draft; reply?: Probe; body?: JsonValue };

async function ask(provider: Provider, credential: Credential, { loaded, upstream }: ExaminationParts): Promise<Asked> {
  const path = provider.row.models?.path ?? "";
  try {
    const reply = await probe({ upstream, provider, credential, path, timeoutMs: loaded.config.models.timeout });
    return { reply, ...replyFinding(provider, reply) };
  } catch (cause) {
    const failure = cause instanceof GatewayError ? cause : new GatewayError("internal", String(cause));
    return { finding: callFailure(failure, provider) };
  }
}

function callFailure(failure: GatewayError, provider: Provider): Draft {
  const check = "credential";
  const { code, message } = failure;
  if (code === "upstream_timeout") {
    const remedy = "the host takes connections and says nothing: see whether it is up, or raise SLUICE_MODELS_TIMEOUT";
    return { check, status: "failure", code: "reply.late", message, remedy };
  }
  if (code === "upstream_truncated" || code === "upstream_unreachable") {
    const remedy =
      "what listens there closes connections: see its log, and whether base_url names the right port and scheme";
    return { check, status: "failure", code: "reply.broken_off", message, remedy };
  }
  if (code === "upstream_malformed") {
    const remedy = `what listens there is no such API: correct providers.${provider.name}.base_url`;
    return { check, status: "failure", code: "reply.not_http", message, remedy };
  }
  return {
    check,
    status: "failure",
    code: "credential.unusable",
    message,
    remedy: "see the message; the credential itself could not be used",
  };
}

function clockFinding({ headers, atMs }: Probe): Draft[] {
  const told = Date.parse(headers.get("date") ?? "");
  if (Number.isNaN(told)) return [];
  const skew = Math.round(Math.abs(told - atMs) / 1000);
  const check = "clock";
  if (skew < skewWarningSeconds) {
    return [{ check, status: "ok", code: "clock.ok", message: `${skew} s from the provider's` }];
  }
  const ahead = told < atMs ? "ahead of" : "behind";
  const status = skew < skewFailureSeconds ? "warning" : "failure";
  const message = `this machine is ${skew} s ${ahead} the provider's clock`;
  return [
    {
      check,
      status,
      code: "clock.skew",
      message,
      remedy: "set the clock by NTP (timedatectl set-ntp true); signatures and certificates depend on it",
    },
  ];
}

async function modelFindings(provider: Provider, { loaded }: ExaminationParts, body: JsonValue): Promise<Draft[]> {
  const list = provider.row.models;
  const models = (list && readListing(list.shape, body)?.models) ?? [];
  const byHand = provider.listedModels.length;
  if (models.length === 0 && byHand === 0) {
    const remedy = `load a model there, or name models in providers.${provider.name}.models`;
    return [{ check: "models", status: "warning", code: "models.none", message: "it lists no models", remedy }];
  }
  const reference = await loadReference();
  const unpriced = models.filter((model) => {
    const known = mergeFacts([reference(provider, model.id), model]);
    const at = { provider: provider.name, model: model.id };
    return overridden(loaded.config.models.overrides, at, known)?.prices === undefined;
  });
  return [
    {
      check: "models",
      status: "ok",
      code: "models.ok",
      message: `${models.length} listed${byHand > 0 ? `, ${byHand} by hand` : ""}`,
    },
    priceFinding(
      provider,
      models.length,
      unpriced.map(({ id }) => id),
    ),
  ];
}

function priceFinding(provider: Provider, count: number, unpriced: readonly string[]): Draft {
  const check = "prices";
  const known = count - unpriced.length;
  if (known === 0 && knownAs(provider.row.type).prices === undefined) {
    const message = "nobody publishes prices for this provider; what it costs can be set in models.overrides";
    return { check, status: "skipped", code: "prices.unpublished", message };
  }
  const message = `${known} of ${count} models have a price`;
  if (unpriced.length === 0) return { check, status: "ok", code: "prices.ok", message };
  const remedy = `set input_cost_per_1m and output_cost_per_1m in models.overrides for those that you use, such as ${provider.name}/${unpriced[0]}`;
  return {
    check,
    status: known === 0 ? "warning" : "ok",
    code: known === 0 ? "prices.none" : "prices.some",
    message,
    remedy,
  };
}
