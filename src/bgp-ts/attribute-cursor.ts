import { EXTENDED_LENGTH } from "./attribute-row.ts";
import { readU16 } from "./octets.ts";

/**
 * Walks over the path attributes of an UPDATE (RFC 4271 §4.3). After next() has said true the
 * fields describe one attribute; after false, `broken` says whether the list came to its end or
 * its lengths contradict each other (RFC 7606 §4).
 */
export class AttributeCursor {
  flags = 0;
  type = 0;
  /** Index of the first octet of the attribute, its flags. */
  at = 0;
  /** The value: bytes[start .. end). */
  start = 0;
  end = 0;
  /** Undefined, or what is wrong with the attribute at `at`. */
  broken: string | undefined = undefined;

  #bytes: Uint8Array = new Uint8Array(0);
  #limit = 0;

  /** Begins with the attributes in bytes[start .. end). */
  reset(bytes: Uint8Array, start: number, end: number): void {
    this.#bytes = bytes;
    this.#limit = end;
    this.end = start;
    this.broken = undefined;
  }

  next(): boolean {
    const at = this.end;
    const left = this.#limit - at;
    if (left === 0 || this.broken !== undefined) return false;
    const bytes = this.#bytes;
    this.at = at;
    const headLength = (bytes[at] & EXTENDED_LENGTH) !== 0 ? 4 : 3;
    if (left < headLength) {
      this.broken = `${left} octets are too few for an attribute`;
      return false;
    }
    this.flags = bytes[at];
    this.type = bytes[at + 1];
    this.start = at + headLength;
    const length = headLength === 4 ? readU16(bytes, at + 2) : bytes[at + 2];
    if (length > left - headLength) {
      this.broken = `attribute ${this.type} of ${length} octets overruns the ${left - headLength} left`;
      return false;
    }
    this.end = this.start + length;
    return true;
  }
}
