import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { Bird } from "../support/bird.ts";
import { lacking } from "../support/needs.ts";
import { Net, type Host } from "../support/net.ts";
import { Underlay } from "../support/underlay.ts";
import { until } from "../support/wait.ts";

/**
 * BFD over all kinds of ways: signed by keyed SHA1 and by a key that is wrong (two BIRDs), over a
 * router, over link-local addresses, towards a neighbour out of a range; and what a stranger can do.
 *
 *     node eth0 192.168.1.101 ─── 192.168.1.1 right      eth3 fe80::1 ─────── fe80::2 local
 *          eth1 192.168.2.101 ─── 192.168.2.1 wrong      eth4 192.168.5.101 ─ 192.168.5.7 guest
 *          eth2 192.168.3.101 ─── router ─── 192.168.4.2 far
 */

const KEY = "a key of some octets";

const bird = (network: number, key: string): string => `
router id 192.168.${network}.1;
protocol device {}
protocol bfd {
  interface "*" { interval 1000 ms; multiplier 3;
    authentication keyed sha1; password "${key}" { id 3; }; };
}
protocol bgp node {
  local 192.168.${network}.1 as 64600;
  neighbor 192.168.${network}.101 as 64512;
  connect retry time 1; connect delay time 1; error wait time 1, 2;
  bfd on;
  ipv4 { import all; export none; };
}
`;

const other = (id: number, peer: string): string => `
node: { name: n${id}, asn: 64600, routerId: 192.0.2.${id} }
peers:
  - { name: node, asn: 64512, connectRetry: 1, ${peer} }
`;

interface Session {
  readonly neighbour: string;
  readonly state: string;
  readonly multihop: boolean;
  readonly packetsRefused: number;
  readonly packetsReceived: number;
  readonly failures: number;
}

