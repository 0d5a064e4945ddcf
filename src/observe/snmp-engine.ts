// Which engine a request of SNMPv3 is for (RFC 3412 §6, RFC 3414 §2.4). net-snmp makes a key for whatever
// engine a request names, which takes milliseconds, keeps them all, and answers what was meant for others.

const [INTEGER, OCTETS, SEQUENCE, GET_REQUEST] = [0x02, 0x04, 0x30, 0xa0] as const;
const VERSION_3 = 3;
/** msgSecurityModel. */
const USM = 3;
/** In msgFlags: whoever asks wants to be told what is wrong. */
const REPORTABLE = 4;
/** 65507 octets: what net-snmp says that it takes. */
const LARGEST = Buffer.from([0, 0xff, 0xe3]);

/**
 * The request that is to be answered for `bytes`: those themselves, if they are for `ours`, or name no
 * engine. If they are for another one: a question for the engine, of the same number, whose answer tells
 * which this is (RFC 3414 §3.2, step 3). undefined: nothing at all; so it is of another version, and of what
 * cannot be read here, for net-snmp reads more (other tags, lengths that do not fit), and finds an engine there.
 */
export function addressed(bytes: Buffer, ours: Buffer): Buffer | undefined {
  const message = new Reader(bytes).inside(SEQUENCE);
  if (message?.integer() !== VERSION_3) return undefined;
  const header = message.inside(SEQUENCE);
  const id = header?.next(INTEGER);
  header?.next(INTEGER);
  const flags = header?.next(OCTETS);
  const model = header?.integer();
  const engine = message.inside(OCTETS)?.inside(SEQUENCE)?.next(OCTETS);
  if (id === undefined || id.length > 4 || flags?.length !== 1 || engine === undefined)
    return undefined;
  if (model !== USM || header?.isAtEnd !== true) return undefined;
  if (engine.length === 0 || engine.equals(ours)) return bytes;
  return (flags[0] & REPORTABLE) === 0 ? undefined : discovery(id);
}

/** RFC 3414 §4: nobody asks for nothing. */
function discovery(id: Buffer): Buffer {
  const none = octets(OCTETS);
  // Three is the version, and the security model: USM.
  const [zero, three] = [0, VERSION_3].map((value) => octets(INTEGER, Buffer.from([value])));
  const flags = octets(OCTETS, Buffer.from([REPORTABLE]));
  const header = octets(SEQUENCE, octets(INTEGER, id), octets(INTEGER, LARGEST), flags, three);
  const security = octets(OCTETS, octets(SEQUENCE, none, zero, zero, none, none, none));
  const request = octets(GET_REQUEST, zero, zero, zero, octets(SEQUENCE));
  return octets(SEQUENCE, three, header, security, octets(SEQUENCE, none, none, request));
}

/** Its tag, its length, below 128, and what is in it. */
function octets(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  return Buffer.concat([Buffer.from([tag, content.length]), content]);
}

/** One value after the other (BER); undefined: it is another one, or not there. */
class Reader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  next(tag: number): Buffer | undefined {
    const bytes = this.#bytes;
    const short = bytes[this.#at + 1];
    if (bytes[this.#at] !== tag || short === undefined) return undefined;
    const more = short < 0x80 ? 0 : short & 0x7f;
    const from = this.#at + 2 + more;
    if (more > 4 || from > bytes.length) return undefined;
    const length = more === 0 ? short & 0x7f : bytes.readUIntBE(this.#at + 2, more);
    if (from + length > bytes.length) return undefined;
    this.#at = from + length;
    return bytes.subarray(from, from + length);
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  inside(tag: number): Reader | undefined {
    const found = this.next(tag);
    return found && new Reader(found);
  }

  /** A small one. */
  integer(): number | undefined {
    const found = this.next(INTEGER);
    return found?.length === 1 ? found[0] : undefined;
  }
}
