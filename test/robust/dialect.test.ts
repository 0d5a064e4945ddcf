// A real BIRD 2 and our daemon in the same place, with the same neighbour and routes: what both say to the
// same questions is compared, but for times and what src/control confesses.
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { after, before, describe, it } from "node:test";
import { Bird } from "../support/bird.ts";
import { lacking } from "../support/needs.ts";
import { Net, type Host } from "../support/net.ts";
import { Underlay } from "../support/underlay.ts";
import { until } from "../support/wait.ts";

const TOR = `router id 10.0.0.2;
log stderr all;
protocol device {}
protocol static four { ipv4;
  route 0.0.0.0/0 blackhole {
    bgp_community.add((65001,100)); bgp_ext_community.add((rt,65001,7));
    bgp_large_community.add((65001,1,2));
  };
  route 10.1.0.0/16 blackhole; route 10.1.2.0/24 blackhole;
  route 10.2.0.0/16 blackhole { bgp_path.prepend(65010); };
}
protocol static six { ipv6; route fd01::/64 blackhole; }
protocol bgp node {
  local 10.0.0.2 as 65001; neighbor 10.0.0.1 as 64512;
  connect delay time 1; connect retry time 1; error wait time 1, 2;
  ipv4 { import all; export where source = RTS_STATIC; };
  ipv6 { import all; export where source = RTS_STATIC; };
}
`;

const BIRD = `router id 10.0.0.1;
log stderr all;
filter imp { if net = 10.2.0.0/16 then reject; accept; }
filter mark { if source = RTS_STATIC then { bgp_community.add((64512,7)); accept; } reject; }
filter seven { if (64512,7) ~ bgp_community then accept; reject; }
protocol device device1 {}
protocol static blocks { ipv4; route 10.244.1.0/24 blackhole; }
protocol kernel kernel1 { ipv4 { import none; export all; }; }
protocol kernel kernel2 { ipv6 { import none; export all; }; }
protocol bgp tor {
  description "rack1 tor";
  local 10.0.0.1 as 64512; neighbor 10.0.0.2 as 65001; hold time 90;
  connect delay time 1; connect retry time 1;
  ipv4 { import keep filtered; import filter imp; export filter mark; };
  ipv6 { import keep filtered; import filter imp; export filter mark; };
}
protocol bgp quiet {
  passive; local 10.0.0.1 as 64512; neighbor 10.0.0.7 as 65001;
  ipv4 { import all; export none; };
}
protocol bgp off1 {
  disabled; local 10.0.0.1 as 64512; neighbor 10.0.0.9 as 65001;
  ipv4 { import all; export none; };
}
`;

const UNDERLAY = `
node: { name: node, asn: 64512, routerId: 10.0.0.1 }
pods: { pool: [10.244.0.0/16], blocks: [10.244.1.0/24] }
filters:
  mark: [{ match: { source: [own-blocks] }, then: accept, set: { addCommunities: [64512:7] } }]
  imp: [{ match: { prefix: [10.2.0.0/16] }, then: reject }, { then: accept }]
  seven: [{ match: { communities: [64512:7] }, then: accept }]
peers:
  - { name: tor, description: rack1 tor, address: 10.0.0.2, asn: 65001, families: [ipv4, ipv6], import: imp, export: mark }
  - { name: quiet, address: 10.0.0.7, asn: 65001, families: [ipv4], passive: true }
  - { name: off1, address: 10.0.0.9, asn: 65001, families: [ipv4], enabled: false }`;

