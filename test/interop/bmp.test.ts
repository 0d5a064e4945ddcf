import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, it } from "node:test";
import { type BmpMessage, BmpStation, TYPES } from "../support/bmp-station.ts";
import { Frr } from "../support/frr.ts";
import { lacking } from "../support/needs.ts";
import { Net } from "../support/net.ts";
import { run } from "../support/process.ts";
import { Underlay } from "../support/underlay.ts";
import { until } from "../support/wait.ts";

/** A node between FRR and a monitoring station; every packet to the station is read by tshark as well. */
const PORT = 11019;
const ROUTER = "10.0.0.2";

const FRR = `
router bgp 64600
 bgp router-id 10.0.0.2
 no bgp ebgp-requires-policy
 no bgp network import-check
 neighbor 10.0.0.1 remote-as 64512
 neighbor 10.0.0.1 timers connect 1
 address-family ipv4 unicast
  network 10.1.1.0/24
  network 10.1.9.0/24
 exit-address-family
 address-family ipv6 unicast
  neighbor 10.0.0.1 activate
  network fd00:1::/64
 exit-address-family
`;

const config = (bmp: string): string => `
node: { name: node, asn: 64512, routerId: 10.0.0.1 }
static: [{ prefix: 10.2.2.0/24 }]
filters:
  some: [{ match: { prefix: [10.1.9.0/24] }, then: reject }, { then: accept }]
peers:
  - { name: router, address: ${ROUTER}, asn: 64600, connectRetry: 1, import: some }
${bmp}
`;

const STATION = `bmp:
  stations:
    - name: collector
      address: 10.0.1.2
      port: ${PORT}
      routes: [adj-rib-in-pre, adj-rib-in-post, adj-rib-out-post, loc-rib]
      statistics: 1s
`;

/** Flags of the per-peer header: L, and L with O (RFC 8671). */
const TABLES = { pre: 0, post: 0x40, out: 0x50 } as const;
const LOC_RIB = 3;
const FOUR = "180a0101"; // 10.1.1.0/24, as NLRI has it
const REJECTED = "180a0109";
const OWN = "180a0202";
const SIX = "40fd00000100000000";
const END_OF_RIB = `${"ff".repeat(16)}00170200000000`;

const monitors = (flags: number, nlri: string) => (message: BmpMessage) =>
  message.type === TYPES.routeMonitoring &&
  message.peerType === 0 &&
  message.flags === flags &&
  message.peer === ROUTER &&
  message.body.includes(nlri);

const inLocRib = (nlri: string) => (message: BmpMessage) =>
  message.type === TYPES.routeMonitoring &&
  message.peerType === LOC_RIB &&
  message.body.includes(nlri);

const of =
  (type: number, more: (message: BmpMessage) => boolean = () => true) =>
  (message: BmpMessage) =>
    message.type === type && more(message);

async function hearsAll(station: BmpStation, connection: number): Promise<void> {
  const hear = (what: string, match: (message: BmpMessage) => boolean): Promise<BmpMessage> =>
    station.heard(
      `${what} (${connection})`,
      (each) => each.connection === connection && match(each),
    );
  await hear("Initiation", of(TYPES.initiation));
  const up = await hear(
    "Peer Up",
    of(TYPES.peerUp, ({ peerType }) => peerType === 0),
  );
  assert.equal(up.body.split(`${"ff".repeat(16)}`).length, 3, "both OPENs");
  await hear(
    "Loc-RIB's Peer Up",
    of(TYPES.peerUp, ({ peerType }) => peerType === LOC_RIB),
  );
  await hear("what FRR announces", monitors(TABLES.pre, FOUR));
  await hear("what the filter rejects", monitors(TABLES.pre, REJECTED));
  await hear("what is accepted", monitors(TABLES.post, FOUR));
  await hear("IPv6", (message) => message.flags === TABLES.post && message.body.includes(SIX));
  await hear("what FRR is told", monitors(TABLES.out, OWN));
  await hear("what is chosen", inLocRib(FOUR));
  await hear("its own route", inLocRib(OWN));
  for (const flags of Object.values(TABLES)) await hear("End-of-RIB", monitors(flags, END_OF_RIB));
  await hear("End-of-RIB of Loc-RIB", inLocRib(END_OF_RIB));
  await hear("a Statistics Report", of(TYPES.statistics));
  const post = station
    .messages()
    .filter((each) => each.connection === connection && each.flags === TABLES.post);
  assert.ok(!post.some(({ body }) => body.includes(REJECTED)), "after the policy");
}

