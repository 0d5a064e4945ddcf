/** Classic BPF programs on sockets (linux/filter.h): the kernel drops what nobody wants to read. */
import { systemFault } from "./errno.ts";
import type { SystemFault } from "./errno.ts";
import * as libc from "./libc.ts";

const SOL_SOCKET = 1;
const SO_ATTACH_FILTER = 26;

/** One classic BPF instruction (linux/filter.h): code, jump if true, jump if false, operand. */
export type FilterInstruction = readonly [code: number, jt: number, jf: number, k: number];

/** What a program returns is how many bytes of a message are kept; 0 drops it. */
export function attachFilter(
  fd: number,
  program: readonly FilterInstruction[],
): SystemFault | undefined {
  const bytes = new Uint8Array(program.length * 8);
  const view = new DataView(bytes.buffer);
  program.forEach(([code, jt, jf, k], index) => {
    view.setUint16(index * 8, code, true);
    view.setUint8(index * 8 + 2, jt);
    view.setUint8(index * 8 + 3, jf);
    view.setUint32(index * 8 + 4, k, true);
  });
  const failed = libc.attachFilter(fd, SOL_SOCKET, SO_ATTACH_FILTER, bytes);
  return failed < 0 ? systemFault("setsockopt SO_ATTACH_FILTER", -failed) : undefined;
}

const BPF_LOAD_BYTE = 0x30; // BPF_LD | BPF_B | BPF_ABS
const BPF_EQUAL = 0x15; // BPF_JMP | BPF_JEQ | BPF_K
const BPF_RETURN = 0x06; // BPF_RET | BPF_K
/** Operands from here on count from the network header, not from the socket's own data. */
const SKF_NET_OFF = 0xfff0_0000;
const IPV4_TTL_OFFSET = 8;
const IPV6_HOP_LIMIT_OFFSET = 7;
const EVERYTHING = 0xffff;

/** A program for a socket that only sends: it keeps nothing. */
export const NOTHING: readonly FilterInstruction[] = [[BPF_RETURN, 0, 0, 0]];

/**
 * A program for a datagram socket of one family that keeps only what arrives with this very TTL or
 * hop limit: IP_MINTTL is for TCP alone.
 */
export function ttlFilter(ipv6: boolean, ttl: number): readonly FilterInstruction[] {
  const offset = ipv6 ? IPV6_HOP_LIMIT_OFFSET : IPV4_TTL_OFFSET;
  return [
    [BPF_LOAD_BYTE, 0, 0, SKF_NET_OFF + offset],
    [BPF_EQUAL, 0, 1, ttl],
    [BPF_RETURN, 0, 0, EVERYTHING],
    [BPF_RETURN, 0, 0, 0],
  ];
}
