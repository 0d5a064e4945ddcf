// The BFD Control packet (RFC 5880 §4.1): bytes <-> values.

import { AUTHENTICATION, BFD_VERSION, type State } from "./codes.ts";

/** Octets of the mandatory section. */
export const MANDATORY_LENGTH = 24;
/** Octets of the authentication section of the keyed SHA1 types (RFC 5880 §4.4). */
export const SHA1_SECTION_LENGTH = 28;
/** Where the digest begins, and its octets (RFC 5880 §4.4). */
export const DIGEST_OFFSET = MANDATORY_LENGTH + 8;
export const DIGEST_LENGTH = 20;

const FLAG = {
  POLL: 0x20,
  FINAL: 0x10,
  CONTROL_PLANE_INDEPENDENT: 0x08,
  AUTHENTICATION: 0x04,
  DEMAND: 0x02,
  MULTIPOINT: 0x01,
} as const;

/** RFC 5880 §4.4. */
export interface AuthenticationSection {
  /** A value of {@link AUTHENTICATION}. */
  readonly type: number;
  /** 0 to 255. */
  readonly keyId: number;
  /** 32 bits. */
  readonly sequence: number;
}

/** Intervals are microseconds, 32 bits, as on the wire. */
export interface ControlPacket {
  readonly kind: "packet";
  readonly diagnostic: number;
  readonly state: State;
  readonly poll: boolean;
  readonly final: boolean;
  /** The C bit: the sender's BFD lives on when its control plane does not (RFC 5882 §4.3). */
  readonly controlPlaneIndependent: boolean;
  readonly demand: boolean;
  /** 1 to 255. */
  readonly detectMultiplier: number;
  /** Not 0. */
  readonly myDiscriminator: number;
  /** 0: the sender has not heard of us. */
  readonly yourDiscriminator: number;
  readonly desiredMinTx: number;
  /** 0: send nothing periodically. */
  readonly requiredMinRx: number;
  /** 0: no echo packets. */
  readonly requiredMinEchoRx: number;
  readonly authentication: AuthenticationSection | undefined;
}

/** A packet that RFC 5880 §6.8.6 lets nobody act on. There is no answer to one, only this. */
export interface Discard {
  readonly kind: "discard";
  readonly reason: string;
}

function discard(reason: string): Discard {
  return { kind: "discard", reason };
}

/**
 * Reads bytes[0 .. length): the payload of one datagram. The checks of RFC 5880 §6.8.6 that need no
 * session are made here, in its order; the digest is the session's to check.
 */
export function decodePacket(bytes: Uint8Array, length: number): ControlPacket | Discard {
  if (length < MANDATORY_LENGTH) return discard(`${length} octets are less than a packet`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, length);
  const version = bytes[0] >>> 5;
  if (version !== BFD_VERSION) return discard(`version ${version}, expected ${BFD_VERSION}`);
  const flags = bytes[1];
  const isAuthenticated = (flags & FLAG.AUTHENTICATION) !== 0;
  const said = bytes[3];
  // §6.8.6: with the A bit at least the two octets of the type and length must follow.
  if (said < MANDATORY_LENGTH + (isAuthenticated ? 2 : 0)) {
    return discard(`its length field says ${said}, which is too short`);
  }
  if (said > length) return discard(`its length field says ${said}, there are ${length} octets`);
  const detectMultiplier = bytes[2];
  if (detectMultiplier === 0) return discard("its detection multiplier is 0");
  if ((flags & FLAG.MULTIPOINT) !== 0) return discard("it has the multipoint bit");
  const myDiscriminator = view.getUint32(4);
  if (myDiscriminator === 0) return discard("its own discriminator is 0");
  const yourDiscriminator = view.getUint32(8);
  const state = (flags >>> 6) as State;
  // §6.8.6: only one who is Down or AdminDown may not know our discriminator.
  if (yourDiscriminator === 0 && state > 1) return discard("it is in a session but names none");
  const authentication = isAuthenticated ? decodeAuthentication(bytes, view, said) : undefined;
  if (authentication?.kind === "discard") return authentication;
  return {
    kind: "packet",
    diagnostic: bytes[0] & 0x1f,
    state,
    poll: (flags & FLAG.POLL) !== 0,
    final: (flags & FLAG.FINAL) !== 0,
    controlPlaneIndependent: (flags & FLAG.CONTROL_PLANE_INDEPENDENT) !== 0,
    demand: (flags & FLAG.DEMAND) !== 0,
    detectMultiplier,
    myDiscriminator,
    yourDiscriminator,
    desiredMinTx: view.getUint32(12),
    requiredMinRx: view.getUint32(16),
    requiredMinEchoRx: view.getUint32(20),
    authentication: authentication?.section,
  };
}

/** RFC 5880 §4.4, §6.7.4. Simple passwords and MD5 are not spoken here. */
function decodeAuthentication(
  bytes: Uint8Array,
  view: DataView,
  end: number,
): Discard | { readonly kind: "section"; readonly section: AuthenticationSection } {
  const type = bytes[MANDATORY_LENGTH];
  if (type !== AUTHENTICATION.KEYED_SHA1 && type !== AUTHENTICATION.METICULOUS_KEYED_SHA1) {
    return discard(`its authentication type ${type} is not spoken here`);
  }
  const length = bytes[MANDATORY_LENGTH + 1];
  if (length !== SHA1_SECTION_LENGTH || MANDATORY_LENGTH + length !== end) {
    return discard(`its authentication section has ${length} octets`);
  }
  const section = {
    type,
    keyId: bytes[MANDATORY_LENGTH + 2],
    sequence: view.getUint32(MANDATORY_LENGTH + 4),
  };
  return { kind: "section", section };
}

/** A whole packet; with authentication the digest is all zeros still. */
export function encodePacket(packet: Omit<ControlPacket, "kind">): Uint8Array {
  const { authentication } = packet;
  const length = MANDATORY_LENGTH + (authentication === undefined ? 0 : SHA1_SECTION_LENGTH);
  const bytes = new Uint8Array(length);
  const view = new DataView(bytes.buffer);
  bytes[0] = (BFD_VERSION << 5) | packet.diagnostic;
  bytes[1] =
    (packet.state << 6) |
    (packet.poll ? FLAG.POLL : 0) |
    (packet.final ? FLAG.FINAL : 0) |
    (packet.controlPlaneIndependent ? FLAG.CONTROL_PLANE_INDEPENDENT : 0) |
    (authentication === undefined ? 0 : FLAG.AUTHENTICATION) |
    (packet.demand ? FLAG.DEMAND : 0);
  bytes[2] = packet.detectMultiplier;
  bytes[3] = length;
  view.setUint32(4, packet.myDiscriminator);
  view.setUint32(8, packet.yourDiscriminator);
  view.setUint32(12, packet.desiredMinTx);
  view.setUint32(16, packet.requiredMinRx);
  view.setUint32(20, packet.requiredMinEchoRx);
  if (authentication !== undefined) {
    bytes[MANDATORY_LENGTH] = authentication.type;
    bytes[MANDATORY_LENGTH + 1] = SHA1_SECTION_LENGTH;
    bytes[MANDATORY_LENGTH + 2] = authentication.keyId;
    view.setUint32(MANDATORY_LENGTH + 4, authentication.sequence);
  }
  return bytes;
}
