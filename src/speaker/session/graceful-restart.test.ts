import assert from "node:assert/strict";
import { test } from "node:test";
import { CEASE, ERROR } from "bgp-ts";
import { causeOfNotification, causeOfReset, downCause, type DownCause } from "./cause.ts";
import { mayBeRestart, type RestartTerms } from "./graceful-restart.ts";

const OLD: RestartTerms = {
  time: 120,
  families: [true, true],
  forwarding: [true, true],
  restarting: false,
  notification: false,
  longLived: false,
  staleTime: [0, 0],
  longLivedForwarding: [false, false],
};
const NEW: RestartTerms = { ...OLD, notification: true };

function said(code: number, subcode = 0, ...octets: number[]): DownCause {
  const data = Uint8Array.from(octets);
  return causeOfNotification({ kind: "notification", code, subcode, data });
}

/** [without the N bit, with it] */
function judged(cause: DownCause): [boolean, boolean] {
  assert.equal(mayBeRestart(cause, undefined), false, "not negotiated");
  return [mayBeRestart(cause, OLD), mayBeRestart(cause, NEW)];
}

test("a connection that ends without a word may be a restart (RFC 4724 §4.2)", () => {
  assert.deepEqual(judged(downCause("closed")), [true, true]);
  assert.deepEqual(judged(downCause("path-lost")), [true, true]);
});

test("hold timers and NOTIFICATIONs may be one with the N bit alone (RFC 8538 §4)", () => {
  for (const cause of [
    downCause("hold-timer", "", ERROR.HOLD_TIMER_EXPIRED),
    downCause("update-error", "", ERROR.UPDATE, 1),
    said(ERROR.HOLD_TIMER_EXPIRED),
    said(ERROR.UPDATE, 3),
    said(ERROR.CEASE, CEASE.ADMINISTRATIVE_SHUTDOWN),
    said(ERROR.CEASE, CEASE.CONNECTION_COLLISION_RESOLUTION),
    downCause("administrative", "", ERROR.CEASE, CEASE.ADMINISTRATIVE_RESET),
    downCause("settings-changed", "hold time changed"),
  ]) {
    assert.deepEqual(judged(cause), [false, true], cause.kind);
  }
});

test("a Hard Reset is none, nor is what we send as one", () => {
  for (const cause of [
    said(ERROR.CEASE, CEASE.HARD_RESET),
    said(ERROR.CEASE, CEASE.HARD_RESET, ERROR.CEASE, CEASE.ADMINISTRATIVE_RESET),
    downCause("administrative", "", ERROR.CEASE, CEASE.ADMINISTRATIVE_SHUTDOWN),
    downCause("administrative", "", ERROR.CEASE, CEASE.PEER_DE_CONFIGURED),
    causeOfReset(CEASE.BFD_DOWN, ""),
    causeOfReset(CEASE.MAXIMUM_NUMBER_OF_PREFIXES_REACHED, ""),
    downCause("left-for-restart"),
  ]) {
    assert.deepEqual(judged(cause), [false, false], cause.kind);
  }
});
