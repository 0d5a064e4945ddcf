import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { Bird } from "../support/bird.ts";
import { lacking } from "../support/needs.ts";
import { Net, type Host } from "../support/net.ts";
import { Snmpd, TrapSink, walked } from "../support/snmp.ts";
import { Underlay } from "../support/underlay.ts";
import { until } from "../support/wait.ts";

const BGP = ".1.3.6.1.2.1.15";
const BGP4V2 = ".1.3.6.1.3.5.1";
const SKIP = lacking("bird2", "snmp", "snmpd", "snmptrapd");

/** A node and BIRD, with a session over IPv4 and one over IPv6. */
class Pair {
  readonly net = new Net();
  node!: Host;
  bird!: Bird;

  async open(): Promise<void> {
    this.node = await this.net.host("node");
    const peer = await this.net.host("peer");
    await this.net.wire(
      [this.node, "eth0", "10.0.0.1/24", "fd00::1/64"],
      [peer, "eth0", "10.0.0.2/24", "fd00::2/64"],
    );
    const times = "connect delay time 1; error wait time 1, 2;";
    this.bird = await Bird.start(
      peer,
      [
        "router id 10.0.0.2;",
        "protocol device {}",
        "protocol static { ipv4; route 10.9.0.0/24 blackhole; route 10.9.1.0/25 blackhole; }",
        "protocol bgp four {",
        `  local 10.0.0.2 as 64600; neighbor 10.0.0.1 as 64512; ${times}`,
        "  ipv4 { import all; export filter { bgp_med = 77; bgp_path.prepend(4200000001); accept; }; };",
        "}",
        "protocol bgp six {",
        `  local fd00::2 as 64600; neighbor fd00::1 as 64512; ${times}`,
        "  ipv6 { import all; export none; };",
        "}\n",
      ].join("\n"),
    );
  }

  config(snmp: string): string {
    return [
      "node: { name: node, asn: 64512, routerId: 10.0.0.1 }",
      "peers:",
      "  - { name: four, address: 10.0.0.2, asn: 64600, connectRetry: 1, holdTime: 30, families: [ipv4] }",
      "  - { name: six, address: fd00::2, asn: 64600, connectRetry: 1, families: [ipv6] }",
      snmp,
    ].join("\n");
  }

  /** `snmpwalk` and the like, in numbers. */
  async ask(program: string, words: readonly string[], oid: string): Promise<Map<string, string>> {
    const answer = await this.node.run(
      program,
      ...words,
      "-On",
      "-Oe",
      "-OU",
      "-r1",
      "-t60",
      "127.0.0.1",
      oid,
    );
    assert.equal(answer.code, 0, `${program}: ${answer.stderr}${answer.stdout}`);
    return walked(answer.stdout);
  }
}

/** Both sessions are up and have brought their routes, which SNMP looks at each half minute only. */
async function heard(underlay: Underlay): Promise<void> {
  await underlay.established("four", "six");
  await until("both routes have come", async () =>
    (await underlay.show("route", "count", "table", "master4")).includes("2 of 2 routes"),
  );
}

const PUBLIC = ["-v2c", "-cpublic"];
/** snmpd lets this one write; what is written is ours. */
const PUBLIC_WRITER = ["-v2c", "-cwriter"];
/** bgpPeerAdminStatus of a neighbour, of none, and what is no object at all. */
const WRITTEN = ["3.1.3.10.0.0.2", "3.1.3.10.0.0.77", "99.0"].map((oid) => `${BGP}.${oid}`);

