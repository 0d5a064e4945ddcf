import { MESSAGE } from "./codes.ts";
import { messageOf } from "./frame.ts";

/** A KEEPALIVE: the header and nothing else (RFC 4271 §4.4). */
export function encodeKeepalive(): Uint8Array {
  return messageOf(MESSAGE.KEEPALIVE, new Uint8Array(0));
}
