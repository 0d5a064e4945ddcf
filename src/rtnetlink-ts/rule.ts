/** Routing rules: struct fib_rule_hdr (family, lengths, tos, table, action, flags). */
import {
  FRA_DST,
  FRA_FWMARK,
  FRA_IIFNAME,
  FRA_OIFNAME,
  FRA_PRIORITY,
  FRA_PROTOCOL,
  FRA_SRC,
  FRA_TABLE,
  NLM_F_DUMP,
  RTM_GETRULE,
} from "./constants.ts";
import { readAddressOf, readText, u32 } from "./bytes.ts";
import { AttributeCursor } from "./cursor.ts";
import { addressBits, addressFamilyOf, familyOf } from "./ip.ts";
import type { Family, IpAddress } from "./ip.ts";
import type { NetlinkWriter } from "./writer.ts";

const RULE_HEADER_LENGTH = 12;

export interface Rule {
  readonly family: Family;
  readonly priority: number;
  readonly table: number;
  /** FR_ACT_*: 1 is a look-up in `table`. */
  readonly action: number;
  readonly source?: { readonly address: IpAddress; readonly length: number };
  readonly destination?: { readonly address: IpAddress; readonly length: number };
  readonly mark: number;
  readonly inputInterface: string;
  readonly outputInterface: string;
  readonly protocol: number;
}

/** RTM_NEWRULE, RTM_DELRULE. @returns undefined: too short, another family, or an impossible prefix */
export function decodeRule(bytes: Uint8Array, start: number, end: number): Rule | undefined {
  if (end - start < RULE_HEADER_LENGTH) return undefined;
  const family = familyOf(bytes[start]);
  if (family === undefined) return undefined;
  if (Math.max(bytes[start + 1], bytes[start + 2]) > addressBits(family)) return undefined;
  let source: IpAddress | undefined;
  let destination: IpAddress | undefined;
  const rule = {
    family,
    priority: 0,
    table: bytes[start + 4],
    action: bytes[start + 7],
    mark: 0,
    inputInterface: "",
    outputInterface: "",
    protocol: 0,
  };
  const attributes = new AttributeCursor().reset(bytes, start + RULE_HEADER_LENGTH, end);
  while (attributes.next()) {
    const { start: at, end: stop, type } = attributes;
    if (type === FRA_DST) destination = readAddressOf(family, bytes, at, stop);
    else if (type === FRA_SRC) source = readAddressOf(family, bytes, at, stop);
    else if (type === FRA_IIFNAME) rule.inputInterface = readText(bytes, at, stop);
    else if (type === FRA_OIFNAME) rule.outputInterface = readText(bytes, at, stop);
    else if (type === FRA_PROTOCOL && attributes.holds(1)) rule.protocol = bytes[at];
    else if (!attributes.holds(4)) continue;
    else if (type === FRA_PRIORITY) rule.priority = u32(bytes, at);
    else if (type === FRA_TABLE) rule.table = u32(bytes, at);
    else if (type === FRA_FWMARK) rule.mark = u32(bytes, at);
  }
  return {
    ...rule,
    ...(source === undefined ? {} : { source: { address: source, length: bytes[start + 2] } }),
    ...(destination === undefined
      ? {}
      : { destination: { address: destination, length: bytes[start + 1] } }),
  };
}

/** Asks for the rules of a family. */
export function writeDumpRules(writer: NetlinkWriter, sequence: number, family: Family): void {
  writer.begin(RTM_GETRULE, NLM_F_DUMP, sequence);
  writer.u32(addressFamilyOf(family));
  writer.u32(0);
  writer.u32(0);
  writer.end();
}
