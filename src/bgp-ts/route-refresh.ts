import { ERROR, HEADER_ERROR, MESSAGE, ROUTE_REFRESH_ERROR } from "./codes.ts";
import { resetFault, type Fault } from "./fault.ts";
import { HEADER_LENGTH, messageOf } from "./frame.ts";
import { readU16, u16 } from "./octets.ts";

/** Message subtypes: a request (RFC 2918), and the marks around its answer (RFC 7313 §3.2). */
export const ROUTE_REFRESH = { REQUEST: 0, BEGIN: 1, END: 2 } as const;

/** ROUTE-REFRESH. A subtype that is not in ROUTE_REFRESH is to be ignored (RFC 7313 §5). */
export interface RouteRefresh {
  readonly kind: "route-refresh";
  readonly afi: number;
  readonly safi: number;
  readonly subtype: number;
}

const BODY_LENGTH = 4;

/**
 * Decodes the body bytes[start .. end). A BEGIN or END of the wrong length is answered with the
 * complete message as data (RFC 7313 §5), a request of the wrong length as a bad header: the ORF
 * entries of RFC 5291 come only to who asked for them by a capability, and nobody here does. Of a
 * subtype that is not known the length is not known either, and it is not looked at.
 */
export function decodeRouteRefresh(
  bytes: Uint8Array,
  start: number,
  end: number,
): RouteRefresh | Fault {
  const length = end - start;
  const isKnown = length < BODY_LENGTH || bytes[start + 2] <= ROUTE_REFRESH.END;
  if (length !== BODY_LENGTH && isKnown) return lengthFault(bytes, start, end);
  return {
    kind: "route-refresh",
    afi: readU16(bytes, start),
    subtype: bytes[start + 2],
    safi: bytes[start + 3],
  };
}

/** The whole message. `subtype` 0 is a plain request (RFC 2918 §3 calls the octet reserved). */
export function encodeRouteRefresh(message: Omit<RouteRefresh, "kind">): Uint8Array {
  const { afi, safi, subtype } = message;
  return messageOf(MESSAGE.ROUTE_REFRESH, Uint8Array.of(afi >>> 8, afi, subtype, safi));
}

function lengthFault(bytes: Uint8Array, start: number, end: number): Fault {
  const total = HEADER_LENGTH + end - start;
  const offset = HEADER_LENGTH - 3;
  const reason = `ROUTE-REFRESH of ${total} octets instead of ${HEADER_LENGTH + BODY_LENGTH}`;
  const subtype = end - start > 2 ? bytes[start + 2] : ROUTE_REFRESH.REQUEST;
  if (subtype === ROUTE_REFRESH.BEGIN || subtype === ROUTE_REFRESH.END) {
    const whole = messageOf(MESSAGE.ROUTE_REFRESH, bytes.subarray(start, end));
    const subcode = ROUTE_REFRESH_ERROR.INVALID_MESSAGE_LENGTH;
    return resetFault(ERROR.ROUTE_REFRESH, subcode, offset, reason, whole);
  }
  const subcode = HEADER_ERROR.BAD_MESSAGE_LENGTH;
  return resetFault(ERROR.MESSAGE_HEADER, subcode, offset, reason, u16(total));
}
