import type { Treatment } from "./fault.ts";
import type { Aggregator, PathAttributes } from "./path-attributes.ts";
import type { AsPathSegment } from "./as-path.ts";

/** Attribute flags (RFC 4271 §4.3). */
export const OPTIONAL = 0x80;
export const TRANSITIVE = 0x40;
export const PARTIAL = 0x20;
export const EXTENDED_LENGTH = 0x10;

/** What is wrong with a value, and the index of the octet that says so. */
export interface Defect {
  readonly kind: "defect";
  readonly at: number;
  readonly reason: string;
}

/** Attributes in the making; AS4_PATH and AS4_AGGREGATOR are merged into the others at the end. */
export type AttributeDraft = { -readonly [Key in keyof PathAttributes]: PathAttributes[Key] } & {
  as4Path: readonly AsPathSegment[] | undefined;
  as4Aggregator: Aggregator | undefined;
};

/** How the attributes of one UPDATE are to be read. */
export interface AttributeContext {
  readonly fourOctetAs: boolean;
  readonly external: boolean;
}

/** One attribute: a row of the table in attribute-table.ts. */
export interface AttributeRow {
  readonly type: number;
  readonly name: string;
  /** OPTIONAL and TRANSITIVE as they must be. */
  readonly flags: number;
  /**
   * Who may send it. From anybody else it is discarded unread: "internal", neighbours in our AS
   * (RFC 7606 §7.5, §7.9, §7.10); "two-octet", speakers without RFC 6793 (its §4.1).
   */
  readonly from: "anyone" | "internal" | "two-octet";
  /** What is done about wrong flags, a wrong length, and a wrong value (RFC 7606 §3 c, §7). */
  readonly wrongFlags: Treatment;
  readonly wrongLength: Treatment;
  readonly wrongValue: Treatment;
  /** The UPDATE error subcode of a wrong value. */
  readonly subcode: number;
  /** Whether a value may have so many octets. */
  isLength(length: number, context: AttributeContext): boolean;
  /** Reads the value bytes[start .. end), of a length that isLength() has let through. */
  decode(
    draft: AttributeDraft,
    bytes: Uint8Array,
    start: number,
    end: number,
    context: AttributeContext,
  ): Defect | undefined;
  /** encode() of what decode() has read is what it has read, where AS numbers have four octets. */
  readonly isVerbatim: boolean;
  /** The value; undefined where the attribute is not to be sent. */
  encode(attributes: PathAttributes, fourOctetAs: boolean): Uint8Array | undefined;
}

/** Optional and transitive, and sent on as it is: AS4_PATH and AS4_AGGREGATOR are made anew. */
export function travels(row: AttributeRow): boolean {
  return row.flags === (OPTIONAL | TRANSITIVE) && row.from !== "two-octet";
}
