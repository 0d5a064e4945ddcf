// AgentX messages out of a stream (RFC 2741 §6.1): a header of 20 octets, the payload's length in the
// last four. net-snmp takes whatever arrives at once for one message.

const HEADER = 20;
const VERSION = 1;
/** NETWORK_BYTE_ORDER; a master answers in the order that the subagent has opened with (§7.1.1). */
const BIG_ENDIAN = 0x10;
/** A request of a master is some hundred octets; nobody needs this much. */
const LONGEST = 1 << 20;

/** Cuts a stream into messages. */
export class AgentXFrames {
  #waiting: Buffer = Buffer.alloc(0);

  /** The messages that are complete now; undefined: this is no AgentX, and never will be again. */
  add(bytes: Buffer): Buffer[] | undefined {
    this.#waiting = this.#waiting.length === 0 ? bytes : Buffer.concat([this.#waiting, bytes]);
    const messages: Buffer[] = [];
    for (;;) {
      if (this.#waiting.length < HEADER) return messages;
      const length = this.#waiting.readUInt32BE(16);
      const isKnown = this.#waiting[0] === VERSION && (this.#waiting[2] & BIG_ENDIAN) !== 0;
      if (!isKnown || length > LONGEST) return undefined;
      const end = HEADER + length;
      if (this.#waiting.length < end) return messages;
      messages.push(this.#waiting.subarray(0, end));
      this.#waiting = this.#waiting.subarray(end);
    }
  }
}
