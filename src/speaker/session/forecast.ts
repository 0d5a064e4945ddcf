// What sessions would agree on that do not exist yet: for an operator who asks before a change.

import { decodeOpen, HEADER_LENGTH, type Capability, type OpenMessage } from "bgp-ts";
import type { Negotiated, Opens, Trouble } from "./actions.ts";
import { describeDownCause } from "./cause.ts";
import { localCapabilities, negotiate } from "./negotiation.ts";
import { presentedAsn, type SessionSettings } from "./settings.ts";

/** Agreement, or in words why there would be none. */
export type Forecast = Negotiated | string;

const AS_ALWAYS = { restarting: false, forwarding: [false, false] } as const;

/** With a neighbour that says in its OPEN what it said last. */
export function sessionAgain(settings: SessionSettings, { received }: Opens): Forecast {
  const open = decodeOpen(received, HEADER_LENGTH, received.length);
  if (open.kind !== "open") return open.reason;
  return outcome(negotiate(settings, open, AS_ALWAYS));
}

/** With a neighbour that nobody has heard of so far: that it can do, and wants, what we offer it. */
export function sessionWithStranger(settings: SessionSettings): Forecast {
  const ours = presentedAsn(settings);
  const { peerAsn } = settings;
  // Of another AS that is not named nothing more is known than that; 0 is nobody's (RFC 7607).
  const asn = typeof peerAsn === "number" ? peerAsn : peerAsn === "internal" ? ours : 0;
  const open: OpenMessage = {
    kind: "open",
    version: 4,
    asn,
    holdTime: settings.holdTime,
    routerId: (settings.routerId ^ 1) >>> 0,
    capabilities: localCapabilities(settings, AS_ALWAYS).flatMap((each) => mirrored(each, asn)),
  };
  return outcome(negotiate({ ...settings, roleStrict: false }, open, AS_ALWAYS));
}

function mirrored(capability: Capability, asn: number): Capability[] {
  if (capability.kind === "role") return []; // Its own would be another one.
  if (capability.kind === "four-octet-as") return [{ ...capability, asn }];
  if (capability.kind !== "add-path") return [capability];
  const families = capability.families.map((each) => ({
    ...each,
    send: each.receive,
    receive: each.send,
  }));
  return [{ ...capability, families }];
}

function outcome(
  result: { readonly negotiated: Negotiated } | { readonly trouble: Trouble },
): Forecast {
  return "negotiated" in result ? result.negotiated : describeDownCause(result.trouble.cause);
}
