import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import {
  birdwatcherRoutes,
  calicoPeers,
  EXPORTER_END,
  exporterProtocols,
  isReadyForCalico,
  lookingGlass,
  lookingGlassMap,
} from "../../src/control/readers.test.ts";
import { Bird } from "../support/bird.ts";
import { lacking } from "../support/needs.ts";
import { Net, type Host } from "../support/net.ts";
import { run } from "../support/process.ts";
import { Underlay } from "../support/underlay.ts";
import { until } from "../support/wait.ts";

const TOR = `router id 10.0.0.2;
log stderr all;
protocol device {}
protocol static four { ipv4; route 10.1.0.0/16 blackhole; }
protocol static six { ipv6; route fd01::/64 blackhole; }
protocol bgp over4 {
  local 10.0.0.2 as 64512; neighbor 10.0.0.1 as 64512;
  connect delay time 1; connect retry time 1; error wait time 1, 2;
  ipv4 { import all; export where source = RTS_STATIC; next hop self; };
}
protocol bgp over6 {
  local fd00::2 as 64512; neighbor fd00::1 as 64512;
  connect delay time 1; connect retry time 1; error wait time 1, 2;
  ipv6 { import all; export where source = RTS_STATIC; next hop self; };
}
`;

/** As calico-node would have it: one daemon, and the sockets of two. */
const config = (calico: string): string => `
node: { name: node, asn: 64512, routerId: 10.0.0.1 }
pods: { pool: [172.16.0.0/12], blocks: [172.16.1.0/24] }
peers:
  - { name: Mesh, range: 10.0.0.0/24, dynamicNames: underscore, asn: 64512, families: [ipv4] }
  - { name: Node_fd00__2, address: "fd00::2", asn: 64512, families: [ipv6] }
  - { name: Global_10_0_0_9, address: 10.0.0.9, asn: 64512, families: [ipv4], enabled: false }
control: { socket: ${calico}/underlay.ctl, calico: ${calico}, timeFormat: "%s" }`;

/** All that comes until the text is complete, in the pieces in which it was read. */
async function talk(
  path: string,
  text: string,
  isEnd: (all: string) => boolean,
): Promise<string[]> {
  const socket = connect(path);
  await once(socket, "connect");
  socket.setEncoding("utf8");
  socket.write(text);
  const chunks: string[] = [];
  for await (const chunk of socket as AsyncIterable<string>) {
    chunks.push(chunk);
    if (isEnd(chunks.join(""))) break;
  }
  socket.destroy();
  return chunks;
}

const replies = (count: number) => (all: string) =>
  (all.match(/^\d{4} .*\n/gm)?.length ?? 0) > count;

