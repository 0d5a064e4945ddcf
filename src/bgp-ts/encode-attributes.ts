import { decodeAttributeList } from "./attribute-list.ts";
import { EXTENDED_LENGTH, PARTIAL } from "./attribute-row.ts";
import { ATTRIBUTE_ROWS } from "./attribute-table.ts";
import { concat, writeU16 } from "./octets.ts";
import type { PathAttributes } from "./path-attributes.ts";

export interface EncodeOptions {
  /** The reader takes four-octet AS numbers in AS_PATH and AGGREGATOR (RFC 6793). */
  readonly fourOctetAs: boolean;
}

/**
 * The attribute list, ascending by type (RFC 4271 §5), lengths as short as they can be: equal
 * attributes have equal octets. NEXT_HOP and MP_REACH_NLRI are left to UpdateWriter. A two-octet
 * reader gets AS4_PATH and AS4_AGGREGATOR where it needs them.
 */
export function encodeAttributes(attributes: PathAttributes, options: EncodeOptions): Uint8Array {
  const parts: Uint8Array[] = [];
  for (const row of ATTRIBUTE_ROWS) {
    const value = row.encode(attributes, options.fourOctetAs);
    if (value === undefined) continue;
    const flags = row.flags | (attributes.partial?.includes(row.type) ? PARTIAL : 0);
    parts.push(encodeAttribute(flags, row.type, value));
  }
  for (const { flags, type, value } of attributes.unknown) {
    parts.push(encodeAttribute(flags, type, value));
  }
  // The rows are in order; the type is the second octet.
  if (attributes.unknown.length > 0) parts.sort((a, b) => a[1] - b[1]);
  return concat(parts);
}

/**
 * What encodeAttributes() wrote with `fourOctetAs`; nextHop is undefined. Anything else is our own
 * mistake and throws.
 */
export function decodeCanonicalAttributes(bytes: Uint8Array): PathAttributes {
  const context = { fourOctetAs: true, external: false };
  const { attributes, faults } = decodeAttributeList(bytes, 0, bytes.length, 0, context, "none");
  if (faults.length > 0) throw new Error(`not canonical attributes: ${faults[0].reason}`);
  return attributes;
}

/** One attribute: flags, type, a length of one octet or, above 255, two, and the value. */
export function encodeAttribute(flags: number, type: number, value: Uint8Array): Uint8Array {
  const { length } = value;
  if (length > 0xffff) throw new RangeError(`attribute ${type} of ${length} octets`);
  const isLong = length > 255;
  const bytes = new Uint8Array((isLong ? 4 : 3) + length);
  bytes[0] = isLong ? flags | EXTENDED_LENGTH : flags & ~EXTENDED_LENGTH;
  bytes[1] = type;
  if (isLong) writeU16(bytes, 2, length);
  else bytes[2] = length;
  bytes.set(value, bytes.length - length);
  return bytes;
}
