// For the tests of one session: a neighbour that is a script of bytes. No tests in here.

import assert from "node:assert/strict";
import { encodeKeepalive, encodeOpen, frameMessage, type Capability } from "bgp-ts";
import type { SessionAction } from "./actions.ts";
import { Pace } from "./pace.ts";
import { Session } from "./session.ts";
import { DEFAULT_SETTINGS, type SessionSettings } from "./settings.ts";

export const SETTINGS: SessionSettings = {
  ...DEFAULT_SETTINGS,
  localAsn: 64512,
  peerAsn: 64600,
  routerId: 0xc0a80165, // 192.168.1.101
};
export const PEER_ID = 0xc0a80101; // 192.168.1.1
const IPV4_UNICAST: Capability = { kind: "multiprotocol", afi: 1, safi: 1 };
export const KEEPALIVE = encodeKeepalive();
export const OURS = 1;
export const THEIRS = 2;

type PeerOpen = Parameters<typeof encodeOpen>[0];
export function peerOpen(change: Partial<PeerOpen> = {}): Uint8Array {
  const capabilities: Capability[] = [
    IPV4_UNICAST,
    { kind: "route-refresh" },
    { kind: "four-octet-as", asn: change.asn ?? 64600 },
  ];
  return encodeOpen({ asn: 64600, holdTime: 90, routerId: PEER_ID, capabilities, ...change });
}

/** An UPDATE of 23 octets: nothing withdrawn, no attributes (End-of-RIB, RFC 4724 §2). */
// prettier-ignore
export const END_OF_RIB = Uint8Array.of(
  255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, // marker
  0, 23, // length
  2, // UPDATE
  0, 0, // withdrawn routes length
  0, 0, // path attributes length
);

export class Script {
  readonly session: Session;
  now = 0;

  /** `waiting`: so many other neighbours connect first. */
  constructor(change: Partial<SessionSettings> = {}, random = 1, waiting = 0) {
    const pace = new Pace();
    for (let i = 0; i < waiting; i++) pace.turn(0);
    this.session = new Session({ ...SETTINGS, ...change }, () => random, pace);
  }

  /** Up to OpenSent on our own connection. */
  openSent(): this {
    this.session.start(this.now);
    this.session.connected(OURS, this.now, { incoming: false });
    return this;
  }

  /** Up to Established. The actions so far are gone. */
  established(open = peerOpen()): this {
    this.openSent().receive(open, KEEPALIVE);
    assert.equal(this.session.state, "Established");
    this.session.take();
    return this;
  }

  receive(...messages: Uint8Array[]): this {
    for (const message of messages) {
      this.session.receive(OURS, message, 0, message.length, this.now);
    }
    return this;
  }

  /** Lets time pass, deadline by deadline. */
  pass(seconds: number): this {
    const end = this.now + seconds * 1000;
    while (this.session.nextDeadline() <= end) {
      this.now = Math.max(this.now, this.session.nextDeadline());
      this.session.expire(this.now);
    }
    this.now = end;
    return this;
  }

  take(): SessionAction[] {
    return this.session.take();
  }

  /** Messages sent since the last look, in short: "OPEN", "NOTIFICATION 2/2 data". */
  sent(connection = OURS): string[] {
    return this.take().flatMap((action) =>
      action.kind === "send" && action.connection === connection ? [inShort(action.bytes)] : [],
    );
  }
}

export function inShort(bytes: Uint8Array): string {
  const frame = frameMessage(bytes, 0, bytes.length, 65535);
  assert.equal(frame.kind, "message");
  if (frame.kind !== "message") return "";
  assert.equal(frame.total, bytes.length, "one message");
  if (frame.type !== 3) return ["", "OPEN", "UPDATE", "", "KEEPALIVE", "ROUTE-REFRESH"][frame.type];
  const [code, subcode, ...data] = bytes.subarray(frame.start, frame.end);
  return ["NOTIFICATION", `${code}/${subcode}`, ...data].join(" ");
}

export function kinds(actions: readonly SessionAction[]): string[] {
  return actions.map((action) => action.kind);
}
