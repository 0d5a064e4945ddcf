/** Walks over messages in a datagram and over attributes in a message, without an object for each. */
import { MESSAGE_HEADER_LENGTH } from "./constants.ts";
import { u16, u32 } from "./bytes.ts";

/** struct nlmsghdr: length, type, flags, sequence, port id; messages are aligned to 4 bytes. */
export class MessageCursor {
  type = 0;
  flags = 0;
  sequence = 0;
  /** nlmsg_pid: the port of the request that caused this message; 0 the kernel on its own. */
  portId = 0;
  /** The payload after the header, `start` to `end`. */
  start = 0;
  end = 0;
  bytes: Uint8Array = new Uint8Array(0);
  /** The walk ended at something that is no message: truncated or with an impossible length. */
  malformed = false;
  #next = 0;
  #limit = 0;

  /** @param end one past the last byte of the datagram */
  reset(bytes: Uint8Array, end: number): this {
    this.bytes = bytes;
    this.#next = 0;
    this.#limit = end;
    this.malformed = false;
    return this;
  }

  next(): boolean {
    const at = this.#next;
    if (at >= this.#limit) return false;
    const bytes = this.bytes;
    const length = at + MESSAGE_HEADER_LENGTH <= this.#limit ? u32(bytes, at) : 0;
    if (length < MESSAGE_HEADER_LENGTH || length > this.#limit - at) {
      this.malformed = true;
      return false;
    }
    this.type = u16(bytes, at + 4);
    this.flags = u16(bytes, at + 6);
    this.sequence = u32(bytes, at + 8);
    this.portId = u32(bytes, at + 12);
    this.start = at + MESSAGE_HEADER_LENGTH;
    this.end = at + length;
    this.#next = at + ((length + 3) & ~3);
    return true;
  }
}

/** struct rtattr: length, type; the two top bits of the type are flags (nested, network order). */
export class AttributeCursor {
  type = 0;
  /** The value, `start` to `end`. */
  start = 0;
  end = 0;
  #bytes: Uint8Array = new Uint8Array(0);
  #next = 0;
  #limit = 0;

  reset(bytes: Uint8Array, start: number, end: number): this {
    this.#bytes = bytes;
    this.#next = start;
    this.#limit = end;
    return this;
  }

  /** Ends at the last whole attribute, as the kernel's own walk does. */
  next(): boolean {
    const at = this.#next;
    if (at + 4 > this.#limit) return false;
    const length = u16(this.#bytes, at);
    if (length < 4 || length > this.#limit - at) return false;
    this.type = u16(this.#bytes, at + 2) & 0x3fff;
    this.start = at + 4;
    this.end = at + length;
    this.#next = at + ((length + 3) & ~3);
    return true;
  }

  /** The value has at least so many bytes. */
  holds(length: number): boolean {
    return this.end - this.start >= length;
  }
}
