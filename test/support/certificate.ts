// Self-signed certificates for tests of TLS, made on the spot so that no key lies in the repository (RFC 5280, X.690).
import { generateKeyPairSync, sign } from "node:crypto";

const tags = { integer: 0x02, bits: 0x03, octets: 0x04, oid: 0x06, text: 0x0c, time: 0x17, sequence: 0x30, set: 0x31 };

function node(tag: number, ...contents: Uint8Array[]): Buffer {
  const content = Buffer.concat(contents);
  return Buffer.concat([Buffer.from([tag, ...lengthOf(content.length)]), content]);
}

/** DER wants the shortest form. */
function lengthOf(length: number): number[] {
  if (length < 128) return [length];
  return length < 256 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
}

function oid(hex: string): Buffer {
  return node(tags.oid, Buffer.from(hex, "hex"));
}

// ecdsa-with-SHA256, commonName, subjectAltName.
const ecdsaSha256 = node(tags.sequence, oid("2a8648ce3d040302"));
const commonName = oid("550403");
const subjectAltName = oid("551d11");

function nameOf(text: string): Buffer {
  return node(tags.sequence, node(tags.set, node(tags.sequence, commonName, node(tags.text, Buffer.from(text)))));
}

function pem(label: string, bytes: Buffer): string {
  return `-----BEGIN ${label}-----\n${bytes.toString("base64").replace(/.{64}/g, "$&\n")}\n-----END ${label}-----\n`;
}

/** UTCTime: a year from 2000 to 2049, as YYMMDDhhmmssZ. */
export type Validity = { from: string; until: string };

/** A key and a certificate for these DNS names, valid from 2000 to 2049. Give the certificate as `ca` to the client. */
export function selfSigned(
  names: readonly string[],
  validity: Validity = { from: "000101000000Z", until: "491231235959Z" },
): { key: string; certificate: string } {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const name = nameOf(names[0] ?? "test");
  const alternatives = node(tags.sequence, ...names.map((alternative) => node(0x82, Buffer.from(alternative))));
  const extension = node(tags.sequence, subjectAltName, node(tags.octets, alternatives));
  const valid = node(
    tags.sequence,
    node(tags.time, Buffer.from(validity.from)),
    node(tags.time, Buffer.from(validity.until)),
  );
  const body = node(
    tags.sequence,
    node(0xa0, node(tags.integer, Buffer.from([2]))),
    node(tags.integer, Buffer.from([1])),
    ecdsaSha256,
    name,
    valid,
    name,
    publicKey.export({ type: "spki", format: "der" }),
    node(0xa3, node(tags.sequence, extension)),
  );
  const signature = node(tags.bits, Buffer.from([0]), sign("sha256", body, privateKey));
  return {
    key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    certificate: pem("CERTIFICATE", node(tags.sequence, body, ecdsaSha256, signature)),
  };
}
