import { CEASE, ERROR, HEADER_ERROR, MESSAGE } from "./codes.ts";
import { resetFault, type Fault } from "./fault.ts";
import { HEADER_LENGTH, messageOf } from "./frame.ts";
import { concat, u16 } from "./octets.ts";
import { decodeUtf8, encodeUtf8 } from "./utf8.ts";

/** NOTIFICATION (RFC 4271 §4.5). What the data means depends on code and subcode. */
export interface Notification {
  readonly kind: "notification";
  readonly code: number;
  readonly subcode: number;
  readonly data: Uint8Array;
}

const STEERING = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu;

/** Longest text, in octets of UTF-8 (RFC 9003 §2). */
const LONGEST_COMMUNICATION = 255;

/**
 * Decodes the body bytes[start .. end); the data is a copy. A fault here only says why the session
 * ends: a NOTIFICATION is never answered by another (RFC 4271 §6.4).
 */
export function decodeNotification(
  bytes: Uint8Array,
  start: number,
  end: number,
): Notification | Fault {
  const length = end - start;
  if (length < 2) {
    const reason = `NOTIFICATION of ${length} octets of body: code and subcode are missing`;
    const total = u16(HEADER_LENGTH + length);
    const subcode = HEADER_ERROR.BAD_MESSAGE_LENGTH;
    return resetFault(ERROR.MESSAGE_HEADER, subcode, HEADER_LENGTH - 3, reason, total);
  }
  return {
    kind: "notification",
    code: bytes[start],
    subcode: bytes[start + 1],
    data: bytes.slice(start + 2, end),
  };
}

/** The whole message. A Fault fits as it is. The data is cut where 4096 octets end. */
export function encodeNotification(notification: {
  readonly code: number;
  readonly subcode: number;
  readonly data?: Uint8Array;
}): Uint8Array {
  const head = Uint8Array.of(notification.code, notification.subcode);
  const data = notification.data?.subarray(0, LONGEST_DATA) ?? new Uint8Array(0);
  return messageOf(MESSAGE.NOTIFICATION, concat([head, data]));
}

const LONGEST_DATA = 4096 - HEADER_LENGTH - 2;

/**
 * What the neighbour's operator wrote into an Administrative Shutdown or Reset (RFC 9003 §2).
 * Undefined: there is no text, or it is not UTF-8 (then the data is for a hex dump). What
 * steers a terminal (control characters, line separators, changes of writing direction) becomes U+FFFD,
 * because the text goes to logs and terminals (RFC 9003 §6).
 */
export function shutdownCommunication(
  notification: Omit<Notification, "kind">,
): string | undefined {
  const { code, subcode, data } = notification;
  if (code !== ERROR.CEASE) return undefined;
  if (subcode !== CEASE.ADMINISTRATIVE_SHUTDOWN && subcode !== CEASE.ADMINISTRATIVE_RESET) {
    return undefined;
  }
  if (data.length === 0 || data[0] === 0 || data[0] > data.length - 1) return undefined;
  return decodeUtf8(data.subarray(1, 1 + data[0]))?.replace(STEERING, "\ufffd");
}

/** The data of an Administrative Shutdown or Reset with this text, cut to 255 octets. */
export function encodeShutdownCommunication(text: string): Uint8Array {
  const octets = encodeUtf8(text, LONGEST_COMMUNICATION);
  return concat([Uint8Array.of(octets.length), octets]);
}

/**
 * The cause inside a Cease/Hard Reset, whose data begin with a code and a subcode of their own
 * (RFC 8538 §3.1). Undefined for any other notification, and where the data are too short.
 */
export function hardResetCause(notification: Omit<Notification, "kind">): Notification | undefined {
  const { code, subcode, data } = notification;
  if (code !== ERROR.CEASE || subcode !== CEASE.HARD_RESET || data.length < 2) return undefined;
  return { kind: "notification", code: data[0], subcode: data[1], data: data.subarray(2) };
}

/** A Cease/Hard Reset around this cause (RFC 8538 §3.1). */
export function hardReset(cause: Omit<Notification, "kind">): Notification {
  const data = concat([Uint8Array.of(cause.code, cause.subcode), cause.data]);
  return { kind: "notification", code: ERROR.CEASE, subcode: CEASE.HARD_RESET, data };
}
