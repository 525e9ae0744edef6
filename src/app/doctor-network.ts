// Findings about the way to a provider: its name, its port, its certificate.
import { lookup } from "node:dns/promises";
import { connect as connectTcp, isIP } from "node:net";
import { checkServerIdentity, connect as connectTls, type PeerCertificate } from "node:tls";
import type { Provider } from "../providers/provider.ts";
import type { Draft } from "./doctor-finding.ts";

/** `setting`: where the address stands. */
type Place = { host: string; port: number; setting: string };
type Secured = Place & { name: string; trust: Provider["trust"] };

const lookupMs = 5000;
const handshakeMs = 10_000;
const dayMs = 86_400_000;
/** Time enough to renew it. */
const expiresSoonMs = 14 * dayMs;

/** In order; the first failure is the last finding, since nothing behind it can be seen. */
export async function networkFindings(provider: Provider, connectMs: number): Promise<Draft[]> {
  const url = new URL(provider.baseUrl);
  const { name, trust } = provider;
  const place = { ...placeOf(url), setting: `providers.${name}.base_url` };
  const found: Draft[] = [];
  for (const look of [
    () => nameFinding(place),
    () => portFinding(place, connectMs),
    () => (url.protocol === "https:" ? certificateFinding({ ...place, name, trust }) : undefined),
  ]) {
    const finding = await look();
    if (finding) found.push(finding);
    if (finding?.status === "failure") break;
  }
  return found;
}

/** What lies behind a proxy cannot be seen from here: only the way to the proxy itself. Its address may hold a password. */
export async function proxyFindings(proxy: string, connectMs: number): Promise<Draft[]> {
  const place = { ...placeOf(new URL(proxy)), setting: "HTTPS_PROXY, or the provider's own proxy" };
  const name = await nameFinding(place);
  const found = name.status === "failure" ? [name] : [name, await portFinding(place, connectMs)];
  return found.map((finding) => ({ ...finding, check: `proxy's ${finding.check}` }));
}

function placeOf(url: URL): { host: string; port: number } {
  const port = Number(url.port) || (url.protocol === "https:" ? 443 : 80);
  return { host: url.hostname.replace(/^\[|\]$/g, ""), port };
}

async function nameFinding({ host, setting }: Place): Promise<Draft> {
  const check = "address";
  if (isIP(host)) return { check, status: "ok", code: "dns.literal", message: `${host} needs no look-up` };
  const late = Bun.sleep(lookupMs).then(() => "ETIMEOUT");
  const found = await Promise.race([
    lookup(host, { all: true }).catch((cause: { code?: string }) => cause.code ?? "unknown"),
    late,
  ]);
  if (typeof found !== "string" && found.length > 0) {
    return {
      check,
      status: "ok",
      code: "dns.ok",
      message: `${host} is ${found
        .map(({ address }) => address)
        .slice(0, 3)
        .join(", ")}`,
    };
  }
  if (found === "ENOTFOUND" || found === "ENODATA" || found === "DNS_ENOTFOUND") {
    const remedy = `correct the host in ${setting}, or in its variable; nobody knows this one`;
    return { check, status: "failure", code: "dns.not_found", message: `there is no host ${host}`, remedy };
  }
  const message = `the name ${host} could not be looked up (${typeof found === "string" ? found : "no address"})`;
  const remedy = "see whether this machine can resolve names at all: /etc/resolv.conf, the container's DNS, a VPN";
  return { check, status: "failure", code: "dns.failing", message, remedy };
}

async function portFinding({ host, port, setting }: Place, waitMs: number): Promise<Draft> {
  const check = "connection";
  const code = await connectOnce(host, port, waitMs);
  if (code === undefined) return { check, status: "ok", code: "tcp.ok", message: `${host}:${port} takes connections` };
  if (code === "ECONNREFUSED") {
    const remedy = `start what should listen there, or correct the port in ${setting}`;
    return { check, status: "failure", code: "tcp.refused", message: `${host}:${port} refuses connections`, remedy };
  }
  const message =
    code === "ETIMEDOUT" ? `${host}:${port} does not answer` : `${host}:${port} cannot be reached (${code})`;
  const remedy = "a firewall, a route or a VPN is in between; where only a proxy leads out, set HTTPS_PROXY";
  return { check, status: "failure", code: code === "ETIMEDOUT" ? "tcp.silent" : "tcp.unreachable", message, remedy };
}

