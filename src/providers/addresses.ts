// `format_urls`: the operator's own addresses of single endpoints, in place of the row's paths.
import { dialectIds } from "../core/chat.ts";
import { operationIds } from "../core/operation.ts";
import type { OperationRow, ProviderRow, Speech } from "./provider.ts";

/** Nenya's names of its two formats (nenya.md 6.8). */
const otherNames: { readonly [name: string]: string } = {
  openai: "openai-chat",
  anthropic: "anthropic-messages",
};

/** The row with these addresses, or what is wrong with one of them. `{model}` in an address is replaced as in a path. */
export function withAddresses(
  row: ProviderRow,
  addresses: { readonly [endpoint: string]: string },
): ProviderRow | { endpoint: string; message: string } {
  const speaks: { [dialect: string]: Speech } = { ...row.speaks };
  const operations: { [operation: string]: OperationRow } = { ...row.operations };
  let { models } = row;
  for (const [endpoint, url] of Object.entries(addresses)) {
    const name = otherNames[endpoint] ?? endpoint;
    if (!/^https?:\/\/[^/?#@]+/.test(url) || !URL.canParse(url)) {
      return { endpoint, message: "is no http or https address without user" };
    }
    if (name === "models") models = { shape: models?.shape ?? "openai", path: url };
    else if ((dialectIds as readonly string[]).includes(name)) speaks[name] = speechAt(speaks[name], url);
    else if ((operationIds as readonly string[]).includes(name)) operations[name] = operationAt(operations[name], url);
    else return { endpoint, message: `no such endpoint; there are ${known}` };
  }
  return { ...row, speaks, operations, ...(models && { models }) };
}

const known = ["models", ...dialectIds, ...operationIds].join(", ");

/** Where streams have a path of their own, the address is that of whole replies; its end changes with the path's. */
function speechAt(speech: Speech | undefined, url: string): Speech {
  if (!speech) return { path: url };
  const { path, streamPath } = speech;
  if (streamPath === undefined) return { ...speech, path: url };
  const tail = path.slice(path.lastIndexOf("{model}"));
  const streamTail = streamPath.slice(streamPath.lastIndexOf("{model}"));
  return { ...speech, path: url, streamPath: url.endsWith(tail) ? url.slice(0, -tail.length) + streamTail : url };
}

function operationAt(operation: OperationRow | undefined, url: string): OperationRow {
  if (!operation) return { path: url, shape: "openai" };
  const { path, batchPath, ...others } = operation;
  const tail = path.slice(path.lastIndexOf("{model}"));
  // Without an address of batches each input is a call of its own.
  if (batchPath === undefined || !url.endsWith(tail)) return { ...others, path: url };
  const batchTail = batchPath.slice(batchPath.lastIndexOf("{model}"));
  return { ...others, path: url, batchPath: url.slice(0, -tail.length) + batchTail };
}
