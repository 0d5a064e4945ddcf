import type { Defect } from "./attribute-row.ts";
import { readU16, readU32, writeU16, writeU32 } from "./octets.ts";

/** The one TLV that RFC 7311 §3 defines: type 1, length 11 with its three octets of head, 64 bits. */
const AIGP_TLV = 1;
const AIGP_TLV_LENGTH = 11;
const HEAD = 3;

/**
 * The metric of AIGP at bytes[start .. end): the first AIGP TLV's. Undefined where there is none;
 * other TLVs are stepped over (RFC 7311 §3).
 */
export function decodeAigp(
  bytes: Uint8Array,
  start: number,
  end: number,
): bigint | undefined | Defect {
  let metric: bigint | undefined;
  let at = start;
  while (at < end) {
    if (end - at < HEAD) return { kind: "defect", at, reason: "AIGP TLV is cut short" };
    const length = readU16(bytes, at + 1);
    const isMetric = bytes[at] === AIGP_TLV;
    if (length < HEAD || at + length > end || (isMetric && length !== AIGP_TLV_LENGTH)) {
      const reason = `AIGP TLV of type ${bytes[at]} cannot be ${length} octets long`;
      return { kind: "defect", at: at + 1, reason };
    }
    if (isMetric) {
      metric ??= (BigInt(readU32(bytes, at + HEAD)) << 32n) | BigInt(readU32(bytes, at + HEAD + 4));
    }
    at += length;
  }
  return metric;
}

export function encodeAigp(metric: bigint): Uint8Array {
  const bytes = new Uint8Array(AIGP_TLV_LENGTH);
  bytes[0] = AIGP_TLV;
  writeU16(bytes, 1, AIGP_TLV_LENGTH);
  writeU32(bytes, HEAD, Number(metric >> 32n));
  writeU32(bytes, HEAD + 4, Number(metric & 0xffffffffn));
  return bytes;
}
