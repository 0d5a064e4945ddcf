/** Message types (RFC 4271 §4.1, RFC 2918 §3). */
export const MESSAGE = {
  OPEN: 1,
  UPDATE: 2,
  NOTIFICATION: 3,
  KEEPALIVE: 4,
  ROUTE_REFRESH: 5,
} as const;

/** NOTIFICATION error codes (RFC 4271 §4.5, RFC 7313 §5, RFC 9687 §3). */
export const ERROR = {
  MESSAGE_HEADER: 1,
  OPEN: 2,
  UPDATE: 3,
  HOLD_TIMER_EXPIRED: 4,
  FSM: 5,
  CEASE: 6,
  ROUTE_REFRESH: 7,
  SEND_HOLD_TIMER_EXPIRED: 8,
} as const;

/** RFC 4271 §6.1. */
export const HEADER_ERROR = {
  CONNECTION_NOT_SYNCHRONIZED: 1,
  BAD_MESSAGE_LENGTH: 2,
  BAD_MESSAGE_TYPE: 3,
} as const;

/** RFC 4271 §6.2, RFC 5492 §5, RFC 9234 §4.2. 5 (Authentication Failure) is deprecated. */
export const OPEN_ERROR = {
  UNSPECIFIC: 0,
  UNSUPPORTED_VERSION_NUMBER: 1,
  BAD_PEER_AS: 2,
  BAD_BGP_IDENTIFIER: 3,
  UNSUPPORTED_OPTIONAL_PARAMETER: 4,
  UNACCEPTABLE_HOLD_TIME: 6,
  UNSUPPORTED_CAPABILITY: 7,
  ROLE_MISMATCH: 11,
} as const;

/** RFC 4271 §6.3. 7 (AS Routing Loop) is deprecated. */
export const UPDATE_ERROR = {
  UNSPECIFIC: 0,
  MALFORMED_ATTRIBUTE_LIST: 1,
  UNRECOGNIZED_WELL_KNOWN_ATTRIBUTE: 2,
  MISSING_WELL_KNOWN_ATTRIBUTE: 3,
  ATTRIBUTE_FLAGS_ERROR: 4,
  ATTRIBUTE_LENGTH_ERROR: 5,
  INVALID_ORIGIN_ATTRIBUTE: 6,
  INVALID_NEXT_HOP_ATTRIBUTE: 8,
  OPTIONAL_ATTRIBUTE_ERROR: 9,
  INVALID_NETWORK_FIELD: 10,
  MALFORMED_AS_PATH: 11,
} as const;

/** RFC 6608 §3. */
export const FSM_ERROR = {
  UNSPECIFIC: 0,
  UNEXPECTED_MESSAGE_IN_OPEN_SENT: 1,
  UNEXPECTED_MESSAGE_IN_OPEN_CONFIRM: 2,
  UNEXPECTED_MESSAGE_IN_ESTABLISHED: 3,
} as const;

/** RFC 4486 §3, RFC 8538 §3 (Hard Reset), RFC 9384 §2 (BFD Down). */
export const CEASE = {
  MAXIMUM_NUMBER_OF_PREFIXES_REACHED: 1,
  ADMINISTRATIVE_SHUTDOWN: 2,
  PEER_DE_CONFIGURED: 3,
  ADMINISTRATIVE_RESET: 4,
  CONNECTION_REJECTED: 5,
  OTHER_CONFIGURATION_CHANGE: 6,
  CONNECTION_COLLISION_RESOLUTION: 7,
  OUT_OF_RESOURCES: 8,
  HARD_RESET: 9,
  BFD_DOWN: 10,
} as const;

/** RFC 7313 §5. */
export const ROUTE_REFRESH_ERROR = { INVALID_MESSAGE_LENGTH: 1 } as const;

interface CodeName {
  readonly name: string;
  readonly subcodes: readonly (string | undefined)[];
}

const UNSPECIFIC = "Unspecific";

/** Indexed by error code, then by subcode; names as the standards and the IANA registry write them. */
const NAMES: readonly (CodeName | undefined)[] = [
  undefined,
  {
    name: "Message Header Error",
    subcodes: [UNSPECIFIC, "Connection Not Synchronized", "Bad Message Length", "Bad Message Type"],
  },
  {
    name: "OPEN Message Error",
    subcodes: [
      UNSPECIFIC,
      "Unsupported Version Number",
      "Bad Peer AS",
      "Bad BGP Identifier",
      "Unsupported Optional Parameter",
      "Authentication Failure",
      "Unacceptable Hold Time",
      "Unsupported Capability",
      undefined,
      undefined,
      undefined,
      "Role Mismatch",
    ],
  },
  {
    name: "UPDATE Message Error",
    subcodes: [
      UNSPECIFIC,
      "Malformed Attribute List",
      "Unrecognized Well-known Attribute",
      "Missing Well-known Attribute",
      "Attribute Flags Error",
      "Attribute Length Error",
      "Invalid ORIGIN Attribute",
      "AS Routing Loop",
      "Invalid NEXT_HOP Attribute",
      "Optional Attribute Error",
      "Invalid Network Field",
      "Malformed AS_PATH",
    ],
  },
  { name: "Hold Timer Expired", subcodes: [] },
  {
    name: "Finite State Machine Error",
    subcodes: [
      "Unspecified Error",
      "Receive Unexpected Message in OpenSent State",
      "Receive Unexpected Message in OpenConfirm State",
      "Receive Unexpected Message in Established State",
    ],
  },
  {
    name: "Cease",
    subcodes: [
      undefined,
      "Maximum Number of Prefixes Reached",
      "Administrative Shutdown",
      "Peer De-configured",
      "Administrative Reset",
      "Connection Rejected",
      "Other Configuration Change",
      "Connection Collision Resolution",
      "Out of Resources",
      "Hard Reset",
      "BFD Down",
    ],
  },
  { name: "ROUTE-REFRESH Message Error", subcodes: [undefined, "Invalid Message Length"] },
  { name: "Send Hold Timer Expired", subcodes: [] },
];

/**
 * A NOTIFICATION's code and subcode in words: "Cease/Administrative Shutdown". Subcode 0 of a code
 * that has no name for it is left out; what has no name at all is given as a number.
 */
export function describeNotification(code: number, subcode: number): string {
  const entry = NAMES[code];
  const name = entry?.name ?? `Error code ${code}`;
  const detail = entry?.subcodes[subcode];
  if (detail !== undefined) return `${name}/${detail}`;
  return subcode === 0 ? name : `${name}/subcode ${subcode}`;
}
