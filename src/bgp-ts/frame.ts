import { ERROR, HEADER_ERROR, MESSAGE } from "./codes.ts";
import { resetFault, type Fault } from "./fault.ts";
import { readU16, u16, writeU16 } from "./octets.ts";

/** Octets of the header: marker, length, type (RFC 4271 §4.1). */
export const HEADER_LENGTH = 19;

/** The longest message before and after RFC 8654. */
export const MAXIMUM_LENGTH = 4096;
export const EXTENDED_MAXIMUM_LENGTH = 65535;

const MARKER_LENGTH = 16;
const LENGTH_AT = 16;
const TYPE_AT = 18;

export type MessageType = 1 | 2 | 3 | 4 | 5;

export type Frame =
  | {
      readonly kind: "message";
      readonly type: MessageType;
      /** The body, without the header: bytes[start .. end). */
      readonly start: number;
      readonly end: number;
      /** Octets of the whole message. */
      readonly total: number;
    }
  | {
      readonly kind: "incomplete";
      /** Octets wanted from the message's first on, before another try makes sense. */
      readonly needed: number;
    }
  | Fault;

/**
 * Shortest message of each type, by type (RFC 4271 §6.1). A ROUTE-REFRESH of the wrong length has
 * an answer of its own (RFC 7313 §5), which decodeRouteRefresh() gives.
 */
const MINIMUM_LENGTH: readonly number[] = [0, 29, 23, 21, HEADER_LENGTH, HEADER_LENGTH];

/**
 * The message that starts at bytes[start], of which bytes[start .. end) have arrived.
 * `maximumLength`: 4096, or 65535 once both sides have the capability of RFC 8654; OPEN and
 * KEEPALIVE stay at 4096 (RFC 8654 §4). A broken header is found as soon as its octets are here.
 */
export function frameMessage(
  bytes: Uint8Array,
  start: number,
  end: number,
  maximumLength: number,
): Frame {
  const available = end - start;
  const markerEnd = Math.min(available, MARKER_LENGTH);
  for (let i = 0; i < markerEnd; i++) {
    if (bytes[start + i] !== 0xff) {
      const reason = `marker octet ${i} is ${bytes[start + i]}, not 255`;
      return headerFault(HEADER_ERROR.CONNECTION_NOT_SYNCHRONIZED, i, reason);
    }
  }
  if (available < HEADER_LENGTH) return { kind: "incomplete", needed: HEADER_LENGTH };

  const total = readU16(bytes, start + LENGTH_AT);
  const type = bytes[start + TYPE_AT];
  if (total < HEADER_LENGTH || total > maximumLength) return lengthFault(total);
  if (!isMessageType(type)) {
    const reason = `message type ${type} is not known`;
    return headerFault(HEADER_ERROR.BAD_MESSAGE_TYPE, TYPE_AT, reason, Uint8Array.of(type));
  }
  if (total < MINIMUM_LENGTH[type] || total > longestOf(type, maximumLength)) {
    return lengthFault(total);
  }
  if (available < total) return { kind: "incomplete", needed: total };
  return { kind: "message", type, start: start + HEADER_LENGTH, end: start + total, total };
}

/** Writes marker, length and type into bytes[at .. at + 19). */
export function writeHeader(
  bytes: Uint8Array,
  at: number,
  length: number,
  type: MessageType,
): void {
  bytes.fill(0xff, at, at + MARKER_LENGTH);
  writeU16(bytes, at + LENGTH_AT, length);
  bytes[at + TYPE_AT] = type;
}

/** A message with this body. */
export function messageOf(type: MessageType, body: Uint8Array): Uint8Array {
  const message = new Uint8Array(HEADER_LENGTH + body.length);
  writeHeader(message, 0, message.length, type);
  message.set(body, HEADER_LENGTH);
  return message;
}

function isMessageType(type: number): type is MessageType {
  return type >= MESSAGE.OPEN && type <= MESSAGE.ROUTE_REFRESH;
}

function longestOf(type: MessageType, maximumLength: number): number {
  if (type === MESSAGE.KEEPALIVE) return HEADER_LENGTH;
  return type === MESSAGE.OPEN ? Math.min(maximumLength, MAXIMUM_LENGTH) : maximumLength;
}

function lengthFault(total: number): Fault {
  const reason = `message length ${total} is out of range`;
  return headerFault(HEADER_ERROR.BAD_MESSAGE_LENGTH, LENGTH_AT, reason, u16(total));
}

function headerFault(subcode: number, offset: number, reason: string, data?: Uint8Array): Fault {
  return resetFault(ERROR.MESSAGE_HEADER, subcode, offset, reason, data);
}
