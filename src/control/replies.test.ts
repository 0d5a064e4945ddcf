import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ControlConnection } from "./index.ts";
import {
  EPOCH_TIMES,
  FixedViews,
  LONG_TIMES,
  PROTOCOLS,
  ROUTES,
  at,
  converse,
} from "./fixture.test.ts";

/** What BIRD 2.0.12 wrote, `␠` being a blank at the end of a line and `→` a tab. */
function recorded(text: string): string {
  return `${text.trim()}\n`.replaceAll("␠", " ").replaceAll("→", "\t");
}

describe("replies, to the letter", () => {
  test("show status", () => {
    assert.equal(
      converse("show status\n"),
      recorded(`
1000-BIRD 2.0.12
1011-Router ID is 10.0.0.1
 Hostname is vm
 Current server time is 2026-11-20 21:22:38.819
 Last reboot on 2026-11-20 21:22:01.897
 Last reconfiguration on 2026-11-20 21:22:01.897
 underlay 0.1.0, AS 64512, mode l3
 Kernel routes: 4 installed, 0 pending, 0 unresolved, 1 failed
 Local pods: 2, blocks 10.244.1.0/24
0013 Daemon is up and running`),
    );
  });

  test("show status with everything that may be there", () => {
    const views = new FixedViews();
    views.plainStatus = {
      ...views.plainStatus,
      recovery: { waitingFor: 3, remaining: 18_269, total: 20_000 },
      adopted: { routes: 100, stale: 3 },
      sysctls: [
        { path: "net/ipv4/ip_forward", wanted: "1", found: "0", state: "wrong" },
        { path: "net/ipv4/conf/all/rp_filter", wanted: "0", found: "0", state: "right" },
        { path: "net/x", wanted: "0", found: undefined, state: "wrong" },
      ],
      warnings: ["the disk is full"],
    };
    const reply = converse("show status\n", views);
    assert.equal(
      reply.slice(reply.indexOf("Adopted")),
      recorded(`
Adopted routes: 100, 3 not claimed yet
 Local pods: 2, blocks 10.244.1.0/24
 Kernel settings: 1 right, 0 set, 2 wrong
   net/ipv4/ip_forward is 0, must be 1
   net/x is not there, must be 0
 Warning: the disk is full
0024-Graceful restart recovery in progress
   Waiting for 3 channels to recover
   Wait timer is 18.269/20
0013 Daemon is up and running`),
    );
  });

  test("show protocols", () => {
    assert.equal(
      converse("show protocols\n"),
      recorded(`
2002-name       proto      table      state  since         info
1002-device1    Device     ---        up     21:22:01.897␠␠
 Mesh_10_0_0_2 BGP        ---        up     21:22:06.178  Established␠␠␠
 Node_10_0_0_99 BGP        ---        start  21:22:01.897  Active        Socket: No route to host
 nodes      BGP        ---        start  21:22:01.897  Passive␠␠␠␠␠␠␠
 off1       BGP        ---        down   21:22:01.897␠␠
0000␠`),
    );
  });

  test("show protocols all", () => {
    assert.equal(
      converse("show protocols all Mesh_10_0_0_2\n"),
      recorded(`
2002-name       proto      table      state  since         info
1002-Mesh_10_0_0_2 BGP        ---        up     21:22:06.178  Established␠␠␠
1006-  Description:    rack1 tor
   BGP state:          Established
     Neighbor address: 10.0.0.2
     Neighbor AS:      65001
     Local AS:         64512
     Neighbor ID:      10.0.0.2
     Local capabilities
       Multiprotocol
         AF announced: ipv4 ipv6
       Route refresh
       Graceful restart
         Restart time: 120
         AF supported: ipv4 ipv6
         AF preserved:
       4-octet AS numbers
       ADD-PATH
         RX: ipv4
         TX: ipv4
       Enhanced refresh
       Long-lived graceful restart
     Neighbor capabilities
       Multiprotocol
         AF announced: ipv4 ipv6
       Route refresh
     Session:          external AS4
     Source address:   10.0.0.1
     Hold timer:       84.928/90
     Keepalive timer:  24.488/30
   Channel ipv4
     State:          UP
     Table:          master4
     Preference:     100
     Input filter:   imp
     Output filter:  (unnamed)
     Import limit:   1000
       Action:       restart
     Routes:         3 imported, 1 filtered, 3 exported, 3 preferred
     Route change stats:     received   rejected   filtered    ignored   accepted
       Import updates:              4          0          1          0          3
       Import withdraws:            0          0        ---          1          0
       Export updates:              7          3          1        ---          3
       Export withdraws:            0        ---        ---        ---          0
     BGP Next hop:   10.0.0.1
   Channel ipv6
     State:          UP
     Table:          master6
     Preference:     100
     Input filter:   imp
     Output filter:  (unnamed)
     Routes:         3 imported, 3 exported, 3 preferred
     Route change stats:     received   rejected   filtered    ignored   accepted
       Import updates:              4          0          1          0          3
       Import withdraws:            0          0        ---          1          0
       Export updates:              7          3          1        ---          3
       Export withdraws:            0        ---        ---        ---          0
     BGP Next hop:   fd00::1 fe80::8854:32ff:fe65:be0e
␠
0000␠`),
    );
  });

  test("a protocol without details ends in a bare code, one that is down says what it waits for", () => {
    const reply = converse("show protocols all\n");
    assert.match(reply, /^1002-device1 .*\n1006-\n1002-Mesh_10_0_0_2 /m);
    assert.match(reply, /\n {5}Connect delay: {4}2.426\/5\n {5}Last error: {7}Socket: No route to/);
    assert.match(reply, /\n {5}Neighbor range: {3}10.0.0.0\/24\n/);
    assert.match(reply, /^1006- {2}Message: {8}moving racks\n {3}BGP state: {10}Down\n/m);
  });

  test("a channel that is down shows what it is configured for, and no counts", () => {
    const reply = converse("show protocols all Node_10_0_0_99\n");
    assert.equal(
      reply.slice(reply.indexOf("Channel")),
      recorded(`
Channel ipv4
     State:          DOWN
     Table:          master4
     Preference:     100
     Input filter:   imp
     Output filter:  (unnamed)
     Import limit:   1000
       Action:       restart
␠
0000␠`),
    );
  });

  test("show route", () => {
    assert.equal(
      converse("show route\n"),
      recorded(`
1007-Table master4:
 0.0.0.0/0            unicast [Mesh_10_0_0_2 21:22:06.73] * (100) [AS65001i]
 →via 10.0.0.2 on vA
                      unicast [Mesh_10_0_1_2 21:23:45.04] (100) [AS65001i]
 →via 10.0.0.2 on vA
 10.244.1.0/24        blackhole [blocks 21:22:01.89] * (200)
 10.244.2.0/26        unicast [Mesh_10_0_0_2 21:22:06.73] ! (100) [AS65001i]
 →via 10.0.0.2 on vA weight 2
 →via 172.31.1.1 on vA onlink
␠
 Table master6:
 fd01::/64            unicast [Mesh_10_0_0_2 21:22:06.78 from 10.0.0.2] * (100) [AS65001i]
 →via fd00::2 on vA
0000␠`),
    );
  });

  test("show route all", () => {
    const reply = converse("show route all\n");
    const head = reply.slice(0, reply.indexOf("\n1007-    "));
    assert.equal(
      `${head}\n`,
      recorded(`
1007-Table master4:
 0.0.0.0/0            unicast [Mesh_10_0_0_2 21:22:06.73] * (100) [AS65001i]
 →via 10.0.0.2 on vA
1008-→Type: BGP univ
1012-→BGP.origin: IGP
 →BGP.as_path: 65001
 →BGP.next_hop: 10.0.0.2
 →BGP.local_pref: 100
 →BGP.community: (65001,100)
 →BGP.ext_community: (rt, 65001, 7)
 →BGP.large_community: (65001, 1, 2)
 →underlay.kernel: installed`),
    );
    assert.match(reply, /\n1007-10.244.1.0\/24 .*\n1008-\tType: static univ\n1007-10.244.2.0\/26 /);
    assert.match(
      reply,
      /\n \tunderlay.kernel: failed: File exists, owner: proto static\n1007-\n Table/,
    );
    assert.match(reply, /\n \tunderlay.reason: AS path is longer\n/);
  });

  test("show route for, protocol, table, count", () => {
    assert.equal(
      converse("show route for 10.244.2.5\n"),
      recorded(`
1007-Table master4:
 10.244.2.0/26        unicast [Mesh_10_0_0_2 21:22:06.73] ! (100) [AS65001i]
 →via 10.0.0.2 on vA weight 2
 →via 172.31.1.1 on vA onlink
0000␠`),
    );
    assert.equal(
      converse("show route count\n"),
      recorded(`
1007-4 of 4 routes for 3 networks in table master4
 1 of 1 routes for 1 networks in table master6
0014 Total: 5 of 5 routes for 4 networks in 2 tables`),
    );
    assert.equal(
      converse("show route table master4 primary count\n"),
      "1007-3 of 4 routes for 3 networks in table master4\n0000 \n",
    );
    assert.match(converse("show route filter imp count\n"), /^0014 Total: 4 of 5 /m);
    for (const [rest, why] of [
      ["filter nosuch", "no filter is called nosuch"],
      ["filter", "unexpected END"],
      ["filter { accept }", "unexpected {"],
      ["filter imp where true", "filter specified twice"],
      ["where true filter imp", "filter specified twice"],
    ]) {
      assert.equal(converse(`show route ${rest}\n`), `9001 syntax error, ${why}\n`);
    }
    assert.equal(converse("show route 10.99.0.0/16\n"), "8001 Network not found\n");
    assert.equal(converse("show route for 10.99.0.1\n"), "8001 Network not found\n");
    assert.equal(converse("show route protocol device1\n"), "0000 \n");
    assert.equal(
      converse("show route table master6 protocol device1\n"),
      "1007-Table master6:\n0000 \n",
    );
  });

  test("long lists of communities go on in lines with two tabs", () => {
    const views = new FixedViews();
    const communities = Array.from({ length: 100 }, (_, index) => 65001 * 65536 + index);
    const route = ROUTES[0];
    if (route.attributes === undefined) assert.fail();
    views.table = [{ ...route, attributes: { ...route.attributes, communities } }];
    const reply = converse("show route all\n", views);
    assert.ok(reply.split("\n").every((line) => Buffer.byteLength(line) < 512));
    const [, listed] = /BGP.community: ((?:.|\n \t\t)*)/.exec(reply) ?? [];
    assert.equal(listed.replaceAll("\n \t\t", " ").split(" ").length, 100);
  });

  test("show bfd sessions", () => {
    assert.equal(
      converse("show bfd sessions\n"),
      "1020-bfd1:\n" +
        " IP address                Interface  State      Since         Interval  Timeout\n" +
        " 10.0.0.2                  vA         Up         21:23:41.943    0.300    1.500\n" +
        "0000 \n",
    );
    for (const name of ["bfd1", "'bfd1'"]) {
      assert.equal(converse(`show bfd sessions ${name}\n`), converse("show bfd sessions\n"));
    }
    const unwatched = new FixedViews();
    unwatched.bfdSessions = function* () {
      // There are none.
    };
    assert.equal(
      converse("show bfd sessions\n", unwatched),
      "9001 There is no BFD protocol running\n",
    );
    assert.equal(converse("underlay json show bfd sessions\n", unwatched), "2100-list\n0000 \n");
  });

  test("a route of the configuration: its attributes, but no origin AS and nobody it is from", () => {
    const views = new FixedViews();
    const [learnt] = ROUTES;
    views.table = [{ ...learnt, protocol: "static1", source: "static", preference: 200 }];
    const reply = converse("show route all\n", views);
    assert.match(reply, /^ 0\.0\.0\.0\/0 {12}unicast \[static1 21:22:06\.73\] \* \(200\)$/m);
    assert.match(reply, /^ \tBGP\.as_path: 65001$/m);
    assert.equal(converse("show route where from = 10.0.0.2\n", views), "0000 \n");
  });

  test("show interfaces NAME, which BIRD does not know", () => {
    assert.match(converse("show interfaces vA\n"), /^1001-vA up \(index=\d+\)\n1004-/);
    assert.match(converse("show interfaces summary l*\n"), /^2005-.*\n1005-lo +up .*\n0000 \n$/);
    assert.equal(converse("show interfaces nosuch\n"), "8001 Interface not found\n");
    assert.match(
      converse("underlay json show interfaces nosuch\n"),
      /\n8001 Interface not found\n$/,
    );
  });

  test("show interfaces", () => {
    const reply = converse("show interfaces\n");
    assert.equal(
      reply.slice(reply.indexOf("1001-vA")),
      recorded(`
1001-vA up (index=2)
1004-→MultiAccess Broadcast Multicast AdminUp LinkUp MTU=1500
1003-→10.0.0.1/24 (Preferred, scope site)
 →fd00::1/64 (Preferred, scope site)
 →fe80::8854:32ff:fe65:be0e/64 (Preferred, scope link)
0000␠`),
    );
    assert.equal(
      converse("show interfaces summary\n"),
      recorded(`
2005-Interface  State  IPv4 address       IPv6 address
1005-lo         up     127.0.0.1/8        ::1/128
 vA         up     10.0.0.1/24        fd00::1/64
0000␠`),
    );
  });

  test("times", () => {
    const views = new FixedViews();
    const line = () => converse("show protocols off1\n", views).split("\n")[1];
    views.list = PROTOCOLS.map((one) => ({ ...one, since: at("01:22:38.818") }));
    assert.match(line(), /down {3}2026-11-20 {4}$/);
    views.timeFormats = EPOCH_TIMES;
    assert.match(line(), new RegExp(`down   ${Math.floor(at("01:22:38") / 1000)}   `));
    views.timeFormats = LONG_TIMES;
    assert.match(line(), /down {3}2026-11-20 01:22:38 {2}$/);
    assert.match(converse("show status\n", views), /time is 2026-11-20 21:22:38\n/);
  });
});