/** What tshark makes of the capture: types by how often they came; fails where it cannot read. */
async function tshark(file: string): Promise<Map<number, number>> {
  const decode = ["tshark", "-n", "-r", file, "-d", `tcp.port==${PORT},bmp`];
  // tshark 4.0 takes what stands behind the OPENs (RFC 9069 §5.2: the table's name) for a message of BGP.
  const broken = await run([
    ...decode,
    "-Y",
    "_ws.malformed && !(bmp.type == 3 && bmp.peer.type == 3)",
  ]);
  assert.equal(broken.stdout, "", broken.stdout);
  const { stdout } = await run([...decode, "-Y", "bmp", "-T", "fields", "-e", "bmp.type"]);
  const counts = new Map<number, number>();
  for (const type of stdout.split(/[\s,]+/).filter((text) => text !== "")) {
    counts.set(Number(type), (counts.get(Number(type)) ?? 0) + 1);
  }
  return counts;
}

describe(
  "BMP (RFC 7854, RFC 8671, RFC 9069)",
  { skip: lacking("frr", "tshark", "tcpdump") },
  () => {
    it("tells a station all tables, a flap, and everything again after a loss; tshark reads it all", async () => {
      const net = new Net();
      try {
        const [node, router, host] = [
          await net.host("node"),
          await net.host("router"),
          await net.host("station"),
        ];
        await net.wire([node, "eth0", "10.0.0.1/24"], [router, "eth0", `${ROUTER}/24`]);
        await net.wire([node, "eth1", "10.0.1.1/24"], [host, "eth0", "10.0.1.2/24"]);
        const file = join(net.folder, "bmp.pcap");
        const capture = host.start([
          "tcpdump",
          "-n",
          "-U",
          "--immediate-mode",
          "-i",
          "eth0",
          "-w",
          file,
          `tcp port ${PORT}`,
        ]);
        await until("tcpdump listens", () => capture.output.includes("listening on"));
        const station = await BmpStation.start(host, PORT);
        const frr = await Frr.start(router, FRR);
        const underlay = await Underlay.start(node, config(STATION));
        await underlay.established("router");
        await underlay.logged("bmp-up");
        await hearsAll(station, 1);

        await underlay.ask("restart router");
        const isOurs = ({ body }: BmpMessage): boolean => /^01f{32}00..0306/.test(body);
        await station.heard("the end, by our NOTIFICATION", of(TYPES.peerDown, isOurs));
        await underlay.established("router");
        await until("a second Peer Up", () => {
          return (
            station.messages().filter(of(TYPES.peerUp, ({ peerType }) => peerType === 0)).length > 1
          );
        });
        await frr.bgp("clear bgp *").catch(() => undefined);
        await station.heard(
          "FRR's NOTIFICATION",
          of(TYPES.peerDown, ({ body }) => /^03f/.test(body)),
        );
        await underlay.established("router");

        await station.program.end("SIGKILL");
        await underlay.logged("bmp-down");
        const again = await BmpStation.start(host, PORT);
        await hearsAll(again, 1);

        const sessions = (): number =>
          underlay.log().filter(({ event }) => event === "session-down").length;
        const before = sessions();
        underlay.write(config(""));
        await underlay.ask("configure");
        await again.heard("Termination", of(TYPES.termination));
        assert.equal(sessions(), before, "no session was touched");
        await underlay.established("router");

        const counts = await until("tshark has read every type", async () => {
          const read = await tshark(file);
          return Object.values(TYPES).every((type) => read.has(type)) ? read : undefined;
        });
        await capture.end("SIGTERM");
        const heard = [...station.messages(), ...again.messages()].length;
        const read = [...counts.values()].reduce((sum, count) => sum + count, 0);
        assert.ok(read >= heard, `tshark read ${read} messages of ${heard}`);
        await frr.end("SIGTERM");
      } finally {
        await net.close();
      }
    });
  },
);
