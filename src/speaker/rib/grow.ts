// Typed arrays that double.

export function grown32(from: Uint32Array, needed: number): Uint32Array<ArrayBuffer> {
  const to = new Uint32Array(Math.max(needed, from.length * 2));
  to.set(from);
  return to;
}

export function grown16(from: Uint16Array, needed: number): Uint16Array<ArrayBuffer> {
  const to = new Uint16Array(Math.max(needed, from.length * 2));
  to.set(from);
  return to;
}

export function grown8(from: Uint8Array, needed: number): Uint8Array<ArrayBuffer> {
  const to = new Uint8Array(Math.max(needed, from.length * 2));
  to.set(from);
  return to;
}
