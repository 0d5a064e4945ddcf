import { AS_TRANS } from "./as-path.ts";
import { decodeCapability, encodeCapability, type Capability } from "./capability.ts";
import { ERROR, MESSAGE, OPEN_ERROR } from "./codes.ts";
import { resetFault, type Fault } from "./fault.ts";
import { HEADER_LENGTH, messageOf } from "./frame.ts";
import { concat, readU16, readU32, u16, writeU16, writeU32 } from "./octets.ts";

/** OPEN (RFC 4271 §4.2). */
export interface OpenMessage {
  readonly kind: "open";
  readonly version: number;
  /** The speaker's AS number: the four-octet capability's where there is one, else the field's. */
  readonly asn: number;
  /** Seconds, 0 or at least 3. */
  readonly holdTime: number;
  /** BGP Identifier, u32, not 0 (RFC 6286 §2.1). */
  readonly routerId: number;
  /** In the order of the message, repeated ones included. */
  readonly capabilities: readonly Capability[];
}

const VERSION = 4;
/** Version 1, my autonomous system 2, hold time 2, identifier 4, optional parameters length 1. */
const FIXED_LENGTH = 10;
const PARAMETER_CAPABILITIES = 2;
/** Type 255 in the first parameter's place: lengths are two octets wide (RFC 9072 §2). */
const EXTENDED = 255;

/**
 * Decodes the body bytes[start .. end) and checks what can be checked without configuration
 * (RFC 4271 §6.2): whose AS it should be, and whether the hold time is long enough, is for the
 * session to say. A capability whose value does not have its form is an error of subcode 0 with
 * the capability as data (RFC 5492 does not give one); unknown ones are values, not errors.
 */
export function decodeOpen(bytes: Uint8Array, start: number, end: number): OpenMessage | Fault {
  // Version first: what follows it is only known for version 4.
  if (end > start && bytes[start] !== VERSION) {
    const reason = `BGP version ${bytes[start]}, not ${VERSION}`;
    const subcode = OPEN_ERROR.UNSUPPORTED_VERSION_NUMBER;
    return openFault(subcode, HEADER_LENGTH, reason, u16(VERSION));
  }
  if (end - start < FIXED_LENGTH) return cutShort(start, end, end);
  const capabilities: Capability[] = [];
  const parameterFault = readParameters(bytes, start, end, capabilities);
  if (parameterFault !== undefined) return parameterFault;
  const field = readU16(bytes, start + 1);
  const asn = capabilities.find((c) => c.kind === "four-octet-as")?.asn ?? field;
  const holdTime = readU16(bytes, start + 3);
  const routerId = readU32(bytes, start + 5);
  return (
    checkFields(asn, field, holdTime, routerId) ?? {
      kind: "open",
      version: VERSION,
      asn,
      holdTime,
      routerId,
      capabilities,
    }
  );
}

/**
 * The whole message, version 4: all capabilities in one parameter, in the given order. An AS
 * number that needs four octets leaves AS_TRANS in the field (RFC 6793 §4.1), and the caller gives
 * the capability. RFC 9072's wide lengths are used only where 255 octets are not enough (§2).
 */
export function encodeOpen(open: Omit<OpenMessage, "kind" | "version">): Uint8Array {
  const capabilities = open.capabilities.map((capability) => {
    const { code, value } = encodeCapability(capability);
    if (value.length > 255) throw new RangeError(`capability ${code}: ${value.length} octets`);
    return concat([Uint8Array.of(code, value.length), value]);
  });
  const fixed = new Uint8Array(FIXED_LENGTH - 1);
  fixed[0] = VERSION;
  writeU16(fixed, 1, open.asn > 0xffff ? AS_TRANS : open.asn);
  writeU16(fixed, 3, open.holdTime);
  writeU32(fixed, 5, open.routerId);
  const parameters = encodeParameters(concat(capabilities));
  return messageOf(MESSAGE.OPEN, concat([fixed, parameters]));
}

/** Length and parameters. */
function encodeParameters(capabilities: Uint8Array): Uint8Array {
  const { length } = capabilities;
  if (length === 0) return Uint8Array.of(0);
  if (length + 2 <= 255) {
    return concat([Uint8Array.of(length + 2, PARAMETER_CAPABILITIES, length), capabilities]);
  }
  const head = Uint8Array.of(EXTENDED, EXTENDED, ...u16(length + 3), PARAMETER_CAPABILITIES);
  return concat([head, u16(length), capabilities]);
}