describe("commands that do something", () => {
  test("enable, disable, restart", () => {
    const views = new FixedViews();
    assert.equal(converse("disable off1\n", views), "0009-off1: disabled\n0000 \n");
    assert.equal(converse("enable 'off1'\n", views), "0011-off1: enabled\n0000 \n");
    assert.equal(converse("restart off1\n", views), "0012-off1: restarted\n0000 \n");
    views.outcome = "already";
    assert.equal(converse("disable off1\n", views), "0008-off1: already disabled\n0000 \n");
    assert.equal(converse("enable off1\n", views), "0010-off1: already enabled\n0000 \n");
    assert.equal(converse('disable "zz*"\n', views), "8003 No protocols match\n");
    assert.equal(converse("disable zz*\n", views), "8003 No protocols match\n");
    assert.match(converse("disable zz\n", views), /^9001 syntax error, no protocol is called zz/);
  });

  test("reload", () => {
    const views = new FixedViews();
    assert.equal(converse("reload in off1\n", views), "0015-off1: reloading\n0000 \n");
    assert.equal(converse("reload 'off1'\n", views), "0015-off1: reloading\n0000 \n");
    assert.equal(converse('reload out "Mesh*"\n', views), "0015-Mesh_10_0_0_2: reloading\n0000 \n");
    assert.deepEqual(views.done, [
      "reload in off1",
      "reload both off1",
      "reload out Mesh_10_0_0_2",
    ]);
    views.reloaded = "already";
    assert.equal(converse("reload off1\n", views), "0008-off1: already disabled\n0000 \n");
    views.reloaded = "down";
    assert.equal(converse("reload off1\n", views), "0000 \n");
    views.reloaded = "unable";
    const failed = "off1: reload failed: its neighbour takes no ROUTE-REFRESH\n";
    assert.equal(converse("reload in off1\n", views), `8006 ${failed}`);
    assert.equal(converse("reload in off?\n", views), `8006-${failed}0000 \n`);
    views.reloaded = "refused";
    assert.match(converse("reload device1\n", views), /^8006 device1: reload failed: it is no BGP/);
    assert.equal(converse('reload in "zz*"\n', views), "8003 No protocols match\n");
    assert.match(converse("reload in\n", views), /^9001 syntax error, unexpected END/);
    assert.match(
      converse("reload in out\n", views),
      /^9001 syntax error, no protocol is called out/,
    );
    assert.match(converse("reload zz\n", views), /^9001 syntax error, no protocol is called zz/);
    assert.match(converse("underlay json reload in zz*\n", views), /8003 No protocols match\n$/);
    views.reloaded = "done";
    views.done.length = 0;
    assert.match(converse("underlay json reload out all\n", views), /"result":"done"/);
    assert.ok(
      !views.done.includes("reload out nodes"),
      "a range's neighbours have their own names",
    );
  });

  test("enable, disable, restart with a message", () => {
    const views = new FixedViews();
    assert.equal(
      converse('disable off1 "moving racks"\nrestart \'off1\' "é"\nenable off1 ""\n', views),
      "0009-off1: disabled\n0000 \n0012-off1: restarted\n0000 \n0011-off1: enabled\n0000 \n",
    );
    assert.deepEqual(views.done, ["disable off1: moving racks", "restart off1: é", "enable off1"]);
    views.done.length = 0;
    for (const [rest, problem] of [
      ["off1 nodes", "unexpected nodes: one name or pattern, then a message"],
      ["off1 'x'", "unexpected x: one name"],
      ['off1 "x" "y"', "unexpected y"],
      [`off1 "${"é".repeat(128)}"`, "the message has 256 bytes, and 255 at most"],
    ]) {
      assert.ok(converse(`disable ${rest}\n`, views).startsWith(`9001 syntax error, ${problem}`));
    }
    assert.deepEqual(views.done, []);
    converse(`disable off1 "${"x".repeat(255)}"\n`, views);
    assert.deepEqual(views.done, [`disable off1: ${"x".repeat(255)}`]);
  });

  test("enable, disable, restart several", () => {
    const views = new FixedViews();
    views.outcome = "done";
    views.done.length = 0;
    assert.equal(converse('disable "N*"\n', views), "0009-Node_10_0_0_99: disabled\n0000 \n");
    assert.equal(converse("disable all\n", views).split("\n").length, 6);
    assert.deepEqual(views.done.slice(1), [
      "disable Mesh_10_0_0_2",
      "disable Node_10_0_0_99",
      "disable nodes",
      "disable off1",
    ]);
    views.outcome = "refused";
    assert.match(converse("disable device1\n", views), /^8007 device1: only BGP neighbours/);
  });

  test("down, restrict", () => {
    const views = new FixedViews();
    assert.equal(converse("down\n", views), "0007 Shutdown requested\n");
    assert.deepEqual(views.done, ["down"]);
    const other = new ControlConnection(views);
    assert.equal(other.farewell("Shutdown complete"), "", "who has not asked is told nothing");
    other.receive("underlay json down\n");
    while (other.pending) other.pull();
    assert.equal(other.farewell("Shutdown complete"), "+Shutdown complete\n");
    const denied = "8007 Access denied\n";
    views.done.length = 0;
    assert.equal(
      converse(
        "restrict\nconfigure\ndown\ndisable all\nconfigure check\nshow route 1.0.0.0/8\n",
        views,
      ),
      `0016 Access restricted\n${denied.repeat(4)}8001 Network not found\n`,
    );
    assert.deepEqual(views.done, []);
  });
});

