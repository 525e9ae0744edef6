// What holds between settings: secrets from files, the master key, and who may be listened to.
import { BlockList, isIP } from "node:net";
import { resolve } from "node:path";
import { isObject } from "../core/json.ts";
import { credentialHeaders } from "../core/key-headers.ts";
import { type Draft, type Entry, report, valueAt, write } from "./draft.ts";
import { readFailover } from "./failover.ts";
import { readTextFile } from "./file.ts";

const shortestKeyLength = 8;

/** Applies every rule, once all sources have been read. */
export function applyRules(draft: Draft, workingDirectory: string): void {
  readSecretFile(draft, ["server", "master_key"], workingDirectory);
  const providers = valueAt(draft, ["providers"]);
  for (const name of isObject(providers) ? Object.keys(providers) : []) {
    readSecretFile(draft, ["providers", name, "api_key"], workingDirectory);
  }
  for (const group of ["virtual_models", "agents"]) {
    const routes = valueAt(draft, [group]);
    for (const name of isObject(routes) ? Object.keys(routes) : []) {
      readSecretFile(draft, [group, name, "system_prompt"], workingDirectory);
    }
  }
  readFailover(draft, workingDirectory);
  checkSessionHeaders(draft);
  checkMasterKey(draft);
  checkListener(draft);
}

function entryAt(draft: Draft, path: readonly string[]): Entry {
  return { path, value: valueAt(draft, path), source: draft.origins.get(path.join(".")) ?? "" };
}

/** Puts the content of `<setting>_file` where the secret itself would stand. */
function readSecretFile(draft: Draft, path: readonly string[], workingDirectory: string): void {
  const key = path.at(-1) ?? "";
  const named = entryAt(draft, [...path.slice(0, -1), `${key}_file`]);
  if (typeof named.value !== "string") return;
  if (valueAt(draft, path) !== undefined) {
    report(draft, named, `both ${key} and ${key}_file are set; keep one of them`);
    return;
  }
  const filePath = resolve(workingDirectory, named.value);
  const file = readTextFile(filePath);
  if ("message" in file) {
    report(draft, named, file.message);
    return;
  }
  // Editors and `echo` end a file with a newline that is not part of the secret.
  const secret = file.text.replace(/[\r\n]+$/, "");
  if (secret === "") report(draft, named, `${filePath} is empty`);
  else write(draft, { path, value: secret, source: filePath });
}

/** Of callers, and those that browsers and proxies send. */
const secretHeaders: ReadonlySet<string> = new Set([...credentialHeaders, "proxy-authorization", "cookie"]);

/** What everybody shares would make one session of all, and a session's id may be shown (gomodel.md 4.7). */
function checkSessionHeaders(draft: Draft): void {
  const entry = entryAt(draft, ["sessions", "headers"]);
  const names = Array.isArray(entry.value) ? (entry.value as string[]) : [];
  for (const name of names) {
    if (secretHeaders.has(name.toLowerCase())) report(draft, entry, `${name} holds a credential, no session`);
  }
}

function checkMasterKey(draft: Draft): void {
  const key = entryAt(draft, ["server", "master_key"]);
  if (typeof key.value !== "string") return;
  if (key.value.length < shortestKeyLength) report(draft, key, `is shorter than ${shortestKeyLength} characters`);
  // Anything else cannot be sent in an Authorization header as it is (RFC 9110 5.5).
  if (!/^[\x21-\x7e]*$/.test(key.value)) report(draft, key, "holds white space or characters that are not ASCII");
}

function checkListener(draft: Draft): void {
  const protection = ["master_key", "master_key_file"].map((key) => valueAt(draft, ["server", key]));
  const protectedByKey = protection.some((value) => value !== undefined);
  const host = entryAt(draft, ["server", "host"]);
  if (host.source === "default" && protectedByKey) write(draft, { ...host, value: "0.0.0.0" });
  if (protectedByKey || valueAt(draft, ["server", "allow_open"]) === true || isLoopback(String(host.value))) return;
  report(
    draft,
    host,
    `${host.value} can be reached from other machines and there is no master key: set SLUICE_MASTER_KEY (or SLUICE_MASTER_KEY_FILE), or SLUICE_ALLOW_OPEN=true to let everybody in`,
  );
}

/** 127.0.0.0/8, ::1 and localhost. A name that only resolves to such an address does not count. */
export function isLoopback(host: string): boolean {
  if (host.toLowerCase() === "localhost") return true;
  const version = isIP(host);
  if (version === 0) return false;
  const loopback = new BlockList();
  loopback.addSubnet("127.0.0.0", 8, "ipv4");
  loopback.addAddress("::1", "ipv6");
  return loopback.check(host, version === 6 ? "ipv6" : "ipv4");
}