describe("clients of BIRD's socket, at a running daemon", { skip: lacking("bird2") }, () => {
  let net: Net;
  let underlay: Underlay;
  let folder = "";
  before(async () => {
    net = new Net();
    const node: Host = await net.host("node");
    const tor = await net.host("tor");
    await net.wire(
      [node, "eth0", "10.0.0.1/24", "fd00::1/64"],
      [tor, "eth0", "10.0.0.2/24", "fd00::2/64"],
    );
    folder = join(net.folder, "calico");
    mkdirSync(folder);
    underlay = Underlay.at(node);
    underlay.writeWhole(config(folder), join(folder, "underlay.ctl"));
    await underlay.launch();
    await Bird.start(tor, TOR);
    await underlay.established("Mesh_10_0_0_2", "Node_fd00__2");
    await until("both routes have come", async () =>
      /10\.1\.0\.0[^]*fd01::/.test(await underlay.ask("show route")),
    );
  });
  after(() => net.close());

  const ask = async (socket: string, ...lines: string[]): Promise<string> => {
    const text = lines.map((line) => `${line}\n`).join("");
    return (await talk(join(folder, socket), text, replies(lines.length))).join("");
  };

  it("calicoctl node status: a table for each family, out of two sockets", async () => {
    const shown = async (socket: string, family: 4 | 6) =>
      calicoPeers(await ask(socket, "show protocols"), family).map((peer) => {
        assert.match(peer.since, /^\d{10}$/);
        return `${peer.address} | ${peer.type} | ${peer.state} | ${peer.info}`;
      });
    assert.deepEqual(await shown("bird.ctl", 4), [
      "10.0.0.2 | node-to-node mesh | up | Established",
    ]);
    assert.deepEqual(await shown("bird6.ctl", 6), ["fd00::2 | node specific | up | Established"]);
    assert.match(await ask("underlay.ctl", "show protocols"), /Mesh_10_0_0_2 [^]*Node_fd00__2 /);
  });

  it("calico's readiness, once the start is over", async () => {
    await until("no recovery is under way", async () =>
      isReadyForCalico(await ask("bird.ctl", "show status")),
    );
  });

  it("a session is reset by either socket, and by the name that it shows", async () => {
    assert.match(await ask("bird6.ctl", "show protocols all Mesh_10_0_0_2"), /^9001 /m);
    assert.match(await ask("bird6.ctl", "restart Node_fd00__2"), /^0012-Node_fd00__2: restarted$/m);
    await underlay.established("Node_fd00__2");
  });

  it("bird_exporter: the greeting by itself, then all in one", async () => {
    const path = join(folder, "underlay.ctl");
    const isEnd = (all: string): boolean =>
      EXPORTER_END.test(all.slice(all.indexOf("\n") + 1)) && all.endsWith("\n0000 \n");
    const text = (await talk(path, "show protocols all\n", isEnd)).join("");
    const found = exporterProtocols(text, Date.now());
    const mesh = found.find(({ name }) => name === "Mesh_10_0_0_2");
    assert.ok(mesh !== undefined && mesh.up);
    assert.ok(mesh.uptime >= 0 && mesh.uptime < 1000, `${mesh.uptime} s`);
    assert.deepEqual(mesh.channels[0].routes, [1, 0, 1, 1]);
    assert.deepEqual(mesh.channels[0].changes["Import updates"], [1, 0, 0, 0, 1]);
  });

  it("bird-lg-go: a byte a read, restricted", async () => {
    const path = join(folder, "underlay.ctl");
    const text = "restrict\nshow route for 10.1.2.3 all\nconfigure\n";
    let rest = Buffer.from((await talk(path, text, replies(3))).join(""));
    const answers: string[][] = [];
    while (rest.length > 0) {
      const { lines, rest: left } = lookingGlass(rest);
      answers.push(lines);
      rest = rest.subarray(rest.length - left);
    }
    const [, restricted, route, denied] = answers;
    assert.deepEqual([restricted, denied], [["Access restricted"], ["Access denied"]]);
    assert.deepEqual(lookingGlassMap(route), [
      { protocol: "Mesh_10_0_0_2", via: "10.0.0.2 on eth0", path: [], isBest: true },
    ]);
  });

  it("birdwatcher: what birdc -r prints", async () => {
    const birdc = async (command: string): Promise<string[]> => {
      const words = ["birdc", "-r", "-s", join(folder, "underlay.ctl"), ...command.split(" ")];
      const { code, stdout } = await run(words);
      assert.equal(code, 0, `${command}: ${stdout}`);
      return stdout.split("\n").slice(2);
    };
    const [route, ...others] = birdwatcherRoutes(
      await birdc("show route all protocol 'Mesh_10_0_0_2'"),
    );
    assert.deepEqual(others, []);
    assert.equal(route.network, "10.1.0.0/16");
    assert.equal(route.gateway, "10.0.0.2");
    assert.equal(route.primary, true);
    assert.equal(route.bgp["local_pref"], "100");
    for (const command of [
      "show status",
      "show symbols",
      "show protocols all",
      "show route all filtered protocol 'Mesh_10_0_0_2'",
      "show route all export 'Mesh_10_0_0_2'",
      "show route all noexport 'Mesh_10_0_0_2'",
      "show route for 10.1.2.3 table 'master4' all",
      "show route table 'master4' count",
      "show route where net.type = NET_IP4",
      "show route where from=10.0.0.2",
    ]) {
      await birdc(command);
    }
    assert.match(
      (await birdc("show route protocol 'Mesh_10_0_0_2' count")).join(),
      /1 of 2 routes/,
    );
  });
});
