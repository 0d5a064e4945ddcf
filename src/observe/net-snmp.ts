// The npm package net-snmp: loaded where it is wanted alone, and mended where it is wrong.

import type { AgentXBuffer, Library, Varbind } from "./library.ts";
import type { MibTypes } from "./mib.ts";

/** Loads it. Only where SNMP is configured: it takes some MiB. */
export async function loadNetSnmp(): Promise<Library> {
  const { default: library } = (await import("net-snmp")) as { readonly default: Library };
  mendAgentX(library);
  return library;
}

/** net-snmp keeps the keys of all users that there ever were, with their pass phrases. */
export function forgetKeys({ Authentication }: Pick<Library, "Authentication">): void {
  Authentication.authToKeyCache = {};
}

export function mibTypes(library: Library): MibTypes {
  const { ObjectType: types, MibProviderType, MaxAccess } = library;
  return { types, readOnly: { type: MibProviderType.Scalar, maxAccess: MaxAccess["read-only"] } };
}

/**
 * net-snmp 3.29.2 cannot write an IpAddress to a master agent (it calls a method that is not there), and
 * writes octets as UTF-8. Both go out here as RFC 2741 §5.3 and §5.4 have them: a length, the octets, and
 * zeros up to a multiple of four. And it throws where its sysUpTime, in every notification, does not fit
 * any more, after 497 days: TimeTicks wrap (RFC 2578 §7.1.8).
 */
function mendAgentX({ AgentXPdu, ObjectType }: Library): void {
  const original = AgentXPdu.writeVarBind;
  AgentXPdu.writeVarBind = (buffer: AgentXBuffer, varbind: Varbind): void => {
    const octets = octetsOf(varbind, ObjectType.IpAddress);
    if (octets === undefined) return original(buffer, wrapped(varbind, ObjectType.TimeTicks));
    buffer.writeUInt16BE(varbind.type);
    buffer.writeUInt16BE(0); // reserved
    AgentXPdu.writeOid(buffer, varbind.oid);
    buffer.writeUInt32BE(octets.length);
    buffer.writeBuffer(Buffer.concat([octets, Buffer.alloc((4 - (octets.length % 4)) % 4)]));
  };
}

function octetsOf({ type, value }: Varbind, ipAddress: number): Buffer | undefined {
  if (Buffer.isBuffer(value)) return value;
  if (type !== ipAddress || typeof value !== "string") return undefined;
  return Buffer.from(value.split(".").map(Number));
}

function wrapped(varbind: Varbind, timeTicks: number): Varbind {
  const { type, value } = varbind;
  if (type !== timeTicks || typeof value !== "number") return varbind;
  return { ...varbind, value: value % 2 ** 32 };
}
