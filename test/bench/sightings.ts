// BFD packets out of a capture file, as libpcap writes them (pcap-savefile(5)).

import { OURS } from "./ends.ts";

/** A BFD packet that passed the wire. */
export interface Sighting {
  /** Milliseconds since 1970. */
  readonly at: number;
  /** Sent by the node that is measured. */
  readonly isOurs: boolean;
  readonly neighbour: string;
  /** What its sender says of the session (RFC 5880 §4.1). */
  readonly isUp: boolean;
  /** It is Down, because nothing was heard for the detection time. */
  readonly isAlarm: boolean;
}

const FILE_HEADER = 24;
const RECORD_HEADER = 16;
const ETHERNET = 14;
const UDP_AND_IPV4 = 28;

export function packetsOf(file: Buffer): Sighting[] {
  const list: Sighting[] = [];
  for (let at = FILE_HEADER; at + RECORD_HEADER <= file.length;) {
    const length = file.readUInt32LE(at + 8);
    const ip = at + RECORD_HEADER + ETHERNET;
    const [from, to] = [12, 16].map((offset) =>
      file.subarray(ip + offset, ip + offset + 4).join("."),
    );
    const diagnostic = file[ip + UDP_AND_IPV4] & 0x1f;
    const state = file[ip + UDP_AND_IPV4 + 1] >>> 6;
    const isOurs = file[ip + 14] >= OURS;
    list.push({
      at: file.readUInt32LE(at) * 1000 + file.readUInt32LE(at + 4) / 1000,
      isOurs,
      neighbour: isOurs ? to : from,
      isUp: state === 3,
      isAlarm: state === 1 && diagnostic === 1,
    });
    at += RECORD_HEADER + length;
  }
  return list;
}
