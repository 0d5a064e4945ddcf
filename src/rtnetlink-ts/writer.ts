/** One growing buffer in which messages lie one after the other, ready for one send. */
import { NLM_F_REQUEST } from "./constants.ts";
import { IPV4 } from "./ip.ts";
import type { IpAddress } from "./ip.ts";

const LARGEST_MESSAGE = 4096; // room that begin() makes sure of; attributes beyond it grow the buffer

export class NetlinkWriter {
  bytes: Uint8Array;
  /** Bytes written so far. */
  length = 0;
  /** Messages written so far. */
  count = 0;
  #view: DataView;
  #message = 0;

  constructor(capacity = 65536) {
    this.bytes = new Uint8Array(capacity);
    this.#view = new DataView(this.bytes.buffer);
  }

  clear(): void {
    this.length = 0;
    this.count = 0;
  }

  /** Starts a request; NLM_F_REQUEST is added. The port id is 0: the kernel fills it in. */
  begin(type: number, flags: number, sequence: number): void {
    this.reserve(LARGEST_MESSAGE);
    const at = this.length;
    const view = this.#view;
    this.#message = at;
    view.setUint32(at, 0, true);
    view.setUint16(at + 4, type, true);
    view.setUint16(at + 6, flags | NLM_F_REQUEST, true);
    view.setUint32(at + 8, sequence, true);
    view.setUint32(at + 12, 0, true);
    this.length = at + 16;
    this.count++;
  }

  /** Ends the message: its length goes into its header. */
  end(): void {
    this.#view.setUint32(this.#message, this.length - this.#message, true);
    while ((this.length & 3) !== 0) this.u8(0);
  }

  /** Sets flags of the message that was ended last. */
  flagLast(flags: number): void {
    if (this.count === 0) return;
    const at = this.#message + 6;
    this.#view.setUint16(at, this.#view.getUint16(at, true) | flags, true);
  }

  u8(value: number): void {
    this.reserve(1);
    this.bytes[this.length++] = value;
  }

  u16(value: number): void {
    this.reserve(2);
    this.#view.setUint16(this.length, value, true);
    this.length += 2;
  }

  u32(value: number): void {
    this.reserve(4);
    this.#view.setUint32(this.length, value, true);
    this.length += 4;
  }

  /** Network order. */
  networkU32(value: number): void {
    this.reserve(4);
    this.#view.setUint32(this.length, value, false);
    this.length += 4;
  }

  attributeU8(type: number, value: number): void {
    this.u16(5);
    this.u16(type);
    this.u32(value & 0xff); // the value and three bytes of padding
  }

  attributeU16(type: number, value: number): void {
    this.u16(6);
    this.u16(type);
    this.u32(value & 0xffff);
  }

  attributeU32(type: number, value: number): void {
    this.u16(8);
    this.u16(type);
    this.u32(value);
  }

  attributeFlag(type: number): void {
    this.u16(4);
    this.u16(type);
  }

  attributeAddress(type: number, address: IpAddress): void {
    this.attributeWords(
      type,
      address.family === IPV4,
      address.w0,
      address.w1,
      address.w2,
      address.w3,
    );
  }

  attributeWords(
    type: number,
    ipv4: boolean,
    w0: number,
    w1: number,
    w2: number,
    w3: number,
  ): void {
    this.u16(ipv4 ? 8 : 20);
    this.u16(type);
    this.networkU32(w0);
    if (ipv4) return;
    this.networkU32(w1);
    this.networkU32(w2);
    this.networkU32(w3);
  }

  attributeBytes(type: number, value: Uint8Array): void {
    this.reserve(value.length + 8);
    this.u16(attributeLength(value.length + 4));
    this.u16(type);
    this.bytes.set(value, this.length);
    this.length += value.length;
    while ((this.length & 3) !== 0) this.u8(0);
  }

  /** @returns the mark for endNested() */
  beginNested(type: number): number {
    const mark = this.length;
    this.u16(0);
    this.u16(type);
    return mark;
  }

  endNested(mark: number): void {
    this.#view.setUint16(mark, attributeLength(this.length - mark), true);
  }

  reserve(room: number): void {
    if (this.length + room <= this.bytes.length) return;
    const bytes = new Uint8Array(Math.max(this.bytes.length * 2, this.length + room));
    bytes.set(this.bytes.subarray(0, this.length));
    this.bytes = bytes;
    this.#view = new DataView(bytes.buffer);
  }
}

/** rta_len has 16 bits; a longer attribute would be read as a short one and some rubbish. */
function attributeLength(length: number): number {
  if (length > 0xffff) throw new RangeError(`an attribute of ${length} bytes has more than 65535`);
  return length;
}
