// Route Monitoring (RFC 7854 §4.6): one UPDATE each, as a whole BGP message.

import { writeU32 } from "bgp-ts";
import { BMP, BMP_HEADER_LENGTH, bmpMessage } from "./bmp-message.ts";
import { PEER_HEADER_LENGTH } from "./bmp-peer.ts";

const OVERHEAD = BMP_HEADER_LENGTH + PEER_HEADER_LENGTH;

/**
 * `updates`: whole BGP messages, one behind another; each is put into a message of its own. `header`:
 * from peerHeader().
 */
export function routeMonitoring(header: Uint8Array, updates: Uint8Array): Uint8Array {
  const empty = bmpMessage(BMP.ROUTE_MONITORING, header);
  const bytes = new Uint8Array(updates.length + countMessages(updates) * OVERHEAD);
  let to = 0;
  for (let from = 0; from < updates.length;) {
    const length = messageLength(updates, from);
    bytes.set(empty, to);
    writeU32(bytes, to + 1, OVERHEAD + length);
    bytes.set(updates.subarray(from, from + length), to + OVERHEAD);
    to += OVERHEAD + length;
    from += length;
  }
  return bytes;
}

function countMessages(updates: Uint8Array): number {
  let count = 0;
  for (let at = 0; at < updates.length; count++) at += messageLength(updates, at);
  return count;
}

/** In octets 16 and 17 of a message (RFC 4271 §4.1). */
function messageLength(bytes: Uint8Array, at: number): number {
  return (bytes[at + 16] << 8) | bytes[at + 17];
}