/** What both ways must show, of the two sessions and the paths. */
function checkBgp(found: Map<string, string>): void {
  const at = (oid: string): string | undefined => found.get(`${BGP}.${oid}`);
  assert.equal(at("1.0"), "Hex-STRING: 10 ");
  assert.equal(at("2.0"), "INTEGER: 64512");
  assert.equal(at("4.0"), "IpAddress: 10.0.0.1");
  const peer = (column: number): string | undefined => at(`3.1.${column}.10.0.0.2`);
  assert.equal(peer(1), "IpAddress: 10.0.0.2");
  assert.equal(peer(2), "INTEGER: 6");
  assert.equal(peer(3), "INTEGER: 2");
  assert.equal(peer(4), "INTEGER: 4");
  assert.equal(peer(5), "IpAddress: 10.0.0.1");
  assert.equal(peer(7), "IpAddress: 10.0.0.2");
  assert.equal(peer(9), "INTEGER: 64600");
  assert.match(peer(10) ?? "", /^Counter32: [1-9]/);
  assert.match(peer(12) ?? "", /^Counter32: [1-9]/);
  assert.match(peer(14) ?? "", /^Hex-STRING: 0[0-9] 0[0-9] $/);
  assert.match(peer(16) ?? "", /^Gauge32: \d+$/);
  assert.equal(peer(18), "INTEGER: 30");
  assert.equal(peer(19), "INTEGER: 10");
  assert.equal(peer(20), "INTEGER: 30");
  assert.match(peer(24) ?? "", /^Gauge32: \d+$/);
  const ports = [peer(6), peer(8)].map((port) => Number(/\d+$/.exec(port ?? "")?.[0]));
  assert.ok(ports.includes(179) && ports.every((port) => port > 0));
  for (let column = 1; column <= 24; column++) assert.ok(peer(column) !== undefined, `${column}`);

  const path = (column: number): string | undefined => at(`6.1.${column}.10.9.1.0.25.10.0.0.2`);
  assert.equal(path(1), "IpAddress: 10.0.0.2");
  assert.equal(path(2), "INTEGER: 25");
  assert.equal(path(3), "IpAddress: 10.9.1.0");
  // AS_TRANS stands for what does not fit two octets.
  assert.equal(path(5), "Hex-STRING: 02 02 FC 58 5B A0 ");
  assert.equal(path(6), "IpAddress: 10.0.0.2");
  assert.equal(path(7), "INTEGER: 77");
  // It came without a LOCAL_PREF, and counts as if it had the usual one.
  assert.equal(path(8), "INTEGER: -1");
  assert.equal(path(12), "INTEGER: 100");
  assert.equal(path(13), "INTEGER: 2");
  for (let column = 1; column <= 14; column++) assert.ok(path(column) !== undefined, `${column}`);
  const order = [...found.keys()].map((oid) => oid.slice(1).split(".").map(Number));
  for (let i = 1; i < order.length; i++)
    assert.ok(isBefore(order[i - 1], order[i]), order[i].join("."));
}

function isBefore(a: readonly number[], b: readonly number[]): boolean {
  const at = a.findIndex((part, i) => part !== b[i]);
  return at === -1 ? a.length < b.length : at >= b.length ? false : a[at] < b[at];
}

/** The IPv6 neighbour in BGP4V2-MIB. */
const SIX = "1.2.16.253.0.0.0.0.0.0.0.0.0.0.0.0.0.0.2";

function checkVersionTwo(found: Map<string, string>): void {
  const at = (table: number, column: number, index: string): string | undefined =>
    found.get(`${BGP4V2}.1.${table}.1.${column}.${index}`);
  assert.equal(at(2, 13, SIX), "INTEGER: 6");
  assert.equal(at(2, 13, "1.1.4.10.0.0.2"), "INTEGER: 6");
  assert.equal(at(2, 10, SIX), "Gauge32: 64600");
  assert.equal(at(2, 3, SIX), "Hex-STRING: FD 00 00 00 00 00 00 00 00 00 00 00 00 00 00 01 ");
  assert.equal(at(8, 4, `1.1.4.10.0.0.2.1.1`), "Gauge32: 2");
  assert.match(at(7, 5, SIX) ?? "", /^Counter32: [1-9]/);
}

