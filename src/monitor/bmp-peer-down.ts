// Peer Down Notification (RFC 7854 §4.9, RFC 9069 §5.3): a session has ended. All that was told of the
// neighbour counts as withdrawn.

import { u16 } from "bgp-ts";
import { BMP, bmpMessage, informationText } from "./bmp-message.ts";
import { type BmpPeer, peerHeader } from "./bmp-peer.ts";

const TABLE_NAME = 3;

export type PeerDownReason =
  /** With the NOTIFICATION, a whole message, that this node sent. */
  | { readonly kind: "local-notification"; readonly message: Uint8Array }
  /** Without one. `event`: of RFC 4271 §8.1, 0: none of them. */
  | { readonly kind: "local"; readonly event: number }
  | { readonly kind: "remote-notification"; readonly message: Uint8Array }
  | { readonly kind: "remote" }
  /** The neighbour is no longer monitored. */
  | { readonly kind: "not-monitored" }
  /** Loc-RIB. */
  | { readonly kind: "table"; readonly name: string };

export function peerDown(peer: BmpPeer, reason: PeerDownReason, time: number): Uint8Array {
  return bmpMessage(BMP.PEER_DOWN, peerHeader(peer, time), ...reasonOf(reason));
}

function reasonOf(reason: PeerDownReason): readonly Uint8Array[] {
  switch (reason.kind) {
    case "local-notification":
      return [Uint8Array.of(1), reason.message];
    case "local":
      return [Uint8Array.of(2), u16(reason.event)];
    case "remote-notification":
      return [Uint8Array.of(3), reason.message];
    case "remote":
      return [Uint8Array.of(4)];
    case "not-monitored":
      return [Uint8Array.of(5)];
    case "table":
      return [Uint8Array.of(6), informationText(TABLE_NAME, reason.name)];
  }
}
