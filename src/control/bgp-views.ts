// BGP's own things as `show` needs them. The shapes are those of bgp-ts (which this room does not
// import), so that what a session negotiated and what a table holds can be handed over as it is.

import type { Family } from "../route/index.ts";

interface FamilyNumbers {
  /** AFI and SAFI as IANA numbers them. */
  readonly afi: number;
  readonly safi: number;
}

/** One capability of an OPEN (RFC 5492). */
export type CapabilityView =
  | (FamilyNumbers & { readonly kind: "multiprotocol" })
  | { readonly kind: "route-refresh" }
  | { readonly kind: "enhanced-route-refresh" }
  | { readonly kind: "four-octet-as"; readonly asn: number }
  | {
      readonly kind: "graceful-restart";
      readonly restarting: boolean;
      /** Seconds. */
      readonly time: number;
      readonly families: readonly (FamilyNumbers & { readonly forwarding: boolean })[];
    }
  | {
      readonly kind: "add-path";
      readonly families: readonly (FamilyNumbers & {
        readonly send: boolean;
        readonly receive: boolean;
      })[];
    }
  | { readonly kind: "extended-message" }
  | {
      readonly kind: "extended-next-hop";
      readonly entries: readonly (FamilyNumbers & { readonly nextHopAfi: number })[];
    }
  | { readonly kind: "role"; readonly role: number }
  | {
      readonly kind: "long-lived-graceful-restart";
      /** `staleTime`: seconds. */
      readonly families: readonly (FamilyNumbers & {
        readonly forwarding: boolean;
        readonly staleTime: number;
      })[];
    }
  | { readonly kind: "unknown"; readonly code: number };

/** AS_SET 1, AS_SEQUENCE 2, AS_CONFED_SEQUENCE 3, AS_CONFED_SET 4 (RFC 4271 §4.3, RFC 5065 §3). */
export interface AsPathSegmentView {
  readonly type: 1 | 2 | 3 | 4;
  readonly asns: readonly number[];
}

/** Words in host order; IPv4 has `w0` only. */
export interface NextHopView {
  readonly family: Family;
  readonly w0: number;
  readonly w1: number;
  readonly w2: number;
  readonly w3: number;
  readonly linkLocal?: readonly [number, number, number, number] | undefined;
}

/** Path attributes of a route. Numbers that are identifiers or communities are in host order. */
export interface RouteAttributesView {
  /** IGP, EGP, INCOMPLETE. */
  readonly origin: 0 | 1 | 2;
  readonly asPath: readonly AsPathSegmentView[];
  readonly nextHop: NextHopView | undefined;
  readonly med?: number | undefined;
  readonly localPref?: number | undefined;
  readonly atomicAggregate: boolean;
  readonly aggregator?: { readonly asn: number; readonly address: number } | undefined;
  readonly communities?: readonly number[] | undefined;
  readonly originatorId?: number | undefined;
  readonly clusterList?: readonly number[] | undefined;
  /** High and low half (RFC 4360 §2). */
  readonly extendedCommunities?: readonly (readonly [number, number])[] | undefined;
  readonly largeCommunities?: readonly (readonly [number, number, number])[] | undefined;
  readonly onlyToCustomer?: number | undefined;
  readonly aigp?: bigint | undefined;
  readonly unknown: readonly {
    readonly flags: number;
    readonly type: number;
    readonly value: Uint8Array;
  }[];
}
