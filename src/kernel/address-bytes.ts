import type { IpAddress } from "rtnetlink-ts";

/** The address in network order: 4 or 16 fresh bytes. */
export function addressBytes(address: IpAddress): Uint8Array {
  const words = [address.w0, address.w1, address.w2, address.w3].slice(
    0,
    address.family === 0 ? 1 : 4,
  );
  const bytes = new Uint8Array(words.length * 4);
  const view = new DataView(bytes.buffer);
  words.forEach((word, index) => view.setUint32(index * 4, word));
  return bytes;
}
