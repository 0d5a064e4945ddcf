import type { Family } from "./family.ts";

/**
 * What RFC 7606 §2 does about a broken UPDATE, from the mildest to the strongest. Outside UPDATE
 * there is only "session-reset" (RFC 4271 §6).
 */
export type Treatment =
  "attribute-discard" | "treat-as-withdraw" | "afi-safi-disable" | "session-reset";

const STRENGTH: Readonly<Record<Treatment, number>> = {
  "attribute-discard": 0,
  "treat-as-withdraw": 1,
  "afi-safi-disable": 2,
  "session-reset": 3,
};

/** A neighbour's mistake, as a value: what to answer, where it was, and what to do about it. */
export interface Fault {
  readonly kind: "fault";
  /** NOTIFICATION error code, subcode and data (RFC 4271 §4.5) for a treatment that sends one. */
  readonly code: number;
  readonly subcode: number;
  readonly data: Uint8Array;
  /** Octets from the first octet of the message, its marker: 0 .. message length - 1. */
  readonly offset: number;
  readonly treatment: Treatment;
  /** For people: what was found and what was expected. */
  readonly reason: string;
  /** Which family "afi-safi-disable" means; undefined for every other treatment. */
  readonly family: Family | undefined;
}

/** True when `a` is a stronger treatment than `b` (RFC 7606 §3 h). */
export function isStronger(a: Treatment, b: Treatment): boolean {
  return STRENGTH[a] > STRENGTH[b];
}

/** The fault whose treatment counts (RFC 7606 §3 h): the first of the strongest; undefined of none. */
export function strongestFault(faults: readonly Fault[]): Fault | undefined {
  let strongest: Fault | undefined;
  for (const fault of faults) {
    if (strongest === undefined || isStronger(fault.treatment, strongest.treatment)) {
      strongest = fault;
    }
  }
  return strongest;
}

const NO_DATA = new Uint8Array(0);

/** A fault that resets the session. `offset` counts from the marker. */
export function resetFault(
  code: number,
  subcode: number,
  offset: number,
  reason: string,
  data: Uint8Array = NO_DATA,
): Fault {
  return {
    kind: "fault",
    code,
    subcode,
    data,
    offset,
    treatment: "session-reset",
    reason,
    family: undefined,
  };
}