describe("BFD over all kinds of ways", { skip: lacking("bird2") }, () => {
  const net = new Net();
  let node: Host;
  let guest: Host;
  let underlay: Underlay;
  const NAMES = ["far", "guests-192.168.5.7", "local", "right"];

  const config = (keyId = 3): string => {
    const auth = `auth: { type: sha1, keyId: ${keyId}, file: ${join(net.folder, "key")} }`;
    return `
node: { name: node, asn: 64512, routerId: 192.168.1.101 }
groups:
  tor: { asn: 64600, connectRetry: 1, bfd: { interval: 1s, multiplier: 3 } }
peers:
  - { name: right, address: 192.168.1.1, group: tor, bfd: { ${auth} } }
  - { name: wrong, address: 192.168.2.1, group: tor, bfd: { ${auth} } }
  - { name: far, address: 192.168.4.2, group: tor, multihop: 3, passive: true }
  - { name: local, address: "fe80::2%eth3", source: "fe80::1", group: tor }
  - { name: guests, range: 192.168.5.0/24, group: tor, idleTimeout: 1s }
`;
  };

  before(async () => {
    writeFileSync(join(net.folder, "key"), `${KEY}\n`);
    node = await net.host("node");
    const ends = [];
    for (const name of ["right", "wrong", "router", "local", "guest"]) {
      ends.push(await net.host(name));
    }
    const [right, wrong, router, local] = ends;
    guest = ends[4];
    for (const [i, end] of [right, wrong, router].entries()) {
      await net.wire(
        [node, `eth${i}`, `192.168.${i + 1}.101/24`],
        [end, "eth0", `192.168.${i + 1}.1/24`],
      );
    }
    await net.wire([node, "eth3", "fe80::1/64"], [local, "eth0", "fe80::2/64"]);
    await net.wire([node, "eth4", "192.168.5.101/24"], [guest, "eth0", "192.168.5.7/24"]);
    const far = await net.host("far");
    await net.wire([router, "eth1", "192.168.4.1/24"], [far, "eth0", "192.168.4.2/24"]);
    await router.sysctl("net.ipv4.ip_forward", 1);
    await node.ip("route", "add", "192.168.4.0/24", "via", "192.168.3.1");
    await far.ip("route", "add", "192.168.3.0/24", "via", "192.168.4.1");
    await Bird.start(right, bird(1, KEY));
    await Bird.start(wrong, bird(2, "another key"));
    const bfd = "bfd: { interval: 1s, multiplier: 3, passive: true }";
    await Underlay.start(far, other(4, `address: 192.168.3.101, multihop: 3, ${bfd}`));
    await Underlay.start(
      local,
      other(5, 'address: "fe80::1%eth0", source: "fe80::2", bfd: { interval: 1s, multiplier: 3 }'),
    );
    underlay = await Underlay.start(node, config());
  });

  after(() => net.close());

  const sessions = async (): Promise<Map<string, Session>> => {
    const list = await underlay.json<Session[]>("show", "bfd", "sessions");
    return new Map(list.map((session) => [session.neighbour, session]));
  };

  const ups = async (): Promise<string> =>
    [...(await sessions()).values()]
      .filter(({ state }) => state === "Up")
      .map(({ neighbour }) => neighbour)
      .sort()
      .join();

  const areUp = (names: readonly string[]): Promise<unknown> =>
    until(`BFD is Up with ${names.join()}`, async () => (await ups()) === names.join(), {
      detail: async () => `${await underlay.show("bfd", "sessions")} ${underlay.program.output}`,
    });

  const guestDaemon = (): Promise<Underlay> =>
    Underlay.start(guest, other(6, "address: 192.168.5.101, bfd: { interval: 1s, multiplier: 3 }"));

  it("says once that another program has the port, lives without BFD, and has it then", async () => {
    const holder = guest.start([
      process.execPath,
      "-e",
      'require("node:dgram").createSocket("udp4").bind(3784, () => console.log("bound"))',
    ]);
    await until("the port is taken", () => holder.output.includes("bound"));
    const daemon = await guestDaemon();
    await daemon.established("node");
    const said = await daemon.logged("bfd-problem");
    assert.match(String(said["message"]), /UDP port 3784/);
    assert.equal((await ups()).includes("guest"), false);
    await holder.end();
    await areUp(NAMES);
    assert.equal(daemon.log().filter(({ event }) => event === "bfd-problem").length, 1);
    assert.ok(!daemon.log().some(({ event }) => event === "session-down"));
  });

  it("comes up where the keys agree, over a router, link-local, with a range; BGP minds nothing", async () => {
    await areUp(NAMES);
    await underlay.established("right", "wrong", "far", "local");
    const all = await sessions();
    assert.equal(all.get("far")?.multihop, true);
    assert.equal(all.get("local")?.multihop, false);
    await until("the wrong key is counted", async () => {
      const wrong = (await sessions()).get("wrong");
      return wrong?.packetsReceived === 0 && wrong.packetsRefused > 2;
    });
    assert.equal((await sessions()).get("right")?.packetsRefused, 0);
  });

  it("lives with a changed key: the session begins anew, that of BGP goes on", async () => {
    await areUp(NAMES);
    const since = underlay.log().length;
    underlay.write(config(4));
    assert.equal((await underlay.ctl("configure")).code, 0);
    await areUp(NAMES.filter((name) => name !== "right"));
    await until("BIRD's packets are refused", async () => {
      return ((await sessions()).get("right")?.packetsRefused ?? 0) > 2;
    });
    underlay.write(config());
    assert.equal((await underlay.ctl("configure")).code, 0);
    await areUp(NAMES);
    const ended = underlay.log().slice(since);
    // BIRD takes AdminDown for a loss, against RFC 5882 §4.2: it may end the session, we may not.
    const down = ended.filter(({ event }) => event === "session-down");
    assert.ok(
      down.every(({ message }) => String(message).includes("neighbour says")),
      JSON.stringify(down),
    );
  });

  it("hears a stranger only from the same link: the kernel drops another TTL", async () => {
    await areUp(NAMES);
    const failures = async (): Promise<number | undefined> =>
      (await sessions()).get("guests-192.168.5.7")?.failures;
    const before = await failures();
    const received = async (): Promise<number> =>
      (await sessions()).get("guests-192.168.5.7")?.packetsReceived ?? 0;
    // Down, of a session that names none of ours: as of a neighbour that has just started.
    const packet = [0x20, 0x40, 3, 24, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0xff, 0xff];
    const bytes = JSON.stringify([...packet, 0, 0, 0xff, 0xff, 0, 0, 0, 0]);
    const send = (ttl: number): Promise<string> =>
      guest.must(
        process.execPath,
        "-e",
        `const socket = require("node:dgram").createSocket("udp4");
         socket.bind(50001, "192.168.5.7", () => {
           socket.setTTL(${ttl});
           socket.send(Uint8Array.from(${bytes}), 3784, "192.168.5.101", () => socket.close());
         });`,
      );
    await send(254);
    const count = await received();
    await until("packets went by since", async () => (await received()) > count);
    assert.equal(await failures(), before);
    await send(255);
    await until("the same packet with 255 counts", async () => (await failures()) !== before);
    await areUp(NAMES);
  });

  it("is back when the local address was gone for a while", async () => {
    await areUp(NAMES);
    await node.ip("address", "del", "192.168.1.101/24", "dev", "eth0");
    await areUp(NAMES.filter((name) => name !== "right"));
    await node.ip("address", "add", "192.168.1.101/24", "dev", "eth0");
    await areUp(NAMES);
  });

  it("ends with a neighbour out of a range that is gone", async () => {
    await areUp(NAMES);
    await guest.ip("link", "set", "eth0", "down");
    await until("nobody asks for it any more", async () => {
      return !(await sessions()).has("guests-192.168.5.7");
    });
    await guest.ip("link", "set", "eth0", "up");
    await areUp(NAMES);
  });
});