function checkFields(
  asn: number,
  field: number,
  holdTime: number,
  routerId: number,
): Fault | undefined {
  // RFC 7607 §2: 0 is nobody's. RFC 6793 §9: nor is AS_TRANS. The field holds the number itself or
  // AS_TRANS (§4.1); that some write AS_TRANS for a number that would fit does no harm.
  if (asn === 0 || asn === AS_TRANS || (field !== asn && field !== AS_TRANS)) {
    const reason = `AS number ${asn} (in the two-octet field: ${field}) cannot be`;
    return openFault(OPEN_ERROR.BAD_PEER_AS, HEADER_LENGTH + 1, reason);
  }
  if (holdTime === 1 || holdTime === 2) {
    const reason = `hold time of ${holdTime} s: must be 0 or at least 3 s`;
    return openFault(OPEN_ERROR.UNACCEPTABLE_HOLD_TIME, HEADER_LENGTH + 3, reason);
  }
  if (routerId === 0) {
    const reason = "BGP identifier 0.0.0.0";
    return openFault(OPEN_ERROR.BAD_BGP_IDENTIFIER, HEADER_LENGTH + 5, reason);
  }
  return undefined;
}

/** Appends the capabilities of the optional parameters at bytes[start + 9 .. end). */
function readParameters(
  bytes: Uint8Array,
  start: number,
  end: number,
  capabilities: Capability[],
): Fault | undefined {
  const length = bytes[start + FIXED_LENGTH - 1];
  let at = start + FIXED_LENGTH;
  // RFC 9072 §2: type 255 decides; the old length field only must not be 0.
  const extended = length > 0 && at < end && bytes[at] === EXTENDED;
  if (extended && end - at < 3) return cutShort(start, end, at);
  const parametersLength = extended ? readU16(bytes, at + 1) : length;
  if (extended) at += 3;
  if (at + parametersLength !== end) {
    const reason = `optional parameters of ${parametersLength} octets in a message with ${end - at}`;
    return openFault(OPEN_ERROR.UNSPECIFIC, HEADER_LENGTH + FIXED_LENGTH - 1, reason);
  }
  const headLength = extended ? 3 : 2;
  while (at < end) {
    if (end - at < headLength) return cutShort(start, end, at);
    const valueAt = at + headLength;
    const valueEnd = valueAt + (extended ? readU16(bytes, at + 1) : bytes[at + 1]);
    if (valueEnd > end) return cutShort(start, end, at);
    if (bytes[at] !== PARAMETER_CAPABILITIES) {
      const reason = `optional parameter of type ${bytes[at]} is not supported`;
      const offset = HEADER_LENGTH + at - start;
      return openFault(OPEN_ERROR.UNSUPPORTED_OPTIONAL_PARAMETER, offset, reason);
    }
    const fault = readCapabilities(bytes, start, valueAt, valueEnd, capabilities);
    if (fault !== undefined) return fault;
    at = valueEnd;
  }
  return undefined;
}

/** Appends the capabilities of one parameter, whose value is bytes[from .. to). */
function readCapabilities(
  bytes: Uint8Array,
  start: number,
  from: number,
  to: number,
  capabilities: Capability[],
): Fault | undefined {
  let at = from;
  while (at < to) {
    if (to - at < 2 || at + 2 + bytes[at + 1] > to) return cutShort(start, to, at);
    const next = at + 2 + bytes[at + 1];
    const capability = decodeCapability(bytes[at], bytes.subarray(at + 2, next));
    if (capability === undefined) {
      const reason = `capability ${bytes[at]} cannot be ${bytes[at + 1]} octets long`;
      const data = bytes.slice(at, next);
      return openFault(OPEN_ERROR.UNSPECIFIC, HEADER_LENGTH + at - start, reason, data);
    }
    capabilities.push(capability);
    at = next;
  }
  return undefined;
}

/** What begins at `at` does not end before `end`; at the very end, the last octet is to blame. */
function cutShort(start: number, end: number, at: number): Fault {
  const offset = HEADER_LENGTH + Math.min(at, end - 1) - start;
  return openFault(OPEN_ERROR.UNSPECIFIC, offset, "OPEN is cut short");
}

function openFault(subcode: number, offset: number, reason: string, data?: Uint8Array): Fault {
  return resetFault(ERROR.OPEN, subcode, offset, reason, data);
}
