import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { lacking } from "../support/needs.ts";
import { Net, type Host } from "../support/net.ts";
import type { PackageName } from "../support/packages.ts";
import { Underlay } from "../support/underlay.ts";
import { until } from "../support/wait.ts";
import { startAddPath } from "./add-path-speakers.ts";
import type { RouterKind } from "./router.ts";

/**
 * ADD-PATH (RFC 7911) through a reflector, both ways. All are internal neighbours on one segment:
 *
 *     one 192.168.1.11 ─┐                          ┌─ listener 192.168.1.2
 *     two 192.168.1.12 ─┴─ reflector 192.168.1.1 ──┘
 *
 * Nodes one and two announce the same block. The listener has it by way of both, though there is
 * one session; once the reflector is the real router, and once the listener.
 */
const PACKAGES: Readonly<Record<RouterKind, PackageName>> = {
  frr: "frr",
  bird: "bird2",
  gobgp: "gobgpd",
  openbgpd: "openbgpd",
};
const PREFIXES = ["172.16.9.0/24", "fd10:9::/64"] as const;
const address = (last: number): string => `192.168.1.${last}`;
/** Of a node's next hops towards the two prefixes. */
const hops = (...last: number[]): readonly string[][] => [
  last.map(address),
  last.map((n) => `fd00:1::${n}`),
];

/** A kernel nexthop object: one hop, or a group of others. */
interface Nexthop {
  readonly id: number;
  readonly gateway?: string;
  readonly group?: readonly { readonly id: number }[];
}

/** Where the kernel's route to a prefix leads, through its nexthop object. */
async function gateways(host: Host, prefix: string): Promise<string[]> {
  const objects = await host.ipJson<Nexthop>("nexthop", "show");
  const family = prefix.includes(":") ? "-6" : "-4";
  const routes = await host.ipJson<{ nhid?: number }>(family, "route", "show", prefix);
  const at = (id: number | undefined): Nexthop[] => objects.filter((each) => each.id === id);
  return routes
    .flatMap(({ nhid }) => at(nhid))
    .flatMap((object) => object.group?.flatMap(({ id }) => at(id)) ?? [object])
    .map(({ gateway }) => gateway ?? "");
}

