/**
 * What others watch the daemon with: views of the other rooms' state, read when somebody asks.
 *
 *     a GET ─ MetricsServer ─> exposition(views) ─> pieces of text ─> one answer
 *
 * - views.ts          what this room needs to see; the daemon provides it
 * - metric.ts         a family of metrics is a row of a table: name, type, help, labels, samples
 * - daemon-metrics.ts, peer-metrics.ts   the table; README.md is made from it
 * - exposition.ts     the table as text
 * - process-figures.ts   what Node says of the process
 * - metrics-server.ts /metrics, /healthz, /readyz, over the HTTP of the room http
 *
 *     what happens ─ BmpSource ─> BmpStation ─> a connection to a monitoring station (RFC 7854)
 *
 * - bmp-source.ts     what a station is told of; the daemon provides it
 * - bmp-station.ts    one station: connects, and again when that fails; what it has no room for waits
 *                     in the tables, not here
 *
 *     a request ─ AgentXClient, from snmpd ─┐
 *     a datagram ─ SnmpAgent, SNMPv3 ───────┴─> net-snmp ─> MibAnswers ─> Mib ─> cells, made when asked for
 *     a session comes or goes ─> Snmp.changed() ─> snmpd's targets, and those of the configuration
 *
 * - snmp.ts           SNMP as a whole; net-snmp.ts loads the package and mends it
 * - agentx.ts         a subagent of snmpd, over its Unix socket or TCP; agentx-frames.ts cuts its messages
 * - snmp-agent.ts     an agent of its own; snmp-engine.ts: whether it is meant; notifications.ts: who is told
 * - agentx-answers.ts, snmp-answers.ts   what either answers, by mib-answers.ts
 * - mib.ts, oid.ts    tables as functions, by binary search; bgp4-mib.ts, bgp4v2-mib.ts, system-mib.ts
 * - snmp-state.ts     what is shown: neighbours as of a second ago, paths as of half a minute
 *
 *     what comes in ─> MrtFile ─> a log of updates;   routes ─> writeDump ─> a dump (RFC 6396)
 *
 * - mrt-file.ts       a file that is added to, and never waited for; mrt-dump.ts: one that is written
 *                     whole, in pieces; file-name.ts: the time in their names
 *
 * Nothing is counted here: counters are where things happen, plain numbers that are there anyway.
 * Where metrics are not configured, nothing of this runs; where they are, nothing runs until somebody
 * asks. An answer is made in pieces of 2 ms, so that no session waits for it.
 *
 * Standards: Prometheus's text format 0.0.4 and its rules for names (base units, `_total`); RFC 7854,
 * RFC 8671 and RFC 9069 (the messages are the room monitor's); BGP4-MIB (RFC 4273), AgentX (RFC 2741),
 * SNMPv3 with USM (RFC 3412, 3414, 3826, 7860).
 *
 * Deviations, confessed:
 * - How long the event loop is held is told by the length of its turns, which is counted anyway, not by
 *   perf_hooks.monitorEventLoopDelay: that is a timer of 10 ms, which would wake an idle node a hundred
 *   times a second, or, taken once an iteration, counts what was waited as well (seen with Node.js 26).
 * - A counter of prefixes (`..._prefixes_updated_total`) begins at 0 with each session, as counters may.
 * - A station is tried again after 2 s, doubled up to 2 min; RFC 7854 §3.2 would begin with 30 s and end
 *   with 12 min. An End-of-RIB is passed on when the neighbour's has come; for sessions that are older than
 *   the connection, when all is told.
 * - UPDATEs before the policy are written anew from what Adj-RIB-In holds, with AS numbers of four
 *   octets: what RFC 7606 has discarded is not in them, and what came twice is told once.
 * - Plain HTTP, nobody is asked who he is: it is meant for a loopback address, or a network of its own.
 * - MIBs are read-only. BGP4-MIB has no place for neighbours with IPv6 addresses (they are in
 *   BGP4V2-MIB, a draft without a number, which stands where FRR has it), nor for AS numbers of four
 *   octets (AS_TRANS stands for them). bgpPeerMinASOriginationInterval and
 *   bgpPeerMinRouteAdvertisementInterval are 1, the least there is: there are no such timers.
 * - bgp4PathAttrTable is as of half a minute ago, has a neighbour's best path where there are several
 *   (ADD-PATH), and is empty with more IPv4 paths than `maxPaths`: a walk over a million would take hours.
 * - bgpBackwardTransNotification is sent when Established is left, not at each fall of the state.
 * - net-snmp's engine has no clock (snmpEngineTime stands still), so a request that somebody has
 *   recorded can be asked again: it gets the answer that its own sender could read, encrypted. For the
 *   same reason SNMPv3 targets are told by informs, not by traps.
 * - Beside snmpd, IP-FORWARD-MIB is snmpd's. The agent of its own counts our routes alone there.
 */
export type { ConfigView, DaemonView, ObservedViews } from "./views.ts";
export { Snmp, type SnmpOptions, type SnmpSettings } from "./snmp.ts";
export { METRICS } from "./exposition.ts";
export type { BmpFeed, BmpSession, BmpSink, BmpSource } from "./bmp-source.ts";
export { BmpStation, type BmpEvent, type BmpStationOptions } from "./bmp-station.ts";
export { MrtFile, type MrtFileOptions } from "./mrt-file.ts";
export { writeDump } from "./mrt-dump.ts";
export { processFigures } from "./process-figures.ts";
export { MetricsServer, type MetricsServerOptions } from "./metrics-server.ts";
