// What comes in and what becomes of sessions, for a log of it (RFC 6396 §4.4).

import type { Address } from "../route/index.ts";
import type { Neighbour } from "./neighbour.ts";
import type { StateName } from "./session/index.ts";

export interface TappedPeer {
  readonly name: string;
  /** As it is configured where it has not said so itself; 0: any. */
  readonly asn: number;
  readonly localAsn: number;
  readonly remote: Address;
  /** undefined: there is no session. */
  readonly local: Address | undefined;
  /** Index of the session's interface; 0 where unknown. */
  readonly interface: number;
}

/** How an UPDATE is to be read. */
export interface UpdateForm {
  readonly fourOctetAs: boolean;
  /** Its prefixes have path identifiers (RFC 7911). */
  readonly addPath: boolean;
}

/** Called while the speaker is called. Nothing of the speaker may be called from inside. */
export interface Tap {
  /** The body of an UPDATE, bytes[start .. end), whatever is wrong with it; copy what you keep. */
  update(peer: TappedPeer, form: UpdateForm, bytes: Uint8Array, start: number, end: number): void;
  state(peer: TappedPeer, from: StateName, to: StateName): void;
}

export function tappedPeer({ name, config, session, address, up }: Neighbour): TappedPeer {
  const configured = typeof config.asn === "number" ? config.asn : 0;
  return {
    name,
    asn: up?.negotiated.peerAsn ?? configured,
    localAsn: session.settings.localAsn,
    remote: address,
    local: up?.endpoints.local,
    interface: up?.endpoints.interface ?? 0,
  };
}
