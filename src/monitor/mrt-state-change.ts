// BGP4MP_STATE_CHANGE_AS4 (RFC 6396 §4.4.4).

import { concat, u16 } from "bgp-ts";
import { type MrtSession, sessionHead } from "./mrt-message.ts";
import { MRT_TYPE, mrtRecord } from "./mrt-record.ts";

const STATE_CHANGE_AS4 = 5;

/** RFC 6396 §4.4.1, as RFC 4271 spells them; numbered from 1. */
const STATES = ["Idle", "Connect", "Active", "OpenSent", "OpenConfirm", "Established"] as const;

type State = (typeof STATES)[number];

export function stateChange(session: MrtSession, from: State, to: State, time: number): Uint8Array {
  const states = concat([u16(STATES.indexOf(from) + 1), u16(STATES.indexOf(to) + 1)]);
  const parts = [sessionHead(session, true), states];
  return mrtRecord(MRT_TYPE.BGP4MP_ET, STATE_CHANGE_AS4, time, parts);
}
