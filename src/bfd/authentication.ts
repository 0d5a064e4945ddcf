// Keyed SHA1 and Meticulous Keyed SHA1 (RFC 5880 §6.7.4): the digest is over the whole packet with
// the key, padded with zeros, in the digest's place.
//
// Two deviations. A first packet's sequence number counts only when its digest is right (the RFC notes
// it before it has looked, so that anybody could choose the window). And the number sent grows with
// every packet for both types, where the RFC only asks the meticulous one to: no packet is then good
// twice.

import { AUTHENTICATION } from "./codes.ts";
import { type AuthenticationSection, DIGEST_LENGTH, DIGEST_OFFSET } from "./packet.ts";

export interface AuthenticationSettings {
  readonly type: "sha1" | "meticulous-sha1";
  /** 0 to 255; the neighbour's must be the same. */
  readonly keyId: number;
  /** 1 to 20 octets. */
  readonly key: Uint8Array;
}

/** FIPS 180-1: any octets to 20. A P room has no cryptography of its own. */
export type Sha1 = (bytes: Uint8Array) => Uint8Array;

export class Authentication {
  readonly #settings: AuthenticationSettings;
  readonly #sha1: Sha1;
  readonly #key = new Uint8Array(DIGEST_LENGTH);
  /** bfd.XmitAuthSeq. */
  #sent: number;
  /** bfd.RcvAuthSeq; -1: bfd.AuthSeqKnown is 0. */
  #received = -1;

  /** `first`: the sequence number to begin with, any 32 bits (RFC 5880 §6.8.1: at random). */
  constructor(settings: AuthenticationSettings, sha1: Sha1, first: number) {
    this.#settings = settings;
    this.#sha1 = sha1;
    this.#sent = first >>> 0;
    this.#key.set(settings.key.subarray(0, DIGEST_LENGTH));
  }

  /** The section of the next packet. */
  next(): AuthenticationSection {
    this.#sent = (this.#sent + 1) >>> 0;
    const { keyId } = this.#settings;
    return { type: this.#type, keyId, sequence: this.#sent };
  }

  /** Puts the digest into an encoded packet. */
  sign(packet: Uint8Array): void {
    packet.set(this.#key, DIGEST_OFFSET);
    packet.set(this.#sha1(packet), DIGEST_OFFSET);
  }

  /**
   * Why a packet is not to be believed; undefined when it is. `packet`: its octets, all of them.
   * `detectMultiplier`: what the packet says, for as many may be lost; it is the width of the window.
   */
  refuse(
    packet: Uint8Array,
    section: AuthenticationSection | undefined,
    detectMultiplier: number,
  ): string | undefined {
    if (section === undefined) return "it is not authenticated";
    if (section.type !== this.#type) return "it has the other authentication type";
    if (section.keyId !== this.#settings.keyId) return `it has key ${section.keyId}`;
    if (!this.#isInWindow(section.sequence, detectMultiplier)) return "it is a repetition";
    if (!this.#isSigned(packet)) return "its digest is wrong";
    this.#received = section.sequence;
    return undefined;
  }

  /** Nothing has come for twice the detection time: any number may be the next (RFC 5880 §6.8.1). */
  forget(): void {
    this.#received = -1;
  }

  get #type(): number {
    return this.#settings.type === "sha1"
      ? AUTHENTICATION.KEYED_SHA1
      : AUTHENTICATION.METICULOUS_KEYED_SHA1;
  }

  /** RFC 5880 §6.7.4: a circular space of 32 bits. */
  #isInWindow(sequence: number, detectMultiplier: number): boolean {
    if (this.#received < 0) return true;
    const ahead = (sequence - this.#received) >>> 0;
    const least = this.#settings.type === "meticulous-sha1" ? 1 : 0;
    return ahead >= least && ahead <= 3 * detectMultiplier;
  }

  #isSigned(packet: Uint8Array): boolean {
    const copy = packet.slice();
    copy.set(this.#key, DIGEST_OFFSET);
    const expected = this.#sha1(copy);
    // All octets are looked at, so that the time it takes says nothing.
    let different = 0;
    for (let i = 0; i < DIGEST_LENGTH; i++) different |= expected[i] ^ packet[DIGEST_OFFSET + i];
    return different === 0;
  }
}
