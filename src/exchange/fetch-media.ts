// Fetches media that a request names by URL and puts them into the request, for providers that cannot fetch them
// themselves. The URL comes from whoever wrote the prompt, so nothing inside our network may be reached through it.
import { isIP } from "node:net";
import { isPublicAddress } from "../core/address.ts";
import type { Block, ChatRequest, DialectId, MediaSource } from "../core/chat.ts";
import { badRequest, GatewayError } from "../core/errors.ts";
import { type MediaKind, mediaTypeOf } from "./media-kind.ts";

export type MediaOptions = {
  /** "public": no private networks. "any": no check of addresses. "off": a request that needs a fetch is refused. */
  policy: "off" | "public" | "any";
  fetch: (url: string, options: MediaFetchOptions) => Promise<Response>;
  /** All addresses of a host name. */
  resolve: (host: string) => Promise<string[]>;
  /** Of all media of one request together. */
  bytesMax?: number;
  /** For all fetches of one request together. */
  timeoutMs?: number;
  signal: AbortSignal;
};

/** What is passed to fetch, with Bun's own options. */
export type MediaFetchOptions = {
  headers: { [name: string]: string };
  redirect: "manual";
  proxy: false;
  signal: AbortSignal;
  tls?: { serverName: string };
};

const defaultBytesMax = 20 * 1024 * 1024;
const defaultTimeoutMs = 30_000;
const mediaMax = 20;
const redirectsMax = 3;
const addressesMax = 3;
const parallelMax = 4;
const redirectStatuses: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

type UrlSource = Extract<MediaSource, { kind: "url" }>;

/** A block with a URL to fetch. `param` is its place in the client's body. */
type Site = { kind: MediaKind; source: UrlSource; param: string };

/** The same request when it names no fetchable URL, else a copy with the bytes in place. Throws GatewayError naming the client's field. */
export async function inlineMedia(request: ChatRequest, options: MediaOptions): Promise<ChatRequest> {
  const sites: Site[] = [];
  visit(request, (site) => {
    sites.push(site);
    return site.source;
  });
  const first = sites[0];
  if (first === undefined) return request;
  if (options.policy === "off")
    throw badRequest(first.param, "this provider takes no media by URL, and fetching them here is switched off");
  if (sites.length > mediaMax)
    throw badRequest(sites[mediaMax]!.param, `more than ${mediaMax} media by URL in one request`);
  const fetched = await fetchAll(sites, options);
  let next = 0;
  return visit(request, (site) => fetched[next++] ?? site.source);
}

/** Addresses that the providers in question read themselves: Google's Files API and YouTube (translation.md B2.1). */
const readByProvider =
  /^(?:https:\/\/generativelanguage\.googleapis\.com\/|https?:\/\/(?:www\.|m\.)?youtube\.com\/|https?:\/\/youtu\.be\/)/i;

function mustFetch(url: string): boolean {
  return /^https?:/i.test(url) && !readByProvider.test(url);
}

/** Where turns and their parts stand in the client's body. */
const places: { readonly [dialect in DialectId]?: { turns: string; parts: string } } = {
  "openai-responses": { turns: "input", parts: "content" },
  gemini: { turns: "contents", parts: "parts" },
};

/** Calls `replace` for each block with a URL to fetch, in order, and returns the request with the sources it gave. */
function visit(request: ChatRequest, replace: (site: Site) => MediaSource): ChatRequest {
  const { turns, parts } = places[request.dialect] ?? { turns: "messages", parts: "content" };
  const walk = (blocks: Block[], path: string): Block[] =>
    blocks.map((block, index) => visitBlock(block, { param: `${path}[${index}]`, parts, replace, walk }));
  return {
    ...request,
    turns: request.turns.map((turn, index) => ({ ...turn, blocks: walk(turn.blocks, `${turns}[${index}].${parts}`) })),
  };
}

type Visit = {
  param: string;
  parts: string;
  replace: (site: Site) => MediaSource;
  walk: (blocks: Block[], path: string) => Block[];
};

function visitBlock(block: Block, { param, parts, replace, walk }: Visit): Block {
  if (block.type === "tool-result") return { ...block, blocks: walk(block.blocks, `${param}.${parts}`) };
  if (block.type !== "image" && block.type !== "audio" && block.type !== "video" && block.type !== "file") return block;
  const { source } = block;
  if (source.kind !== "url" || !mustFetch(source.url)) return block;
  return { ...block, source: replace({ kind: block.type, source, param }) };
}

/** What the fetches of one request share. */
type Budget = { bytesLeft: number; bytesMax: number; signal: AbortSignal };

/** In the order of the sites; the first failure ends the others. */
async function fetchAll(sites: readonly Site[], options: MediaOptions): Promise<MediaSource[]> {
  const failed = new AbortController();
  const deadline = AbortSignal.timeout(options.timeoutMs ?? defaultTimeoutMs);
  const bytesMax = options.bytesMax ?? defaultBytesMax;
  const signal = AbortSignal.any([options.signal, deadline, failed.signal]);
  const budget: Budget = { bytesLeft: bytesMax, bytesMax, signal };
  const results: MediaSource[] = [];
  let next = 0;
  const work = async () => {
    for (let index = next++; index < sites.length; index = next++) {
      results[index] = await fetchSite(sites[index]!, options, budget);
    }
  };
  try {
    await Promise.all(Array.from({ length: Math.min(parallelMax, sites.length) }, work));
    return results;
  } finally {
    failed.abort();
  }
}

