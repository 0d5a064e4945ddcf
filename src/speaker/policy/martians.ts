// Prefixes that nobody may announce to us: addresses which by their definition are never routed.
// Documentation and private addresses are not in the list; clusters and laboratories use them.

import { type PrefixRange, parsePrefix } from "../../route/index.ts";
import { inside } from "./range-set.ts";

const MARTIANS: readonly string[] = [
  // IPv4: the special-purpose registry (RFC 6890) and its sources. 0.0.0.0/0 is not inside the first.
  "0.0.0.0/8", // "this network", RFC 791 §3.2
  "127.0.0.0/8", // loopback, RFC 1122 §3.2.1.3
  "169.254.0.0/16", // link-local, RFC 3927
  "224.0.0.0/4", // multicast, RFC 5771
  "240.0.0.0/4", // reserved, RFC 1112 §4, with the limited broadcast
  // IPv6. 0000::/8 is reserved (RFC 4291 §4); 64:ff9b::/32 in it is for NAT64 (RFC 6052, RFC 8215).
  "::/10", // unspecified, loopback, IPv4-compatible and IPv4-mapped; up to 3f:ffff:...
  "80::/9", // the rest of 0000::/8 beyond 7f:ffff:...
  "fe80::/10", // link-local unicast, RFC 4291 §2.5.6
  "fec0::/10", // site-local, deprecated by RFC 3879
  "ff00::/8", // multicast, RFC 4291 §2.7
];

/** The ranges of the list: each prefix and whatever is inside it. */
export const DEFAULT_MARTIANS: readonly PrefixRange[] = MARTIANS.map((text) => {
  const prefix = parsePrefix(text);
  if (prefix === undefined) throw new Error(`not a prefix: ${text}`);
  return inside(prefix);
});
