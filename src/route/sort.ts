// Sorting a table's ids for `show`: least significant digit first, a byte a pass. A comparison sort
// of a million ids holds the event loop for most of a second; this does not.

/**
 * Sorts ids by address, then by length. `words`: `stride` a prefix, host order; `lengths`: bits, by
 * id. Returns the ids in one of two arrays of the same size, of which `ids` is one.
 */
export function sortByAddress(
  ids: Uint32Array,
  words: Uint32Array,
  stride: 1 | 4,
  lengths: Uint8Array,
): Uint32Array {
  let from: Uint32Array = ids;
  let to: Uint32Array = new Uint32Array(ids.length);
  const starts = new Uint32Array(257);
  const pass = (
    column: Uint8Array | Uint32Array,
    step: number,
    at: number,
    shift: number,
  ): void => {
    starts.fill(0);
    for (let i = 0; i < from.length; i++) {
      starts[((column[from[i] * step + at] >>> shift) & 255) + 1]++;
    }
    // All in one bucket: there is nothing to do, as for most words of an IPv6 table.
    if (starts.includes(from.length)) return;
    for (let digit = 0; digit < 256; digit++) starts[digit + 1] += starts[digit];
    for (let i = 0; i < from.length; i++) {
      to[starts[(column[from[i] * step + at] >>> shift) & 255]++] = from[i];
    }
    [from, to] = [to, from];
  };
  pass(lengths, 1, 0, 0);
  for (let word = stride - 1; word >= 0; word--) {
    for (let shift = 0; shift < 32; shift += 8) pass(words, stride, word, shift);
  }
  return from;
}
