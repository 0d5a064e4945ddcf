// The part of a message that has arrived so far. Whole messages never come here: they are read
// where the transport put them.

const SMALLEST = 4096;

/**
 * Two buffers take turns: the message completed in one is still being read (its UPDATE is an
 * action not taken yet) while the next partial message goes into the other.
 */
export class ReceiveBuffer {
  #current = new Uint8Array(0);
  #other = new Uint8Array(0);
  #length = 0;
  /** Octets wanted in all before another look makes sense. */
  needed = 0;

  get length(): number {
    return this.#length;
  }

  append(bytes: Uint8Array, start: number, end: number): void {
    const length = this.#length + end - start;
    if (length > this.#current.length) this.#grow(length);
    this.#current.set(bytes.subarray(start, end), this.#length);
    this.#length = length;
  }

  /** Appends as much of the range as is `needed`; returns where the rest begins. */
  fill(bytes: Uint8Array, start: number, end: number): number {
    const stop = Math.min(end, start + this.needed - this.#length);
    this.append(bytes, start, stop);
    return stop;
  }

  /** What is there; it stays until the next `take`. */
  peek(): Uint8Array {
    return this.#current;
  }

  /** The same, and the buffer is empty. What was returned stays valid until the next `take`. */
  take(): Uint8Array {
    const taken = this.#current.subarray(0, this.#length);
    [this.#current, this.#other] = [this.#other, this.#current];
    this.#length = 0;
    return taken;
  }

  clear(): void {
    this.#length = 0;
  }

  #grow(length: number): void {
    let size = Math.max(SMALLEST, this.#current.length);
    while (size < length) size *= 2;
    const grown = new Uint8Array(size);
    grown.set(this.#current.subarray(0, this.#length));
    this.#current = grown;
  }
}
