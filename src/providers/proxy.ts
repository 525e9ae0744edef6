// Which outbound proxy a request goes through: a provider's own, or the one of the usual variables.
import { BlockList, isIP } from "node:net";

type Environment = { readonly [name: string]: string | undefined };

/** The proxy's address for a request to this URL; undefined: directly. */
export type ProxyFor = (url: string) => string | undefined;

/**
 * `setting` is an address, "off", or absent for what the environment says. Undefined: no request has a proxy and nothing
 * says otherwise. A text is what is wrong.
 */
export function openProxy(setting: string | undefined, environment: Environment): ProxyFor | string | undefined {
  if (setting === "off") return () => undefined;
  if (setting !== undefined) return isProxy(setting) ? (url) => (isLinkLocal(url) ? undefined : setting) : wrong;
  const all = either(environment, "ALL_PROXY");
  const secure = either(environment, "HTTPS_PROXY") ?? all;
  const plain = either(environment, "HTTP_PROXY") ?? all;
  if (secure === undefined && plain === undefined) return undefined;
  if (![secure, plain].every((address) => address === undefined || isProxy(address))) return wrong;
  const goesDirectly = readExceptions(either(environment, "NO_PROXY") ?? "");
  return (url) => {
    const { protocol, hostname, port } = new URL(url);
    const proxy = protocol === "https:" ? secure : plain;
    if (proxy === undefined) return undefined;
    const host = hostname.replace(/^\[|\]$/g, "").toLowerCase();
    return goesDirectly(host, port || (protocol === "https:" ? "443" : "80")) ? undefined : proxy;
  };
}

const wrong = "is no address of a proxy: write http://HOST:PORT or https://HOST:PORT; SOCKS is not spoken";

/** curl reads the lower-case name first. */
function either(environment: Environment, name: string): string | undefined {
  return environment[name.toLowerCase()] || environment[name] || undefined;
}

function isProxy(address: string): boolean {
  return URL.canParse(address) && /^https?:$/.test(new URL(address).protocol);
}

/** The metadata services of clouds answer the machine itself alone. */
function isLinkLocal(url: string): boolean {
  return new URL(url).hostname.startsWith("169.254.");
}

type Exceptions = (host: string, port: string) => boolean;

/**
 * NO_PROXY as curl, Go and Python read it: `*`, names with or without a leading dot, which mean their subdomains too,
 * addresses, ranges (`10.0.0.0/8`), each with an optional port. Loopback and link-local addresses, where the metadata
 * services of clouds are, never go through a proxy.
 */
function readExceptions(text: string): Exceptions {
  const ranges = new BlockList();
  ranges.addSubnet("127.0.0.0", 8, "ipv4");
  ranges.addSubnet("169.254.0.0", 16, "ipv4");
  ranges.addAddress("::1", "ipv6");
  const names: { name: string; port: string | undefined }[] = [{ name: "localhost", port: undefined }];
  for (const entry of text.toLowerCase().split(/[\s,]+/)) {
    if (entry === "") continue;
    if (addRange(ranges, entry)) continue;
    const [, name = entry, port] = /^\[?([^\]]*?)\]?(?::(\d+))?$/.exec(entry) ?? [];
    names.push({ name: name.replace(/^\*?\./, ""), port });
  }
  return (host, port) => {
    const version = isIP(host);
    if (version !== 0 && ranges.check(host, version === 6 ? "ipv6" : "ipv4")) return true;
    return names.some(
      (exception) =>
        (exception.port === undefined || exception.port === port) &&
        (exception.name === "*" || host === exception.name || host.endsWith(`.${exception.name}`)),
    );
  };
}

function addRange(ranges: BlockList, entry: string): boolean {
  const [address = "", bits, ...rest] = entry.split("/");
  const version = isIP(address);
  if (version === 0 || rest.length > 0) return false;
  const family = version === 6 ? "ipv6" : "ipv4";
  const length = bits === undefined ? (version === 6 ? 128 : 32) : Number(bits);
  if (!Number.isInteger(length) || length < 0 || length > (version === 6 ? 128 : 32)) return false;
  ranges.addSubnet(address, length, family);
  return true;
}