/** Asked of both: the same lines, in whatever order the routes come. */
const SAME = [
  "show protocols tor",
  "show protocols 'tor'",
  'show protocols "to*"',
  'show protocols "zz*"',
  "show protocols off1",
  "show protocols all off1",
  "show protocols quiet",
  "show protocols all quiet",
  "show interfaces",
  "show interfaces summary",
  "show static",
  "show static blocks",
  "show symbols table",
  "show symbols filter",
  "show symbols template",
  "show symbols function",
  "show symbols tor",
  "show symbols nosuch",
  "show route",
  "show route all",
  "show route stats",
  "show route count stats",
  "show route count",
  "show route stats count",
  "show route primary all count",
  "show route filtered count",
  "show route for 10.1.2.3",
  "show route for 10.1.2.3 all",
  "show route for 10.1.0.0/16",
  "show route for 99.1.1.1 protocol tor",
  "show route for 10.1.2.3 protocol blocks",
  "show route for 10.1.2.3 where net.len > 30",
  "show route for 10.1.2.3 export tor",
  "show route 10.1.2.0/24 protocol blocks all",
  "show route all all",
  "show route primary primary count count",
  "show route for fd01::1",
  "show route for fe00::1",
  "show route 10.1.2.0/24 all",
  "show route 10.99.0.0/16",
  "show route in 10.1.0.0/16",
  "show route in 10.1.0.0/16 count",
  "show route in 99.0.0.0/8",
  "show route table master4",
  "show route table master4 count",
  "show route table master4 where false",
  "show route table all where net.len = 24",
  "show route table all stats where net.len = 24",
  "show route table master4 table master6 count",
  "show route protocol tor",
  "show route protocol 'tor' all primary",
  "show route protocol off1",
  "show route export tor",
  "show route export tor table master4 count",
  "show route export tor filter seven",
  "show route filter seven count",
  "show route filter imp",
  "show route noexport tor",
  "show route export kernel2",
  "show route noexport kernel1 count",
  "show route where net ~ [ 10.1.0.0/16 ]",
  "show route where net ~ [ 10.1.0.0/16+ ] all",
  "show route where net ~ 10.1.0.0/16 count",
  "show route where net ~ [10.0.0.0/8{16,24}]",
  "show route where net !~ [10.0.0.0/8+] count",
  "show route where net.type = NET_IP6 count",
  "show route where net.len ~ [8..24] count",
  "show route where 10.1.2.3 ~ net",
  "show route where bgp_path.last = 65001",
  "show route where bgp_path ~ [= * 65001 =] count",
  "show route where bgp_path ~ [65001, 65010] count",
  "show route where bgp_path.len > 1",
  "show route where from=10.0.0.2",
  'show route where proto ~ "t*" count',
  "show route where source ~ [RTS_STATIC, RTS_BGP] count",
  "show route where dest = RTD_BLACKHOLE",
  "show route where bgp_community ~ [(65001,*)]",
  "show route where (rt,65001,7) ~ bgp_ext_community",
  "show route where bgp_large_community ~ [(65001,*,*)]",
  "show route where defined(bgp_med) count",
  "show route where bgp_med != 5 count",
  "show route where bgp_local_pref = 100 count",
  "show route where bgp_next_hop = 10.0.0.2 count",
  "show route where !(net.len = 24) && bgp_path.len = 1 count",
  "show route where true || true && false count",
  "eval 1 + 2 * 3 = 7",
  "eval 3 - 5",
  "eval 10.1.2.3.mask(8)",
  "eval (rt, 1, 2)",
  "eval (1,2) ~ [(1,2..3), (4,*)]",
  "eval [1..3, 5]",
  "eval 0x10 # a remark",
  "echo all",
  "echo { trace, info } 1024",
  "echo { debug, trace, info, remote, warning, error, auth, fatal, bug }",
  "echo off",
  "debug tor { states, packets }",
  "debug tor all",
  "debug all off",
  'debug "zz*" all',
  "mrtdump all off",
  "enable tor",
  "disable off1",
  "restart off1",
  "reload off1",
  "reload in off1",
  'reload "zz*"',
  'enable "zz*"',
  "restrict",
] as const;

/** Refused by both, with the same code. */
const REFUSED = [
  ...["", "foo bar", "show", "?", "help show", "Show status", "show status now", "show status;"],
  ...["show protocols nosuch", "show protocols all all", "show static tor"],
  ...["show route nosuch", "show route for", "show route 10.1.2.3", "show route table nosuch"],
  ...["show route protocol nosuch", "show route export off1", "show route export blocks"],
  ...["show route in 10.0.0.0/8 table master6", "show route where", "show route where nosuch"],
  ...["show route filtered primary", "show route filtered export tor", "show bfd sessions"],
  ...["show symbols all", "show bfd", "show bfd sessions nosuch", "eval", "eval nosuch"],
  ...["eval true + 1", "echo", "echo all 10", "echo { nosuch }", "debug tor", "debug tor { foo }"],
  ...["mrtdump tor { routes }", "restart nosuch", "disable off1 off1", "graceful", "configure foo"],
  'configure check "/nonexistent"',
] as const;

async function talk(path: string, line: string): Promise<string[]> {
  const socket = connect(path);
  await once(socket, "connect");
  socket.setEncoding("utf8");
  socket.write(`${line}\n`);
  let text = "";
  for await (const chunk of socket as AsyncIterable<string>) {
    text += chunk;
    if ((text.match(/^\d{4} .*\n/gm)?.length ?? 0) >= 2) break;
  }
  socket.destroy();
  return text.split("\n").slice(1, -1);
}

/** Without what differs by nature or on purpose. */
function plain(lines: readonly string[]): string[] {
  return lines
    .filter((line) => !/^(1012-| )\tunderlay\./.test(line))
    .map((line) =>
      line
        .replace(/^2002-.*/, (header) => header.toLowerCase())
        .replaceAll(/\d\d:\d\d:\d\d\.\d+/g, "TIME")
        .replaceAll(/fe80::[0-9a-f:]+/g, "LINK-LOCAL")
        .replace(/\(index=\d+\)/, "(index)")
        .replace(/^ \tvia (fd00::2|LINK-LOCAL) /, " \tvia NEXT-HOP ")
        .replace(/^( {5}(?:Input|Output) filter: +).*/, "$1FILTER"),
    );
}