describe("what cannot be read", () => {
  const cases: [string, string][] = [
    ["", "unexpected END"],
    ["show", "unexpected END"],
    ["foo bar", "unexpected foo"],
    ["show memory now", "unexpected now"],
    ["eval", "unexpected END"],
    ["eval 1 +", "unexpected END"],
    ["eval (1", "unexpected END"],
    ["eval 1 2", "unexpected 2"],
    ["show status now", "unexpected now"],
    ["?", "unexpected ?"],
    ["show protocols nosuch", "no protocol is called nosuch"],
    ["show protocols all off1 all", "unexpected all"],
    ["show route 10.0.0.1/24", "unexpected 10.0.0.1/24"],
    ["show route for", "unexpected END"],
    [
      "show route filtered primary",
      "what is filtered is neither the best of its network nor exported",
    ],
    ['show bfd sessions "bfd1"', "unexpected bfd1"],
    ["show route for 10.0.0.1 for 10.0.0.2", "unexpected for"],
    ["show route table nosuch", "no table is called nosuch"],
    ["show route in 10.0.0.0/8 for fd00::1", "IPv4 and IPv6 in one question"],
    [
      "show route 10.0.0.1",
      '10.0.0.1 is no network: "show route for 10.0.0.1" finds the one it is in',
    ],
    ["show route protocol 'x", "unexpected unterminated string"],
    ["show route ;", "unexpected ';'"],
    ["underlay", "unexpected END"],
    ["underlay json", "unexpected END"],
    ["show ☃", "unexpected '☃'"],
  ];
  for (const [line, reason] of cases) {
    test(JSON.stringify(line), () => {
      assert.equal(converse(`${line}\n`), `9001 syntax error, ${reason}\n`);
    });
  }

  test("birdc's own commands get no answer", () => {
    assert.equal(converse("help\nquit\nexit\nshow route 1.0.0.0/8\n"), "8001 Network not found\n");
  });
});

