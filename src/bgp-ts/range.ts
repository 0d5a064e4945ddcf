/** Octets bytes[start .. end) of some array. Mutable: readers reuse theirs. */
export interface Range {
  start: number;
  end: number;
}
