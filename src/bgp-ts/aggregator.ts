import { AS_TRANS } from "./as-path.ts";
import { readU16, readU32, writeU16, writeU32 } from "./octets.ts";
import type { Aggregator } from "./path-attributes.ts";

/** AGGREGATOR with an AS number of `width` octets (RFC 4271 §4.3 g, RFC 6793 §3), 6 or 8 octets. */
export function decodeAggregator(bytes: Uint8Array, at: number, width: 2 | 4): Aggregator {
  const asn = width === 4 ? readU32(bytes, at) : readU16(bytes, at);
  return { asn, address: readU32(bytes, at + width) };
}

export function encodeAggregator(aggregator: Aggregator, width: 2 | 4): Uint8Array {
  const bytes = new Uint8Array(width + 4);
  if (width === 4) writeU32(bytes, 0, aggregator.asn);
  else writeU16(bytes, 0, aggregator.asn > 0xffff ? AS_TRANS : aggregator.asn);
  writeU32(bytes, width, aggregator.address);
  return bytes;
}
