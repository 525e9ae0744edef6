// Which IP addresses belong to the public internet. Pure: no name is resolved here.
import { BlockList, isIP } from "node:net";

type Block = readonly [network: string, prefixBits: number];

// IANA IPv4 Special-Purpose Address Registry, multicast (RFC 5771) and class E (RFC 1112), as of 2026-11.
const reservedV4: readonly Block[] = [
  ["0.0.0.0", 8], // this network
  ["10.0.0.0", 8], // private
  ["100.64.0.0", 10], // carrier-grade NAT; Alibaba's metadata service
  ["127.0.0.0", 8], // loopback
  ["169.254.0.0", 16], // link-local; most clouds' metadata service
  ["172.16.0.0", 12], // private
  ["192.0.0.0", 24], // protocol assignments; Oracle's metadata service
  ["192.0.2.0", 24], // documentation
  ["192.88.99.0", 24], // 6to4 relays
  ["192.168.0.0", 16], // private
  ["198.18.0.0", 15], // benchmarks
  ["198.51.100.0", 24], // documentation
  ["203.0.113.0", 24], // documentation
  ["224.0.0.0", 4], // multicast
  ["240.0.0.0", 4], // reserved, broadcast
  ["168.63.129.16", 32], // Azure's metadata and DNS, in public space
];

/** Everything else is not global unicast: loopback, link-local, ULA, multicast, v4-mapped, NAT64. */
const globalV6: Block = ["2000::", 3];

// IANA IPv6 Special-Purpose Address Registry: what lies inside global unicast, the ways to write an IPv4 address among it.
const reservedV6: readonly Block[] = [
  ["2001::", 23], // protocol assignments, with Teredo and ORCHID
  ["2001:db8::", 32], // documentation
  ["2002::", 16], // 6to4
  ["3fff::", 20], // documentation
];

function listOf(blocks: readonly Block[], family: "ipv4" | "ipv6"): BlockList {
  const list = new BlockList();
  for (const [network, prefixBits] of blocks) list.addSubnet(network, prefixBits, family);
  return list;
}

// One list per family: a list with rules of both applies the IPv4 ones to v4-mapped addresses.
const reserved = { 4: listOf(reservedV4, "ipv4"), 6: listOf(reservedV6, "ipv6") };
const global6 = listOf([globalV6], "ipv6");

/** True for a unicast address of the public internet. False for all others, and for text that is not an address. */
export function isPublicAddress(ip: string): boolean {
  // A zone ("%eth0") only means something on this machine.
  if (ip.includes("%")) return false;
  const family = isIP(ip);
  if (family === 4) return !reserved[4].check(ip, "ipv4");
  return family === 6 && global6.check(ip, "ipv6") && !reserved[6].check(ip, "ipv6");
}
