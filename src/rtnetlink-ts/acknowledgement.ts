/** NLMSG_ERROR: the answer to a request, with the kernel's own words where it has any. */
import {
  MESSAGE_HEADER_LENGTH,
  NLMSGERR_ATTR_MSG,
  NLMSGERR_ATTR_OFFS,
  NLM_F_ACK_TLVS,
  NLM_F_CAPPED,
} from "./constants.ts";
import { i32, readText, u32 } from "./bytes.ts";
import { AttributeCursor } from "./cursor.ts";
import type { MessageCursor } from "./cursor.ts";

export interface Acknowledgement {
  /** 0: done. Otherwise positive, as in errno.h. */
  readonly errno: number;
  /** Of the request that is answered. */
  readonly sequence: number;
  /** NLMSGERR_ATTR_MSG: may also come with errno 0, as a warning. */
  readonly message?: string;
  /** NLMSGERR_ATTR_OFFS: where in the request the kernel stumbled, bytes from its header. */
  readonly offset?: number;
}

/**
 * @param cursor stands on an NLMSG_ERROR, or on the NLMSG_DONE that ends a failed dump
 * @returns undefined when it is too short
 */
export function decodeError(cursor: MessageCursor): Acknowledgement | undefined {
  const { bytes, start, end } = cursor;
  if (end - start < 4 + MESSAGE_HEADER_LENGTH) return undefined;
  const errno = 0 - i32(bytes, start); // never -0
  const sequence = u32(bytes, start + 12);
  if ((cursor.flags & NLM_F_ACK_TLVS) === 0) return { errno, sequence };
  // A request that is not capped is repeated whole between the header and the attributes.
  const capped = (cursor.flags & NLM_F_CAPPED) !== 0 || errno === 0;
  const repeated = capped ? MESSAGE_HEADER_LENGTH : u32(bytes, start + 4);
  if (repeated > end - start) return { errno, sequence };
  return { errno, sequence, ...readAttributes(bytes, start + 4 + ((repeated + 3) & ~3), end) };
}

/** NLMSG_DONE: a dump ended; its payload is 0 or a negated errno, then attributes as in an error. */
export function decodeDone(cursor: MessageCursor): Acknowledgement {
  const { bytes, start, end, sequence } = cursor;
  const errno = end - start >= 4 ? Math.max(0, 0 - i32(bytes, start)) : 0;
  if ((cursor.flags & NLM_F_ACK_TLVS) === 0) return { errno, sequence };
  return { errno, sequence, ...readAttributes(bytes, start + 4, end) };
}

function readAttributes(
  bytes: Uint8Array,
  start: number,
  end: number,
): { message?: string; offset?: number } {
  const found: { message?: string; offset?: number } = {};
  const attributes = new AttributeCursor().reset(bytes, start, end);
  while (attributes.next()) {
    if (attributes.type === NLMSGERR_ATTR_MSG) {
      found.message = readText(bytes, attributes.start, attributes.end);
    } else if (attributes.type === NLMSGERR_ATTR_OFFS && attributes.holds(4)) {
      found.offset = u32(bytes, attributes.start);
    }
  }
  return found;
}
