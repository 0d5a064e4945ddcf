import assert from "node:assert/strict";
import { test } from "node:test";
import { encodeShutdownCommunication, hardReset } from "bgp-ts";
import {
  causeOfConnectError,
  causeOfNotification,
  describeDownCause,
  downCause,
  isVersionError,
  pauseAfter,
  whoEnded,
} from "./cause.ts";

function received(code: number, subcode: number) {
  return { kind: "notification", code, subcode, data: new Uint8Array(0) } as const;
}

const COMMUNICATION = encodeShutdownCommunication("moving racks");

test("a received NOTIFICATION: what passes by itself, what waits for a person", () => {
  const pauses: readonly [number, number, string][] = [
    [1, 2, "growing"], // Message Header Error
    [2, 2, "growing"], // OPEN: Bad Peer AS
    [2, 7, "growing"], // OPEN: Unsupported Capability
    [3, 1, "growing"], // UPDATE
    [4, 0, "short"], // Hold Timer Expired
    [5, 1, "growing"], // FSM
    [6, 0, "short"], // Cease of an older daemon
    [6, 1, "growing"], // Maximum Number of Prefixes Reached
    [6, 2, "growing"], // Administrative Shutdown
    [6, 3, "growing"], // Peer De-configured
    [6, 4, "short"], // Administrative Reset
    [6, 5, "growing"], // Connection Rejected
    [6, 6, "short"], // Other Configuration Change
    [6, 7, "none"], // Connection Collision Resolution
    [6, 8, "growing"], // Out of Resources
    [6, 9, "short"], // Hard Reset
    [6, 10, "short"], // BFD Down
    [8, 0, "short"], // Send Hold Timer Expired
    [99, 1, "growing"], // unknown
  ];
  for (const [code, subcode, pause] of pauses) {
    const cause = causeOfNotification(received(code, subcode));
    assert.equal(pauseAfter(cause), pause, `${code}/${subcode}`);
    assert.equal(whoEnded(cause), "remote");
  }
});

test("Event 24 is the version error alone", () => {
  assert.equal(isVersionError(received(2, 1)), true);
  assert.equal(isVersionError(received(2, 2)), false);
  assert.equal(isVersionError(received(3, 1)), false);
});

test("errors of connect, as the kernel and Node.js name them", () => {
  const kind = (error: string) => causeOfConnectError(error, false).kind;
  assert.equal(kind("connect ECONNREFUSED 192.0.2.1:179"), "refused");
  assert.equal(kind("no route to host (EHOSTUNREACH)"), "unreachable");
  assert.equal(kind("ENETUNREACH"), "unreachable");
  assert.equal(kind("ENETDOWN"), "unreachable");
  assert.equal(kind("EADDRNOTAVAIL: source address gone"), "unreachable");
  assert.equal(kind("ETIMEDOUT"), "timeout");
  assert.equal(kind("EPERM"), "connect-error");
  assert.equal(causeOfConnectError("ETIMEDOUT", true).kind, "authentication-timeout");
});

test("causes in words", () => {
  const said: readonly [string, string][] = [
    [
      describeDownCause(causeOfConnectError("connection refused (ECONNREFUSED)", false)),
      "connection refused",
    ],
    [
      describeDownCause(causeOfConnectError("no route to host (EHOSTUNREACH)", false)),
      "unreachable: no route to host (EHOSTUNREACH)",
    ],
    [
      describeDownCause(causeOfConnectError("ETIMEDOUT", false)),
      "no answer to the SYN: a filter, or the neighbour wants a password",
    ],
    [describeDownCause(downCause("hold-timer", "", 4)), "nothing heard: Hold Timer Expired"],
    [
      describeDownCause(downCause("bad-open", "its AS number is 1, expected 2", 2, 2)),
      "OPEN not accepted: OPEN Message Error/Bad Peer AS: its AS number is 1, expected 2",
    ],
    [
      describeDownCause(causeOfNotification({ ...received(6, 2), data: COMMUNICATION })),
      "neighbour says: Cease/Administrative Shutdown: moving racks",
    ],
    [
      describeDownCause(causeOfNotification(hardReset({ ...received(6, 2), data: COMMUNICATION }))),
      "neighbour says: Hard Reset: Cease/Administrative Shutdown: moving racks",
    ],
  ];
  for (const [text, expected] of said) assert.equal(text, expected);
});
