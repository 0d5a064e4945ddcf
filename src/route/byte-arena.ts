// Memory for many byte strings that come and go. Pieces of one size share a chunk, and chunks are
// never moved, so growing costs nothing and holds nothing up. A chunk whose last piece is freed is
// anybody's again, so memory does not add up over sizes that are in fashion one after another.

/** An address is the number of a chunk and 16 bits of offset in it. */
const CHUNK_BITS = 16;
const CHUNK = 1 << CHUNK_BITS;
const OFFSET = CHUNK - 1;

/** As many as an address can name. */
const MOST_CHUNKS = 1 << (32 - CHUNK_BITS);

/** Pieces up to this many bytes are sized in steps of eight; longer ones in powers of two. */
const FINE = 512;
const FINE_CLASSES = FINE / 8 + 1;

/** Pieces above this have a chunk of their own, of just their size. */
const LARGEST_SHARED = CHUNK / 4;
const CLASSES = FINE_CLASSES + 5;

const LARGEST = 1 << 20;

/** Empty chunks kept at hand, so that a piece which comes and goes does not make one each time. */
const SPARES = 16;

/** End of a chunk's list of free pieces. */
const NONE = 0xffff;

/** {@link ByteArena.allocate}: there is no room. */
export const NO_ROOM = -1;

interface Chunk {
  readonly bytes: Uint8Array;
  readonly number: number;
  /** Octets of each of its pieces. */
  size: number;
  /** Pieces given out. */
  live: number;
  /** The first byte that was never given out. */
  top: number;
  /** Freed pieces: the offset of the first, which holds that of the next; {@link NONE} ends it. */
  free: number;
  /** Neighbours in the list of chunks of this size with room. */
  before: Chunk | undefined;
  after: Chunk | undefined;
}

export class ByteArena {
  readonly #maximum: number;
  readonly #chunks: (Chunk | undefined)[] = [];
  /** Numbers of chunks that are gone. */
  readonly #numbers: number[] = [];
  readonly #spares: Chunk[] = [];
  /** By class: the first of the chunks that have room. */
  readonly #room = new Array<Chunk | undefined>(CLASSES).fill(undefined);
  #live = 0;
  #bytes = 0;

  /** `maximum`: bytes that may be held; 4 GiB is the most that can be addressed. */
  constructor(maximum = 2 ** 32) {
    this.#maximum = maximum;
  }

  /** Memory held, in bytes. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Bytes given out and not freed, as rounded up. */
  get live(): number {
    return this.#live;
  }

  /** Room for `length` bytes, at most 1 MiB; the result is its address, or {@link NO_ROOM}. */
  allocate(length: number): number {
    const size = roundUp(length);
    const kind = classOf(size);
    const shared = size <= LARGEST_SHARED;
    const chunk = (shared ? this.#room[kind] : undefined) ?? this.#newChunk(size);
    if (chunk === undefined) return NO_ROOM;
    if (shared && chunk.live === 0) this.#link(kind, chunk);
    const offset = takePiece(chunk);
    if (shared && !hasRoom(chunk)) this.#unlink(kind, chunk);
    this.#live += size;
    return chunk.number * CHUNK + offset;
  }

  /** Gives a piece back; `length` is what was asked for. */
  free(address: number, length: number): void {
    const size = roundUp(length);
    const chunk = this.#at(address);
    this.#live -= size;
    if (size > LARGEST_SHARED) {
      this.#drop(chunk);
      return;
    }
    const kind = classOf(size);
    if (!hasRoom(chunk)) this.#link(kind, chunk);
    givePiece(chunk, this.offsetOf(address));
    if (chunk.live > 0) return;
    this.#unlink(kind, chunk);
    if (this.#spares.length < SPARES) this.#spares.push(chunk);
    else this.#drop(chunk);
  }

  /** The chunk that a piece lies in; the piece begins at `offsetOf(address)`. */
  chunkOf(address: number): Uint8Array {
    return this.#at(address).bytes;
  }

  offsetOf(address: number): number {
    return address & OFFSET;
  }

  /** A view of a piece, valid until it is freed. */
  view(address: number, length: number): Uint8Array {
    const offset = this.offsetOf(address);
    return this.chunkOf(address).subarray(offset, offset + length);
  }

  #at(address: number): Chunk {
    const chunk = this.#chunks[address >>> CHUNK_BITS];
    if (chunk === undefined) throw new Error(`nothing was given out at ${address}`);
    return chunk;
  }

  /** An empty chunk for pieces of a size: a spare one if that will do. */
  #newChunk(size: number): Chunk | undefined {
    const spare = size <= LARGEST_SHARED ? this.#spares.pop() : undefined;
    if (spare !== undefined) {
      spare.size = size;
      spare.top = 0;
      spare.free = NONE;
      return spare;
    }
    const length = size <= LARGEST_SHARED ? CHUNK : size;
    while (this.#bytes + length > this.#maximum) {
      const idle = this.#spares.pop();
      if (idle === undefined) return undefined;
      this.#drop(idle);
    }
    const number = this.#numbers.pop() ?? this.#chunks.length;
    if (number === MOST_CHUNKS) return undefined;
    const list = { before: undefined, after: undefined };
    const bytes = new Uint8Array(length);
    const chunk: Chunk = { bytes, number, size, live: 0, top: 0, free: NONE, ...list };
    this.#chunks[number] = chunk;
    this.#bytes += length;
    return chunk;
  }

  #drop(chunk: Chunk): void {
    this.#chunks[chunk.number] = undefined;
    this.#numbers.push(chunk.number);
    this.#bytes -= chunk.bytes.length;
  }

  #link(kind: number, chunk: Chunk): void {
    const first = this.#room[kind];
    chunk.before = undefined;
    chunk.after = first;
    if (first !== undefined) first.before = chunk;
    this.#room[kind] = chunk;
  }

  #unlink(kind: number, chunk: Chunk): void {
    const { before, after } = chunk;
    if (before === undefined) this.#room[kind] = after;
    else before.after = after;
    if (after !== undefined) after.before = before;
  }
}

function hasRoom(chunk: Chunk): boolean {
  return chunk.free !== NONE || chunk.top + chunk.size <= chunk.bytes.length;
}

function takePiece(chunk: Chunk): number {
  chunk.live++;
  const { bytes, free } = chunk;
  if (free !== NONE) {
    chunk.free = bytes[free] | (bytes[free + 1] << 8);
    return free;
  }
  const offset = chunk.top;
  chunk.top += chunk.size;
  return offset;
}

function givePiece(chunk: Chunk, offset: number): void {
  chunk.live--;
  chunk.bytes[offset] = chunk.free;
  chunk.bytes[offset + 1] = chunk.free >>> 8;
  chunk.free = offset;
}

/** The size of the piece that is given out for so many bytes. */
export function roundUp(length: number): number {
  if (length > LARGEST) throw new Error(`${length} bytes are more than the arena can hold`);
  if (length <= FINE) return Math.max(8, (length + 7) & ~7);
  return 1 << (32 - Math.clz32(length - 1));
}

/** Of a size that chunks are shared for; of a larger one a number without meaning. */
function classOf(size: number): number {
  return size <= FINE ? size >>> 3 : FINE_CLASSES + 21 - Math.clz32(size);
}
