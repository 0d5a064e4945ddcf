// The numbers of RFC 5880 §4.1.

export const BFD_VERSION = 1;

/** Values of the Sta field. */
export const STATE = { ADMIN_DOWN: 0, DOWN: 1, INIT: 2, UP: 3 } as const;
export type State = (typeof STATE)[keyof typeof STATE];

const STATE_NAMES = ["AdminDown", "Down", "Init", "Up"] as const;

export function stateName(state: State): (typeof STATE_NAMES)[number] {
  return STATE_NAMES[state];
}

/** Values of the Diag field: why the session left the state Up. */
export const DIAGNOSTIC = {
  NONE: 0,
  DETECTION_TIME_EXPIRED: 1,
  ECHO_FAILED: 2,
  NEIGHBOUR_SIGNALED_DOWN: 3,
  FORWARDING_PLANE_RESET: 4,
  PATH_DOWN: 5,
  CONCATENATED_PATH_DOWN: 6,
  ADMINISTRATIVELY_DOWN: 7,
  REVERSE_CONCATENATED_PATH_DOWN: 8,
} as const;

const DIAGNOSTIC_NAMES: readonly string[] = [
  "no diagnostic",
  "control detection time expired",
  "echo function failed",
  "neighbour signaled session down",
  "forwarding plane reset",
  "path down",
  "concatenated path down",
  "administratively down",
  "reverse concatenated path down",
];

/** `diagnostic`: any value of the wire, 0 to 31. */
export function diagnosticName(diagnostic: number): string {
  return DIAGNOSTIC_NAMES[diagnostic] ?? `diagnostic ${diagnostic}`;
}

/** Values of Auth Type (RFC 5880 §4.1) that are spoken here. */
export const AUTHENTICATION = { KEYED_SHA1: 4, METICULOUS_KEYED_SHA1: 5 } as const;
