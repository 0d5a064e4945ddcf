// Termination (RFC 7854 §4.5): the last message of a connection that this node ends.

import { u16 } from "bgp-ts";
import { BMP, bmpMessage, informationTlv } from "./bmp-message.ts";

const REASON = 1;

export const TERMINATION_REASON = {
  ADMINISTRATIVELY_CLOSED: 0,
  UNSPECIFIED: 1,
} as const;

export function termination(reason: number): Uint8Array {
  return bmpMessage(BMP.TERMINATION, informationTlv(REASON, u16(reason)));
}