async function fetchSite(site: Site, options: MediaOptions, budget: Budget): Promise<MediaSource> {
  try {
    return await readSite(site, options, budget);
  } catch (cause) {
    if (options.signal.aborted) throw options.signal.reason;
    if (cause instanceof GatewayError) throw cause;
    if (cause instanceof Refusal) throw badRequest(site.param, `the ${site.kind} cannot be fetched: ${cause.message}`);
    const words = budget.signal.aborted ? "it took too long" : "the connection failed";
    throw new GatewayError("invalid_request", `the ${site.kind} cannot be fetched: ${words}`, {
      param: site.param,
      cause,
    });
  }
}

/** An expected failure of one fetch, in words for the client. */
class Refusal extends Error {}

async function readSite({ kind, source }: Site, options: MediaOptions, budget: Budget): Promise<MediaSource> {
  let url = parsedUrl(source.url);
  for (let redirects = 0; ; redirects++) {
    const response = await dial(url, options, budget.signal);
    const location = redirectStatuses.has(response.status) ? response.headers.get("location") : null;
    if (location === null) return readReply(response, { kind, source, url, budget });
    await response.body?.cancel();
    if (redirects === redirectsMax) throw new Refusal(`more than ${redirectsMax} redirects`);
    url = parsedUrl(location, url);
  }
}

function parsedUrl(text: string, from?: URL): URL {
  const url = URL.parse(text, from?.href);
  if (!url) throw new Refusal("the address is not a URL");
  if (url.protocol !== "http:" && url.protocol !== "https:")
    throw new Refusal("only http and https addresses are fetched");
  if (url.username !== "" || url.password !== "") throw new Refusal("the address holds a credential");
  return url;
}

/** Connects to an address that has been checked, not to the name: the name may resolve to another one a moment later. */
async function dial(url: URL, options: MediaOptions, signal: AbortSignal): Promise<Response> {
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const addresses = await addressesOf(host, options, signal);
  const named = isIP(host) === 0;
  let failure: unknown;
  for (const address of addresses.slice(0, addressesMax)) {
    signal.throwIfAborted();
    const dialled = new URL(url);
    dialled.hostname = isIP(address) === 6 ? `[${address}]` : address;
    dialled.hash = "";
    try {
      return await options.fetch(dialled.href, {
        headers: { host: url.host, accept: "*/*", "accept-encoding": "identity" },
        redirect: "manual",
        proxy: false,
        signal,
        ...(named && url.protocol === "https:" && { tls: { serverName: host } }),
      });
    } catch (cause) {
      failure = cause;
    }
  }
  throw failure;
}

/** Addresses to try, IPv4 first since many containers have no IPv6. One message for all refusals: it must not map our network. */
async function addressesOf(host: string, { policy, resolve }: MediaOptions, signal: AbortSignal): Promise<string[]> {
  const addresses = isIP(host) === 0 ? await Promise.race([resolve(host).catch(() => []), aborted(signal)]) : [host];
  const allowed = addresses.length > 0 && (policy === "any" || addresses.every(isPublicAddress));
  if (!allowed) throw new Refusal("its host has no public address");
  return [...addresses].sort((one, other) => isIP(one) - isIP(other));
}

/** For waits that know no signal, such as a resolver's. */
function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) =>
    signal.addEventListener("abort", () => reject(signal.reason), { once: true }),
  );
}

type Reading = { kind: MediaKind; source: UrlSource; url: URL; budget: Budget };

async function readReply(response: Response, { kind, source, url, budget }: Reading): Promise<MediaSource> {
  const contentType = response.headers.get("content-type");
  if (response.status !== 200) {
    await response.body?.cancel();
    throw new Refusal(`its server answered ${response.status}`);
  }
  const bytes = await readBytes(response, budget);
  if (bytes.length === 0) throw new Refusal("its server sent nothing");
  const mediaType = mediaTypeOf(kind, { contentType, bytes, declared: source.mediaType, url: url.pathname });
  if (mediaType === undefined) throw new Refusal(`what its server sent is not of that kind`);
  return { kind: "base64", mediaType, data: bytes.toString("base64") };
}

async function readBytes(response: Response, budget: Budget): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  const tooLarge = () => new Refusal(`the media of the request are larger than ${budget.bytesMax} bytes together`);
  if (Number(response.headers.get("content-length") ?? 0) > budget.bytesLeft) {
    await response.body?.cancel();
    throw tooLarge();
  }
  for await (const piece of response.body ?? []) {
    budget.bytesLeft -= piece.length;
    // Leaving the loop cancels the body.
    if (budget.bytesLeft < 0) throw tooLarge();
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}