describe("JSON", () => {
  const rows = (command: string, views = new FixedViews()): unknown[] =>
    converse(`underlay json ${command}\n`, views)
      .split("\n")
      .filter((line) => /^1100-|^ /.test(line))
      .map((line): unknown => JSON.parse(line.replace(/^1100-|^ /, "")));

  test("one value", () => {
    const reply = converse("underlay json show status\n");
    assert.match(reply, /^1100-\{.*\}\n0000 \n$/);
    const [status] = rows("show status") as { routerId: string; startedAt: string }[];
    assert.equal(status.routerId, "10.0.0.1");
    assert.equal(status.startedAt, "2026-11-20T21:22:01.897Z");
  });

  test("a list", () => {
    assert.match(converse("underlay json show protocols\n"), /^2100-list\n1100-\{.*\n \{/);
    const protocols = rows("show protocols all") as { name: string; bgp?: { state: string } }[];
    assert.deepEqual(protocols.map(({ name, bgp }) => [name, bgp?.state]).slice(0, 2), [
      ["device1", undefined],
      ["Mesh_10_0_0_2", "Established"],
    ]);
    const routes = rows("show route") as { network: string; kernel?: string }[];
    assert.deepEqual(
      routes.map(({ network, kernel }) => [network, kernel]),
      [
        ["0.0.0.0/0", "installed"],
        ["0.0.0.0/0", undefined],
        ["10.244.1.0/24", undefined],
        ["10.244.2.0/26", "failed"],
        ["fd01::/64", "installed"],
      ],
    );
    assert.equal(rows("show interfaces").length, 2);
    assert.deepEqual(rows("show route count")[0], {
      table: "master4",
      routes: 4,
      networks: 3,
      all: 4,
    });
  });

  test("errors have the codes of the text form", () => {
    const json = (command: string): string => converse(`underlay json ${command}\n`);
    assert.equal(json("show route 1.0.0.0/8"), "2100-list\n8001 Network not found\n");
    assert.equal(json('show protocols "zz*"'), "2100-list\n8003 No protocols match\n");
    assert.match(json("show nothing"), /^9001 /);
    assert.equal(
      converse("restrict\nunderlay json down\n"),
      "0016 Access restricted\n8007 Access denied\n",
    );
  });
});

describe("small tables, to the letter", () => {
  test("show load: the daemon, and what each neighbour's session has to do", () => {
    const lines = converse("show load\n").split("\n");
    assert.deepEqual(lines.slice(0, 6), [
      "1105-Kernel routes: 5 held, 7 queued, 5 in flight, 1 failed, 0 unresolved",
      " Kernel operations: 60 on routes, 8 others, 1 errors, 0 overruns",
      " Turns of the event loop: 90 <= 1 ms, 3 <= 5 ms, 1 longer",
      " Its delay in the last 1003 ms: median 0.1 ms, 99% 2.5 ms, longest 7.25 ms",
      " Process: 1.26 s of CPU time, 80 MiB resident",
      " Local pods: 2",
    ]);
    assert.match(lines[6], /^ name +state +updates in +out +octets in +out +accepted +announced/);
    assert.match(lines[7], /^ Mesh_10_0_0_2 +Established +\d+ +\d+ +\d+ +5678 +6 +6 +90 +12$/);
    assert.ok(!lines.some((line) => line.startsWith(" nodes ")), "a range has no session");
    assert.deepEqual(lines.slice(-2), ["0000 ", ""]);
    const values = converse("underlay json show load\n").split("\n").slice(1, -2);
    const [daemon, session] = values.map(
      (line) => JSON.parse(line.replace(/^(\d{4}-| )/, "")) as Record<string, unknown>,
    );
    assert.deepEqual(daemon.delay, { p50: 0.1, p99: 2.5, max: 7.25, over: 1003 });
    assert.equal(session.name, "Mesh_10_0_0_2");
    assert.deepEqual(session.queued, { octets: 90, prefixes: 12 });
    assert.deepEqual([session.accepted, session.announced], [6, 6]);
  });

  test("show memory", () => {
    assert.equal(
      converse("show memory\n"),
      recorded(`
1018-BIRD memory usage
                   Effective    Overhead
 Routing tables:     20.1 kB      0.0  B
 Route attributes: 2230.0  B      0.0  B
 Kernel routes:       0.0  B      0.0  B
 Standby memory:   8544.0  B      0.0  B
 Total:            4882.8 kB      0.0  B
0000␠`),
    );
  });

  test("show static: the configuration's own", () => {
    const blocks = new FixedViews();
    blocks.list = [{ ...PROTOCOLS[0], name: "blocks", kind: "Static" }];
    const lines = converse("show static\n", blocks).split("\n");
    assert.equal(lines[0], "1009-10.244.1.0/24\tblackhole");
    assert.deepEqual(lines.slice(-2), ["0000 ", ""]);
    assert.equal(converse("show static nosuch\n", blocks).slice(0, 5), "9001 ");
  });

  test("show symbols: all, a kind, a name", () => {
    const all = converse("show symbols\n");
    assert.match(all, /^1010-master4 \trouting table\n master6 \trouting table\n/);
    assert.match(all, /\n Mesh_10_0_0_2\tprotocol\n/);
    assert.match(all, /\n imp {5}\tfilter\n0000 \n$/);
    assert.equal(converse("show symbols filter\n"), "1010-imp     \tfilter\n0000 \n");
    assert.equal(converse("show symbols function\n"), "0000 \n");
    assert.equal(converse("show symbols off1\n"), "1010 off1    \tprotocol\n");
    assert.equal(converse("show symbols nosuch\n"), "1010 nosuch  \tundefined\n");
  });

  test("a listing does not count the Fib's routes for the time of day", () => {
    const views = new FixedViews();
    views.status = () => assert.fail("the whole status was asked for");
    for (const what of ["route", "protocols", "bfd sessions"]) {
      assert.match(converse(`show ${what}\n`, views), /\n0000 \n$/);
    }
  });

  test("eval", () => {
    for (const [question, answer] of [
      ["1+2", "0023 3"],
      ["2 * (3 - 1) + 10 / 4", "0023 6"],
      ["4294967295 + 1", "0023 0"],
      ["0x10 - 17", "0023 4294967295"],
      ["1 + 2 * 3 = 7", "0023 TRUE"],
      ["10.1.2.0/24 ~ [ 10.0.0.0/8+ ]", "0023 TRUE"],
      ["10.1.2.3.mask(8)", "0023 10.0.0.0"],
      ["(1, 2)", "0023 (1,2)"],
      ["(1, 2) ~ [(1,2..3), (4,*)]", "0023 TRUE"],
      ["(rt, 10.0.0.1, 7)", "0023 (rt, 10.0.0.1, 7)"],
      ["(rt, 70000, 7) ~ [ (rt, 70000, *) ]", "0023 TRUE"],
      ["[1..3, 5]", "0023 [1..3, 5]"],
      ["[= 1 * ? 3 =]", "0023 [= 1 * ? 3 =]"],
      ['"abc" ~ "a*" # a remark', "0023 TRUE"],
      ["1 / 0", "8008 runtime error"],
      ["1 + 2 * (1 / 0)", "8008 runtime error"],
      ["1 / 0 - 1", "8008 runtime error"],
      ["10.1.2.3.mask(33)", "8008 runtime error"],
      ["(1, 70000)", "9001 syntax error, (1,70000) has more than 16 bits in a number"],
      ["(rt, 10.0.0.1, 70000)", "9001 syntax error, 70000 has more than 16 bits"],
    ]) {
      assert.equal(converse(`eval ${question}\n`), `${answer}\n`);
    }
    assert.equal(converse("underlay json eval (1,2,3)\n"), '1100-"(1, 2, 3)"\n0000 \n');
    assert.equal(converse("underlay json eval 1/0\n"), "1100-null\n8008 runtime error\n");
  });

  test("show route stats: the routes, and how many they were", () => {
    const text = converse("show route table master6 stats\n");
    assert.match(text, /^1007-Table master6:\n /);
    assert.match(text, /\n 1 of 1 routes for 1 networks in table master6\n0000 \n$/);
    assert.match(
      converse("show route stats\n"),
      /\n0014 Total: \d+ of \d+ routes for \d+ networks in 2 tables\n$/,
    );
  });

  test("graceful restart", () => {
    const views = new FixedViews();
    assert.equal(converse("graceful restart\n", views), "0025 Graceful restart requested\n");
    assert.match(converse("restrict\ngraceful restart\n", views), /8007 Access denied\n$/);
    assert.deepEqual(views.done, ["graceful restart"]);
  });
});