for (const kind of ["frr", "bird", "gobgp", "openbgpd"] as const) {
  describe(`ADD-PATH with ${kind}`, { skip: lacking(PACKAGES[kind]) }, () => {
    let net: Net;
    let daemons: Underlay[];

    before(async () => (net = new Net()));
    after(() => net.close());

    interface Segment {
      readonly reflector: Host;
      readonly listener: Host;
      readonly origins: readonly Underlay[];
    }

    /** A segment of its own for each test; nodes one and two run on it. */
    async function segment(name: string): Promise<Segment> {
      const bridge = await net.switch(`${name}-switch`);
      const host = async (each: string, last: number): Promise<Host> => {
        const made = await net.host(`${name}-${each}`);
        await net.plug(bridge, [made, "eth0", `${address(last)}/24`, `fd00:1::${last}/64`]);
        return made;
      };
      const reflector = await host("reflector", 1);
      const listener = await host("listener", 2);
      const origins = [];
      for (const last of [11, 12]) {
        const node = await host(`node${last}`, last);
        const rest = `pods: { pool: [172.16.0.0/12, "fd10::/16"], blocks: [${PREFIXES.map((each) => `"${each}"`).join(", ")}] }`;
        origins.push(await Underlay.start(node, config(last, [peer("reflector", 1)], rest)));
      }
      daemons = origins;
      return { reflector, listener, origins };
    }

    function config(last: number, peers: readonly string[], rest: string): string {
      return `
node: { name: n${last}, asn: 64512, routerId: ${address(last)} }
${rest}
peers:
${peers.join("\n")}`;
    }

    function peer(name: string, last: number, more = ""): string {
      return `  - { name: ${name}, address: ${address(last)}, asn: 64512, connectRetry: 1${more} }`;
    }

    const logs = (): string =>
      daemons.map(({ program }) => program.output.slice(-3000)).join("\n----\n");

    it("receives both paths of one session and uses them together", async () => {
      const { reflector, listener, origins } = await segment("in");
      const clients = [2, 11, 12].map((last) => ({ address: address(last), client: true }));
      const router = await startAddPath[kind](reflector, address(1), clients);
      const pool = 'pods: { pool: [172.16.0.0/12, "fd10::/16"] }';
      const peers = [peer("reflector", 1, ", addPath: { receive: true }")];
      const node = await Underlay.start(listener, config(2, peers, pool));
      daemons.push(node);
      await node.established("reflector");

      const detail = async (): Promise<string> =>
        `${await node.ask("show route all")}\n${await router.detail()}`;
      await holds(listener, hops(11, 12), detail);
      const text = await node.ask(`show route ${PREFIXES[0]} all`);
      assert.equal(text.match(/BGP\.next_hop: 192\.168\.1\.1[12]$/gm)?.length, 2, text);
      const protocol = await node.ask("show protocols all reflector");
      assert.match(protocol, /ADD-PATH\n +RX: ipv4 ipv6\n/);
      assert.match(protocol, /Session: .*add-path-rx/);

      await origins[1].ctl("disable", "reflector");
      await holds(listener, hops(11), () => router.detail());
      await origins[1].ctl("enable", "reflector");
      await holds(listener, hops(11, 12), () => router.detail());
    });

    it("reflects both paths, and withdraws the one that goes", async () => {
      const { reflector, listener, origins } = await segment("out");
      const rest = `pods: { pool: [172.16.0.0/12, "fd10::/16"] }
kernel: { install: false }
reflector: { clusterId: ${address(1)} }`;
      const peers = [
        peer("listener", 2, ", client: true, addPath: { send: all }"),
        peer("one", 11, ", client: true"),
        peer("two", 12, ", client: true"),
      ];
      const node = await Underlay.start(reflector, config(1, peers, rest));
      daemons.push(node);
      const router = await startAddPath[kind](listener, address(2), [
        { address: address(1), client: false },
      ]);
      await router.established(address(1));

      const hears = async (wanted: readonly string[][]): Promise<void> => {
        for (const [i, prefix] of PREFIXES.entries()) {
          let found: string[] = [];
          await until(
            `${kind} has ${prefix} by ${wanted[i].join(", ")}`,
            async () => {
              found = await router.nextHops(prefix);
              return found.join() === wanted[i].join();
            },
            { detail: async () => `${found.join()}\n${await router.detail()}\n${logs()}` },
          );
        }
      };
      await hears(hops(11, 12));
      const protocol = await node.ask("show protocols all listener");
      assert.match(protocol, /Session: .*add-path-tx/);
      await origins[0].ctl("disable", "reflector");
      await hears(hops(12));
      await origins[0].ctl("enable", "reflector");
      await hears(hops(11, 12));
    });

    it("sends several of one family, and the best of the other", async () => {
      const { reflector, listener } = await segment("one");
      const rest = `pods: { pool: [172.16.0.0/12, "fd10::/16"] }
kernel: { install: false }
reflector: { clusterId: ${address(1)} }`;
      const peers = [
        peer("listener", 2, ", client: true, addPath: { send: all, ipv6: { send: best } }"),
        peer("one", 11, ", client: true"),
        peer("two", 12, ", client: true"),
      ];
      const node = await Underlay.start(reflector, config(1, peers, rest));
      daemons.push(node);
      const router = await startAddPath[kind](listener, address(2), [
        { address: address(1), client: false },
      ]);
      const [four, six] = hops(11, 12);
      let found: string[] = [];
      await until(
        `${kind} has both of IPv4`,
        async () => {
          found = await router.nextHops(PREFIXES[0]);
          return found.join() === four.join();
        },
        { detail: async () => `${found.join()}\n${await router.detail()}\n${logs()}` },
      );
      await until("the node has both of IPv6", async () => {
        const text = await node.ask(`show route ${PREFIXES[1]} all`);
        return six.every((hop) => text.includes(`BGP.next_hop: ${hop}`));
      });
      await until(
        `${kind} has one of IPv6`,
        async () => {
          found = await router.nextHops(PREFIXES[1]);
          return found.length === 1 && six.includes(found[0]);
        },
        { detail: async () => `${found.join()}\n${await router.detail()}\n${logs()}` },
      );
      const protocol = await node.ask("show protocols all listener");
      const [ours] = protocol.split("Neighbor capabilities");
      assert.match(ours, /ADD-PATH\n +RX: ipv4 ipv6\n +TX: ipv4\n/);
    });

    /** Waits until the kernel has the prefixes by these next hops: a nexthop group where there are two. */
    async function holds(
      host: Host,
      wanted: readonly string[][],
      detail: () => Promise<string>,
    ): Promise<void> {
      for (const [i, prefix] of PREFIXES.entries()) {
        let found = "";
        await until(
          `${host.name} has ${prefix} by ${wanted[i].join(", ")}`,
          async () => {
            found = (await gateways(host, prefix)).sort().join();
            return found === wanted[i].join();
          },
          { detail: async () => `${found}\n${await detail()}\n${logs()}` },
        );
      }
    }
  });
}
