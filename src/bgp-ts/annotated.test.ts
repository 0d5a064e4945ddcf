/**
 * Bytes as the tests write them: hexadecimal digits, then whatever a line says after "//".
 *
 *     annotated(`
 *       0013 // length
 *       04   // KEEPALIVE
 *     `)
 */
export function annotated(text: string): Uint8Array {
  const digits = text
    .split("\n")
    .map((line) => line.split("//")[0].replace(/\s/g, ""))
    .join("");
  if (!/^([0-9a-f]{2})*$/i.test(digits)) throw new Error(`not octets: ${digits}`);
  return Uint8Array.from(digits.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

/** A whole message around an annotated body. */
export function message(type: number, body: string): Uint8Array {
  const octets = annotated(body);
  const bytes = new Uint8Array(19 + octets.length).fill(0xff, 0, 16);
  bytes.set([bytes.length >>> 8, bytes.length & 0xff, type], 16);
  bytes.set(octets, 19);
  return bytes;
}