describe("SNMP by snmpd (AgentX)", { skip: SKIP }, () => {
  const pair = new Pair();
  let snmpd: Snmpd;
  let sink: TrapSink;
  let underlay: Underlay;
  before(async () => {
    await pair.open();
    sink = await TrapSink.start(pair.node, "udp:127.0.0.1:1162");
    const more = ["trap2sink 127.0.0.1:1162 public", "rwcommunity writer 127.0.0.1"];
    snmpd = Snmpd.at(pair.node, more.join("\n"));
    const snmp = `snmp: { agentx: ${snmpd.socket}, notifications: both }`;
    underlay = await Underlay.start(pair.node, pair.config(snmp));
  });
  after(() => pair.net.close());

  const registered = (): Promise<unknown> =>
    until(
      "underlay has registered with snmpd",
      async () => {
        const words = [...PUBLIC, "-On", "127.0.0.1", `${BGP}.2.0`];
        return /INTEGER: 64512/.test((await pair.node.run("snmpget", ...words)).stdout);
      },
      { detail: () => underlay.program.output.slice(-2000) },
    );

  it("says that there is no master agent, and goes on without", async () => {
    const { message } = await underlay.logged("snmp-failed");
    assert.match(String(message), /master agent at .*: there is no such socket/);
    assert.match(await underlay.show("status"), /there is no such socket/);
    await heard(underlay);
  });

  it("is there as soon as snmpd is, and shows BGP4-MIB and BGP4V2-MIB to a walk", async () => {
    await snmpd.launch();
    await registered();
    assert.doesNotMatch(await underlay.show("status"), /master agent/);
    checkBgp(await pair.ask("snmpwalk", PUBLIC, BGP));
    checkBgp(await pair.ask("snmpbulkwalk", [...PUBLIC, "-Cr50"], BGP));
    checkVersionTwo(await pair.ask("snmpwalk", PUBLIC, BGP4V2));
    // Behind the end, and what is not there.
    const { stdout } = await pair.node.run(
      "snmpget",
      ...PUBLIC,
      "127.0.0.1",
      `${BGP}.3.1.2.10.0.0.9`,
    );
    assert.match(stdout, /No Such (?:Instance|Object)/);
  });

  it("answers several at one time", async () => {
    const walks = Array.from({ length: 6 }, () => pair.ask("snmpbulkwalk", PUBLIC, BGP));
    for (const found of await Promise.all(walks)) checkBgp(found);
  });

  it("lets nobody write, be it there or not", async () => {
    for (const oid of WRITTEN) {
      const words = [...PUBLIC_WRITER, "127.0.0.1", oid, "i", "1"];
      const { code, stdout, stderr } = await pair.node.run("snmpset", ...words);
      assert.notEqual(code, 0, oid);
      assert.match(stdout + stderr, /notWritable/, oid);
    }
    assert.match(await underlay.show("protocols", "all", "four"), /Established/);
  });

  it("leaves to others what is theirs: a walk goes on behind it", async () => {
    const all = await pair.ask("snmpwalk", PUBLIC, ".1.3.6.1.2.1");
    const groups = [...all.keys()].map((oid) => Number(oid.split(".")[7]));
    assert.ok(groups.includes(15) && Math.max(...groups) > 15, [...new Set(groups)].join());
    assert.deepEqual(
      groups,
      groups.toSorted((a, b) => a - b),
    );
  });

  it("has snmpd tell of a session that is lost, and that comes back", async () => {
    await pair.bird.ask("restart four");
    await pair.bird.ask("restart six");
    const [lost] = await sink.hears(`${BGP}.0.2`);
    assert.match(
      lost,
      new RegExp(`\\${BGP}\\.3\\.1\\.7\\.10\\.0\\.0\\.2 = IpAddress: 10\\.0\\.0\\.2`),
    );
    assert.match(lost, /\.3\.1\.14\.10\.0\.0\.2 = (?:Hex-)?STRING: /);
    const [up] = await sink.hears(`${BGP}.0.1`);
    assert.match(up, /\.3\.1\.2\.10\.0\.0\.2 = INTEGER: 6/);
    await sink.hears(`${BGP}.7.2`);
    await sink.hears(`${BGP}.7.1`);
    const [six] = await sink.hears(`${BGP4V2}.0.2`);
    // BIRD's reason, as the draft has it: code, subcode, text.
    const error = [1, 2, 4].map((column) => `${BGP4V2}.1.3.1.${column}.${SIX} = `);
    for (const oid of error) assert.ok(six.includes(oid), six);
    assert.match(six, /STRING: "?Cease\/Administrative Reset/);
    await sink.hears(`${BGP4V2}.0.1`);
  });

  it("comes back to an snmpd that was restarted, and to one that was killed", async () => {
    await heard(underlay);
    for (const signal of ["SIGTERM", "SIGKILL"] as const) {
      await snmpd.program.end(signal);
      await until("it is missed", async () => /master agent/.test(await underlay.show("status")));
      await snmpd.launch();
      await registered();
    }
    checkVersionTwo(await pair.ask("snmpwalk", PUBLIC, BGP4V2));
  });

  it("leaves by a reload, and at the end", async () => {
    underlay.write(pair.config(""));
    assert.equal((await underlay.ctl("configure")).code, 0);
    await until("nobody answers for it", async () => {
      const words = [...PUBLIC, "127.0.0.1", `${BGP}.2.0`];
      return /No Such Object/.test((await pair.node.run("snmpget", ...words)).stdout);
    });
    assert.equal(await underlay.end(), 0);
  });
});

describe("SNMP by an agent of its own (SNMPv3)", { skip: SKIP }, () => {
  const pair = new Pair();
  let underlay: Underlay;
  let sink: TrapSink;
  const KEYS = { auth: "how to sign it", privacy: "how to hide it" };
  const V3 = [
    "-v3",
    "-lauthPriv",
    "-unms",
    "-aSHA-256",
    `-A${KEYS.auth}`,
    "-xAES",
    `-X${KEYS.privacy}`,
  ];
  before(async () => {
    await pair.open();
    sink = await TrapSink.start(
      pair.node,
      "udp:127.0.0.1:1162",
      `createUser nms SHA-256 "${KEYS.auth}" AES "${KEYS.privacy}"\nauthUser log nms priv`,
    );
    const file = (name: string, text: string): string => {
      const path = join(pair.net.folder, name);
      writeFileSync(path, `${text}\n`, { mode: 0o600 });
      return path;
    };
    const auth = file("auth", KEYS.auth);
    const privacy = file("privacy", KEYS.privacy);
    const community = file("community", "public");
    underlay = await Underlay.start(
      pair.node,
      pair.config(`
snmp:
  listen: 127.0.0.1:161
  users:
    - name: nms
      auth: { type: sha256, file: ${auth} }
      privacy: { type: aes, file: ${privacy} }
  targets:
    - { to: 127.0.0.1:1162, user: nms }
    - { to: 127.0.0.1:1162, community: { file: ${community} } }
`),
    );
    await heard(underlay);
  });
  after(() => pair.net.close());

  it("shows everything to its user", async () => {
    checkBgp(await pair.ask("snmpwalk", V3, BGP));
    checkBgp(await pair.ask("snmpbulkwalk", V3, BGP));
    checkVersionTwo(await pair.ask("snmpwalk", V3, BGP4V2));
    const system = await pair.ask("snmpwalk", V3, ".1.3.6.1.2.1.1");
    assert.match(system.get(".1.3.6.1.2.1.1.1.0") ?? "", /^STRING: "?underlay /);
    assert.match(system.get(".1.3.6.1.2.1.1.5.0") ?? "", /node/);
    const routes = await pair.ask("snmpget", V3, ".1.3.6.1.2.1.4.24.6.0");
    assert.deepEqual([...routes.values()], ["Gauge32: 2"]);
  });

  it("walks to the end of all there is, also in the largest bites", async () => {
    const found = await pair.ask("snmpbulkwalk", [...V3, "-Cr5000"], ".1.3.6.1");
    assert.ok(found.has(`${BGP}.2.0`) && found.has(".1.3.6.1.2.1.4.24.6.0"));
  });

  it("gives GetBulk whole repetitions, and a walk its end", async () => {
    const scalars = [1, 2, 4].map((number) => `${BGP}.${number}`);
    const words = [...V3, "-On", "-Cn0", "-Cr1", "127.0.0.1", ...scalars];
    const bulk = await pair.node.run("snmpbulkget", ...words);
    assert.deepEqual(
      [...walked(bulk.stdout).keys()],
      scalars.map((oid) => `${oid}.0`),
    );
    const behind = await pair.node.run("snmpgetnext", ...V3, "127.0.0.1", ".1.3.6.1.9.9");
    assert.match(behind.stdout, /No more variables left in this MIB View/);
  });

  it("is not another engine, and says which it is", async () => {
    const another = ["-e", "0x8000b98380000102030405060708090a0b"];
    const words = [...V3, ...another, "-r0", "-t3", "127.0.0.1", `${BGP}.2.0`];
    const { stdout, stderr } = await pair.node.run("snmpget", ...words);
    assert.match(stdout + stderr, /[Uu]nknown engine ID/);
  });

  it("shows a table to snmptable", async () => {
    const folder = join(pair.net.folder, "mibs");
    mkdirSync(folder);
    writeFileSync(join(folder, "TEST-MIB.txt"), PEER_TABLE);
    const words = [...V3, `-M${folder}`, "-mTEST-MIB", "-Cf", ";", "127.0.0.1"];
    const table = "TEST-MIB::testPeerTable";
    const { code, stdout, stderr } = await pair.node.run("snmptable", ...words, table);
    assert.equal(code, 0, stderr);
    assert.match(stdout, /identifier;state;adminStatus\n10\.0\.0\.2;6;2\n/);
  });

  it("answers nobody else", async () => {
    const strangers: [string, string[]][] = [
      ["a community", PUBLIC],
      ["SNMPv1", ["-v1", "-cpublic"]],
      ["a stranger", ["-v3", "-lauthPriv", "-uroot", ...V3.slice(3)]],
      ["nobody", ["-v3", "-lnoAuthNoPriv", "-u", ""]],
      ["a user who does not sign", ["-v3", "-lnoAuthNoPriv", "-unms"]],
      [
        "a user who does not encrypt",
        ["-v3", "-lauthNoPriv", "-unms", "-aSHA-256", `-A${KEYS.auth}`],
      ],
      ["another key", [...V3.slice(0, 4), "-Anot this one", ...V3.slice(5)]],
      ["another secret", [...V3.slice(0, 6), "-Xnot this one"]],
    ];
    for (const [who, words] of strangers) {
      const answer = await pair.node.run(
        "snmpget",
        ...words,
        "-r0",
        "-t1",
        "127.0.0.1",
        `${BGP}.2.0`,
      );
      assert.doesNotMatch(answer.stdout, /64512/, who);
    }
    for (const oid of WRITTEN) {
      const set = await pair.node.run("snmpset", ...V3, "127.0.0.1", oid, "i", "1");
      assert.match(set.stdout + set.stderr, /notWritable/, oid);
    }
    checkBgp(await pair.ask("snmpwalk", V3, BGP));
  });

  it("tells its targets of a session that is lost, and that comes back", async () => {
    await pair.bird.ask("restart four");
    // One by an inform, one by a trap.
    await sink.hears(`${BGP}.0.2`, 2);
    const [up] = await sink.hears(`${BGP}.0.1`, 2);
    assert.match(up, /\.3\.1\.2\.10\.0\.0\.2 = INTEGER: 6/);
    assert.deepEqual(sink.told(`${BGP}.7.1`), []);
  });

  it("says no secret, and ends", async () => {
    assert.doesNotMatch(underlay.program.output, /how to/);
    assert.equal(await underlay.end(), 0);
  });
});

/** Three columns of bgpPeerTable: Debian has no free copy of BGP4-MIB, nor of what that imports. */
const PEER_TABLE = `TEST-MIB DEFINITIONS ::= BEGIN
org OBJECT IDENTIFIER ::= { iso 3 }
dod OBJECT IDENTIFIER ::= { org 6 }
internet OBJECT IDENTIFIER ::= { dod 1 }
mgmt OBJECT IDENTIFIER ::= { internet 2 }
mib-2 OBJECT IDENTIFIER ::= { mgmt 1 }
test OBJECT IDENTIFIER ::= { mib-2 15 }
testPeerTable OBJECT-TYPE SYNTAX SEQUENCE OF TestPeerEntry MAX-ACCESS not-accessible STATUS current
  DESCRIPTION "" ::= { test 3 }
testPeerEntry OBJECT-TYPE SYNTAX TestPeerEntry MAX-ACCESS not-accessible STATUS current
  DESCRIPTION "" INDEX { remote } ::= { testPeerTable 1 }
TestPeerEntry ::= SEQUENCE { identifier IpAddress, state INTEGER, adminStatus INTEGER, remote IpAddress }
identifier OBJECT-TYPE SYNTAX IpAddress MAX-ACCESS read-only STATUS current DESCRIPTION ""
  ::= { testPeerEntry 1 }
state OBJECT-TYPE SYNTAX INTEGER MAX-ACCESS read-only STATUS current DESCRIPTION ""
  ::= { testPeerEntry 2 }
adminStatus OBJECT-TYPE SYNTAX INTEGER MAX-ACCESS read-only STATUS current DESCRIPTION ""
  ::= { testPeerEntry 3 }
remote OBJECT-TYPE SYNTAX IpAddress MAX-ACCESS not-accessible STATUS current DESCRIPTION ""
  ::= { testPeerEntry 7 }
END
`;