/**
 * Routes in the order of their networks. The code of a line depends on the one before it: what is a
 * row's code is put back before rows change places.
 */
function sorted(lines: readonly string[]): string[] {
  let code = "";
  const blocks: string[][] = [];
  for (const line of lines) {
    if (/^\d{4}/.test(line)) code = line.slice(0, 4);
    const full = /^\d{4}/.test(line) ? line : `${code}-${line.slice(1)}`;
    if (
      /^1007-[0-9a-f.:]+\/\d+ /.test(full) ||
      blocks.length === 0 ||
      /^1007-(T|$)|^\d{4} |^1007-\d+ of/.test(full)
    ) {
      blocks.push([full]);
    } else blocks.at(-1)?.push(full);
  }
  const isRoute = (block: readonly string[]): boolean => /^1007-[0-9a-f.:]+\/\d+ /.test(block[0]);
  for (let from = 0; from < blocks.length; from++) {
    let to = from;
    while (to < blocks.length && isRoute(blocks[to])) to++;
    blocks.splice(
      from,
      to - from,
      ...blocks.slice(from, to).sort((a, b) => (a[0] < b[0] ? -1 : 1)),
    );
    if (to > from) from = to - 1;
  }
  return blocks.flat();
}

describe("the dialect, beside BIRD 2", { skip: lacking("bird2") }, () => {
  let net: Net;
  let bird: Bird;
  let underlay: Underlay;

  async function place(name: string): Promise<Host> {
    const host = await net.host(name);
    const tor = await net.host(`${name}-tor`);
    await net.wire(
      [host, "eth0", "10.0.0.1/24", "fd00::1/64"],
      [tor, "eth0", "10.0.0.2/24", "fd00::2/64"],
    );
    await Bird.start(tor, TOR);
    return host;
  }

  before(async () => {
    net = new Net();
    const [one, other] = [await place("bird"), await place("ours")];
    bird = await Bird.start(one, BIRD);
    underlay = await Underlay.start(other, UNDERLAY);
    await Promise.all([bird.established("tor"), underlay.established("tor")]);
    for (const { socket } of [bird, underlay]) {
      await until("all routes have come", async () => {
        const [kernel, filtered] = [
          await talk(socket, "show route export kernel2"),
          await talk(socket, "show route filtered"),
        ];
        return /fd01::/.test(kernel.join()) && /10\.2\.0\.0/.test(filtered.join());
      });
    }
    await until("the kernel has them", async () =>
      /Kernel routes: [0-9]+ installed, 0 pending/.test(await underlay.ask("show status")),
    );
  });
  after(() => net.close());

  for (const question of SAME) {
    it(question, async () => {
      const [theirs, ours] = [
        await talk(bird.socket, question),
        await talk(underlay.socket, question),
      ];
      assert.deepEqual(sorted(plain(ours)), sorted(plain(theirs)));
    });
  }

  it("show route export tor all: what BIRD says of an own route, and with what else it is told", async () => {
    const question = "show route export tor all";
    const theirs = sorted(plain(await talk(bird.socket, question)));
    const ours = sorted(plain(await talk(underlay.socket, question)));
    const more = ["BGP.origin: IGP", "BGP.as_path: 64512", "BGP.next_hop: 10.0.0.1"];
    assert.deepEqual(
      ours.filter((line) => !more.includes(line.replace(/^1012-\t/, ""))),
      theirs,
    );
    assert.equal(ours.length, theirs.length + more.length);
  });

  it("refusals", async () => {
    for (const question of REFUSED) {
      const [theirs, ours] = [
        await talk(bird.socket, question),
        await talk(underlay.socket, question),
      ];
      assert.equal(ours.at(-1)?.slice(0, 5), theirs.at(-1)?.slice(0, 5), question);
    }
  });

  it("labels of show protocols all, show status and show memory, in their order", async () => {
    for (const [question, label] of [
      ["show protocols all tor", /^ ?(?:\d{4}-)? *[A-Za-z][^:]*:/],
      ["show status", /^(?:\d{4}[- ]| )(?:BIRD|Router ID|Hostname|Current|Last|Daemon)/],
      ["show memory", /^ (?:Routing tables|Route attributes|Standby memory|Total):/],
    ] as const) {
      const labels = async (socket: string): Promise<string[]> => {
        const found = (await talk(socket, question)).map((line) => label.exec(line)?.[0] ?? "");
        return found.filter((one) => one !== "");
      };
      const ours = await labels(underlay.socket);
      const theirs = (await labels(bird.socket)).filter((one) => ours.includes(one));
      assert.ok(theirs.length >= 4, question);
      assert.deepEqual(
        ours.filter((one) => theirs.includes(one)),
        theirs,
        question,
      );
    }
  });
});
