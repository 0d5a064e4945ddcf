// The objects of SNMP as a table, out of the tables that answer for them. Names are the MIBs' own.

import { bgp4Mib } from "../src/observe/bgp4-mib.ts";
import { bgp4v2Mib } from "../src/observe/bgp4v2-mib.ts";
import { oidText } from "../src/observe/oid.ts";
import { systemMib } from "../src/observe/system-mib.ts";

/** @type {Record<string, [string, string]>} */
const NAMES = {
  "1.3.6.1.2.1.1.1": ["sysDescr", "which version runs"],
  "1.3.6.1.2.1.1.2": ["sysObjectID", "0.0: there is no registered one"],
  "1.3.6.1.2.1.1.3": ["sysUpTime", "since the daemon's start"],
  "1.3.6.1.2.1.1.5": ["sysName", "`node.name`"],
  "1.3.6.1.2.1.1.7": ["sysServices", "4, a router"],
  "1.3.6.1.2.1.4.24.6": ["inetCidrRouteNumber", "routes of ours in the kernel"],
  "1.3.6.1.2.1.15.1": ["bgpVersion", "BGP-4 only"],
  "1.3.6.1.2.1.15.2": ["bgpLocalAs", "`node.asn`; 23456 where it has four octets"],
  "1.3.6.1.2.1.15.3.1": ["bgpPeerEntry", "neighbours with IPv4 addresses"],
  "1.3.6.1.2.1.15.4": ["bgpIdentifier", "the router id"],
  "1.3.6.1.2.1.15.6.1": ["bgp4PathAttrEntry", "IPv4 paths from those, up to `snmp.maxPaths`"],
  "1.3.6.1.3.5.1.1.2.1": ["bgp4V2PeerEntry", "all neighbours"],
  "1.3.6.1.3.5.1.1.3.1": ["bgp4V2PeerErrorsEntry", "the last NOTIFICATIONs, received and sent"],
  "1.3.6.1.3.5.1.1.4.1": ["bgp4V2PeerEventTimesEntry", "since when, and the last UPDATE"],
  "1.3.6.1.3.5.1.1.5.1": ["bgp4V2PeerConfiguredTimersEntry", "timers as configured"],
  "1.3.6.1.3.5.1.1.6.1": ["bgp4V2PeerNegotiatedTimersEntry", "timers as agreed on"],
  "1.3.6.1.3.5.1.1.7.1": ["bgp4V2PeerCountersEntry", "messages, and how often it came up"],
  "1.3.6.1.3.5.1.1.8.1": ["bgp4V2PrefixGaugesEntry", "prefixes received, accepted, sent"],
};

/** Of objects nothing is asked here but where they are. */
const STATE = /** @type {any} */ ({});

export function objectTable() {
  /** @type {{ by: string, objects: readonly any[] }[]} */
  const all = [
    { by: "snmpd, own agent", objects: [...bgp4Mib(STATE), ...bgp4v2Mib(STATE)] },
    { by: "own agent", objects: systemMib(STATE, "") },
  ];
  const rows = all.flatMap(({ by, objects }) =>
    objects.map(({ oid, columns }) => {
      const text = oidText(oid);
      const known = NAMES[text];
      if (known === undefined) throw new Error(`no name for ${text}`);
      const numbers = columns?.map((/** @type {any} */ { number }) => number).join(" ") ?? "";
      return `| \`${known[0]}\` | ${text} | ${numbers} | ${known[1]} | ${by} |`;
    }),
  );
  return `| object | OID | columns | what | by |\n| --- | --- | --- | --- | --- |\n${rows.join("\n")}`;
}
