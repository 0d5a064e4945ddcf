// What an agent of its own must say of itself: the system group (RFC 3418), and how many routes there
// are (IP-FORWARD-MIB, RFC 4292). Beside a master agent, both are that one's.

import type { Scalar } from "./mib.ts";
import { adminString } from "./mib-values.ts";
import type { Oid } from "./oid.ts";
import type { SnmpState } from "./snmp-state.ts";

const SYSTEM: Oid = [1, 3, 6, 1, 2, 1, 1];
const IP_FORWARD: Oid = [1, 3, 6, 1, 2, 1, 4, 24];

/** sysServices: a router (2 to the power of 3 - 1). */
const INTERNET_LAYER = 4;

export function systemMib(state: SnmpState, name: string): Scalar[] {
  const text = (value: () => string) => () => adminString(value());
  return [
    {
      oid: [...SYSTEM, 1],
      type: "OctetString",
      value: text(() => `underlay ${state.daemon.version}, a BGP routing daemon`),
    },
    { oid: [...SYSTEM, 2], type: "OID", value: () => "0.0" },
    {
      oid: [...SYSTEM, 3],
      type: "TimeTicks",
      value: () => Math.floor((Date.now() - state.daemon.startedAt) / 10) % 2 ** 32,
    },
    { oid: [...SYSTEM, 5], type: "OctetString", value: text(() => name) },
    { oid: [...SYSTEM, 7], type: "Integer", value: () => INTERNET_LAYER },
    {
      // inetCidrRouteNumber: those of ours; the kernel's others are not counted here.
      oid: [...IP_FORWARD, 6],
      type: "Gauge",
      value: () => {
        const [four, six] = state.daemon.kernel.installed;
        return four + six;
      },
    },
  ];
}
