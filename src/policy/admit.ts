// Who may use the gateway: the master key, compared by digest. Keys, roles and limits grow in this folder.
import { timingSafeEqual } from "node:crypto";
import { GatewayError } from "../core/errors.ts";
import { gatewayKeyHeader, keyHeaders } from "../core/key-headers.ts";

/** Throws GatewayError when the request may not pass. */
export type Admit = (request: Request) => void;

const digest = (text: string): Uint8Array => new Bun.CryptoHasher("sha256").update(text).digest();

/** Without a key everybody is admitted: then the listener is on loopback, or the operator asked for it. */
export function openAdmit(masterKey: string | undefined): Admit {
  if (masterKey === undefined) return () => {};
  const expected = digest(masterKey);
  return (request) => {
    const given = readKey(request);
    if (given === undefined) {
      throw new GatewayError(
        "not_authenticated",
        "a key is required: send it as `Authorization: Bearer …` or `x-api-key`",
      );
    }
    if (!timingSafeEqual(digest(given), expected)) throw new GatewayError("not_authenticated", "the key is not valid");
  };
}

/** Whose request it is, for state that must not pass from one to another: a digest of the keys that were sent. */
export function tenantOf(request: Request): string {
  const keys = keysOf(request);
  return keys.length === 0
    ? ""
    : Bun.SHA256.hash(keys.length === 1 ? (keys[0] as string) : keys.join(" "), "base64url");
}

/** The one key that the request carries. Two that differ could be checked here and used there. */
function readKey(request: Request): string | undefined {
  const apart = request.headers.get(gatewayKeyHeader);
  if (apart) return apart;
  const [key, other] = keysOf(request);
  if (other !== undefined) throw new GatewayError("invalid_request", "the request carries two different keys");
  return key;
}

/** Each once. Some clients send every header they know, the ones without a key empty. */
function keysOf({ headers, url }: Request): string[] {
  const authorization = headers.get("authorization");
  const bearer =
    authorization === null ? null : (/^Bearer(?:\s+(\S*))?\s*$/i.exec(authorization) ?? ["", authorization])[1];
  const keys: string[] = [];
  if (bearer) keys.push(bearer);
  for (const name of keyHeaders) addKey(keys, headers.get(name));
  addKey(keys, queryKey(url));
  return keys;
}

function addKey(keys: string[], key: string | null): void {
  if (key && !keys.includes(key)) keys.push(key);
}

/** The query alone is parsed: the host in front of it may be one that `URL` refuses. */
function queryKey(url: string): string | null {
  const query = url.indexOf("?");
  return query < 0 || !url.includes("key=", query) ? null : new URLSearchParams(url.slice(query)).get("key");
}
