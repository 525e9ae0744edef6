// A provider's own TLS: the private authority that it is trusted by, and the certificate that we show it.
import { readFileSync } from "node:fs";

export type Trust = { ca?: string; cert?: string; key?: string };

export type TrustSettings = {
  readonly ca_file?: string;
  readonly client_cert_file?: string;
  readonly client_key_file?: string;
};

type Problem = { setting: string; message: string };

/** Reads the files. Undefined where none is named. */
export function openTrust(settings: TrustSettings): Trust | Problem | undefined {
  const { client_cert_file: certificate, client_key_file: key } = settings;
  if ((certificate === undefined) !== (key === undefined)) {
    return { setting: "client_cert_file", message: "client_cert_file and client_key_file go together" };
  }
  const trust: Trust = {};
  for (const [name, field] of fields) {
    const path = settings[name];
    if (path === undefined) continue;
    const read = readPem(path);
    if (read === undefined) return { setting: name, message: `${path} cannot be read, or holds nothing in PEM` };
    trust[field] = read;
  }
  return Object.keys(trust).length === 0 ? undefined : Object.freeze(trust);
}

const fields = [
  ["ca_file", "ca"],
  ["client_cert_file", "cert"],
  ["client_key_file", "key"],
] as const;

function readPem(path: string): string | undefined {
  try {
    const text = readFileSync(path, "utf8");
    return text.includes("-----BEGIN ") ? text : undefined;
  } catch {
    return undefined;
  }
}
