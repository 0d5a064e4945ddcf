// Memory for many short byte strings that come and go. Chunks are never moved, so growing costs
// nothing and holds nothing up; a freed piece goes to a list of its size and is the next to be
// given out, so a table that is loaded and emptied again and again stays as large as it once was.

/** Chunks grow from the first size to the last; an address has 20 bits inside its chunk. */
const FIRST_CHUNK = 1 << 14;
const LAST_CHUNK = 1 << 20;
const CHUNK_BITS = 20;

/** Pieces up to this many bytes are sized in steps of eight; longer ones in powers of two. */
const FINE = 512;
const FINE_CLASSES = FINE / 8 + 1;
const CLASSES = FINE_CLASSES + 12;

/** The end of a list of free pieces. */
const NONE = 0xffffffff;

export class ByteArena {
  #chunks: Uint8Array[] = [];
  /** The first byte never given out of the last chunk. */
  #top = 0;
  readonly #free = new Uint32Array(CLASSES).fill(NONE);
  #live = 0;
  #bytes = 0;

  /** Memory held, in bytes. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Bytes given out and not freed, as rounded up. */
  get live(): number {
    return this.#live;
  }

  /** Room for `length` bytes, at most 1 MiB; the result is its address. */
  allocate(length: number): number {
    const kind = classOf(length);
    const size = sizeOf(kind);
    this.#live += size;
    const address = this.#free[kind];
    if (address !== NONE) {
      this.#free[kind] = this.#readLink(address);
      return address;
    }
    const last = this.#chunks.at(-1);
    if (last === undefined || this.#top + size > last.length) this.#addChunk(size);
    const offset = this.#top;
    this.#top += size;
    return (((this.#chunks.length - 1) << CHUNK_BITS) | offset) >>> 0;
  }

  /** Gives a piece back; `length` is what was asked for. */
  free(address: number, length: number): void {
    const kind = classOf(length);
    this.#live -= sizeOf(kind);
    if (this.#live === 0) {
      this.#reset();
      return;
    }
    this.#writeLink(address, this.#free[kind]);
    this.#free[kind] = address;
  }

  /** The chunk that a piece lies in; the piece begins at `offsetOf(address)`. */
  chunkOf(address: number): Uint8Array {
    return this.#chunks[address >>> CHUNK_BITS];
  }

  offsetOf(address: number): number {
    return address & (LAST_CHUNK - 1);
  }

  /** A view of a piece, valid until it is freed. */
  view(address: number, length: number): Uint8Array {
    const offset = this.offsetOf(address);
    return this.chunkOf(address).subarray(offset, offset + length);
  }

  #addChunk(atLeast: number): void {
    const chunks = this.#chunks.length;
    if (chunks === 1 << (32 - CHUNK_BITS)) throw new Error("the arena is full: 4 GiB");
    const doubled = FIRST_CHUNK * 2 ** chunks;
    const chunk = new Uint8Array(Math.max(Math.min(doubled, LAST_CHUNK), atLeast));
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    this.#top = 0;
  }

  /** Nothing is in use: all but the first chunk go back to the system, and no gaps are left. */
  #reset(): void {
    this.#chunks = this.#chunks.slice(0, 1);
    this.#bytes = this.#chunks[0].length;
    this.#top = 0;
    this.#free.fill(NONE);
  }

  #readLink(address: number): number {
    const chunk = this.chunkOf(address);
    const at = this.offsetOf(address);
    const low = chunk[at] | (chunk[at + 1] << 8) | (chunk[at + 2] << 16);
    return (low | (chunk[at + 3] << 24)) >>> 0;
  }

  #writeLink(address: number, link: number): void {
    const chunk = this.chunkOf(address);
    const at = this.offsetOf(address);
    chunk[at] = link;
    chunk[at + 1] = link >>> 8;
    chunk[at + 2] = link >>> 16;
    chunk[at + 3] = link >>> 24;
  }
}

function classOf(length: number): number {
  if (length > LAST_CHUNK) throw new Error(`${length} bytes are more than the arena can hold`);
  if (length <= FINE) return Math.max(1, (length + 7) >>> 3);
  return FINE_CLASSES + (22 - Math.clz32(length - 1));
}

function sizeOf(kind: number): number {
  return kind < FINE_CLASSES ? kind * 8 : 1024 << (kind - FINE_CLASSES);
}
