// The UDP sockets under BFD: one to hear a kind of session on, and one for each session to speak from.

import {
  clearEvent,
  isSystemFault,
  systemFault,
  ERRNO,
  Poller,
  UdpSocket,
} from "../sysdep/index.ts";
import type { SystemFault } from "../sysdep/index.ts";
import type { BfdSession } from "./bfd-messages.ts";

/** RFC 5881 §4, RFC 5883 §5. */
const SINGLE_HOP_PORT = 3784;
const MULTIHOP_PORT = 4784;
/** RFC 5881 §4: where packets come from. */
const FIRST_SOURCE_PORT = 49152;
const SOURCE_PORTS = 65536 - FIRST_SOURCE_PORT;
/** Ports that are tried for a session before it is given up for now. */
const ATTEMPTS = 64;
/** RFC 5881 §5. */
const TTL = 255;
/** CS6, network control (RFC 4594 §3.1): in a crowded queue these go first. */
const TRAFFIC_CLASS = 0xc0;
/** Bytes: some thousands of packets, for all neighbours speak to one socket, and a stall may be long. */
const RECEIVE_BUFFER = 4 << 20;
const ANY = [new Uint8Array(4), new Uint8Array(16)] as const;

export function portOf(multihop: boolean): number {
  return multihop ? MULTIHOP_PORT : SINGLE_HOP_PORT;
}

/** A socket for all sessions of one kind and family. */
function openReceiver(ipv6: boolean, multihop: boolean): UdpSocket | SystemFault {
  return UdpSocket.open({
    local: { address: ANY[ipv6 ? 1 : 0], port: portOf(multihop) },
    onlyTtl: multihop ? undefined : TTL,
    receiveBuffer: RECEIVE_BUFFER,
  });
}

/** `random`: uniform in [0, 1); a session's port is its own and hard to guess. */
function openSender(session: BfdSession, random: () => number): UdpSocket | SystemFault {
  const { local, scope } = session;
  let last: SystemFault = systemFault("bind", ERRNO.EADDRINUSE);
  for (let i = 0; i < ATTEMPTS; i++) {
    const port = FIRST_SOURCE_PORT + Math.floor(random() * SOURCE_PORTS);
    const address = { address: local, port, scope };
    const options = { ttl: TTL, trafficClass: TRAFFIC_CLASS, deaf: true };
    const opened = UdpSocket.open({ local: address, ...options });
    if (!isSystemFault(opened) || opened.errno !== ERRNO.EADDRINUSE) return opened;
    last = opened;
  }
  return last;
}

export type BfdSocket = Pick<UdpSocket, "close" | "fd" | "receive" | "send" | "sender">;

/** What the loop needs of the system below it. */
export interface BfdSystem {
  readonly openReceiver: (ipv6: boolean, multihop: boolean) => BfdSocket | SystemFault;
  readonly openSender: (session: BfdSession, random: () => number) => BfdSocket | SystemFault;
  readonly poller: (descriptors: readonly number[]) => Pick<Poller, "wait">;
  readonly clearEvent: (descriptor: number) => void;
}

export const SYSTEM: BfdSystem = {
  openReceiver,
  openSender,
  poller: (descriptors) => new Poller(descriptors),
  clearEvent,
};