function connectOnce(host: string, port: number, waitMs: number): Promise<string | undefined> {
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  const socket = connectTcp({ host, port });
  const timer = setTimeout(() => end("ETIMEDOUT"), waitMs);
  const end = (code: string | undefined) => {
    clearTimeout(timer);
    socket.destroy();
    resolve(code);
  };
  socket.once("connect", () => end(undefined));
  socket.once("error", (cause: { code?: string }) => end(cause.code ?? "unknown"));
  return promise;
}

type Seen = { certificate: PeerCertificate; untrusted: string | undefined } | { code: string };

async function certificateFinding(place: Secured): Promise<Draft> {
  const check = "certificate";
  const { host, port } = place;
  const seen = await handshake(place);
  if ("code" in seen) {
    const message = `${host}:${port} does not speak TLS (${seen.code})`;
    const remedy =
      "write http:// if the host is meant to be called so, else correct the port; a proxy that looks into TLS may be in between";
    return { check, status: "failure", code: "tls.none", message, remedy };
  }
  return judge(place, seen.certificate, seen.untrusted) ?? expiry(seen.certificate);
}

/** The certificate is looked at whether or not it is trusted, so that what is wrong with it can be said. */
function handshake({ host, port, trust }: Secured): Promise<Seen> {
  const { promise, resolve } = Promise.withResolvers<Seen>();
  const socket = connectTls({
    ...trust,
    host,
    port,
    rejectUnauthorized: false,
    ...(isIP(host) ? {} : { servername: host }),
  });
  const timer = setTimeout(() => end({ code: "ETIMEDOUT" }), handshakeMs);
  const end = (seen: Seen) => {
    clearTimeout(timer);
    socket.destroy();
    resolve(seen);
  };
  socket.once("secureConnect", () => {
    const error = socket.authorizationError as Error | string | null | undefined;
    const untrusted = error ? String((error as { code?: string }).code ?? error) : undefined;
    end({ certificate: socket.getPeerCertificate(), untrusted });
  });
  socket.once("error", (cause: { code?: string }) => end({ code: cause.code ?? "unknown" }));
  socket.once("close", () => end({ code: "it closed the connection" }));
  return promise;
}

function judge(
  { host, name, setting }: Secured,
  certificate: PeerCertificate,
  untrusted: string | undefined,
): Draft | undefined {
  const check = "certificate";
  const now = Date.now();
  const { valid_from: from, valid_to: until } = certificate;
  if (Date.parse(until) < now) {
    const remedy = "have it renewed by whoever runs the host; if it is not that old, this machine's clock is wrong";
    return {
      check,
      status: "failure",
      code: "tls.expired",
      message: `the certificate of ${host} expired on ${until}`,
      remedy,
    };
  }
  if (Date.parse(from) > now) {
    const remedy = "set this machine's clock (NTP), or wait until then";
    return {
      check,
      status: "failure",
      code: "tls.not_yet",
      message: `the certificate of ${host} is valid only from ${from}`,
      remedy,
    };
  }
  if (checkServerIdentity(host, certificate)) {
    const remedy = `call it by a name in its certificate (${certificate.subjectaltname ?? "it has none"}) in ${setting}`;
    return { check, status: "failure", code: "tls.wrong_host", message: `the certificate is not for ${host}`, remedy };
  }
  if (untrusted === undefined) return undefined;
  const own = /SELF_SIGNED/i.test(untrusted);
  const message = own
    ? `the certificate of ${host} is self-signed`
    : `the certificate of ${host} is by nobody this machine trusts (${untrusted})`;
  const remedy = `name its certificate authority: providers.${name}.ca_file, or SSL_CERT_FILE for all`;
  return { check, status: "failure", code: own ? "tls.self_signed" : "tls.unknown_authority", message, remedy };
}

function expiry({ valid_to: until }: PeerCertificate): Draft {
  const check = "certificate";
  const left = Date.parse(until) - Date.now();
  if (left < expiresSoonMs) {
    const message = `the certificate expires in ${Math.floor(left / dayMs)} days`;
    return {
      check,
      status: "warning",
      code: "tls.expires_soon",
      message,
      remedy: "have it renewed by whoever runs the host",
    };
  }
  return { check, status: "ok", code: "tls.ok", message: `valid until ${until}` };
}
