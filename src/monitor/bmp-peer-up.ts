// Peer Up Notification (RFC 7854 §4.10): a session is Established. It holds both OPENs, by which a
// station knows how to read the UPDATEs that follow. One for all tables of a neighbour.

import { concat, u16 } from "bgp-ts";
import { type Address, addressBytes } from "../route/index.ts";
import { BMP, bmpMessage, informationText } from "./bmp-message.ts";
import { type BmpPeer, peerHeader } from "./bmp-peer.ts";

/** RFC 9069 §5.3. */
const TABLE_NAME = 3;

export interface PeerUp {
  /** This node's end; undefined: Loc-RIB, which has none. */
  readonly local: { readonly address: Address; readonly port: number } | undefined;
  readonly remotePort: number;
  /** Whole messages. */
  readonly sentOpen: Uint8Array;
  readonly receivedOpen: Uint8Array;
  /** Loc-RIB: what the table is called. */
  readonly tableName?: string;
}

export function peerUp(peer: BmpPeer, up: PeerUp, time: number): Uint8Array {
  const { local, remotePort, sentOpen, receivedOpen, tableName } = up;
  const place = new Uint8Array(16);
  if (local !== undefined) {
    const bytes = addressBytes(local.address);
    place.set(bytes, 16 - bytes.length);
  }
  return bmpMessage(
    BMP.PEER_UP,
    peerHeader(peer, time),
    place,
    concat([u16(local?.port ?? 0), u16(remotePort)]),
    sentOpen,
    receivedOpen,
    tableName === undefined ? new Uint8Array(0) : informationText(TABLE_NAME, tableName),
  );
}
