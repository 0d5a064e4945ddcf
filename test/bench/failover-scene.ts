import { setTimeout as pause } from "node:timers/promises";
import { Bird } from "../support/bird.ts";
import type { Host, Net } from "../support/net.ts";
import { until } from "../support/wait.ts";
import type { DaemonName } from "./bench.ts";
import type { BlasterSpec } from "./blaster.ts";
import { Dialogue } from "./dialogue.ts";
import type { RouteSpec } from "./routes.ts";
import { startSubject, type Neighbour, type Subject } from "./subjects.ts";
import { atRest } from "./usage.ts";
import type { Seen } from "./watcher.ts";

/** Milliseconds between two BFD packets. */
const BFD = 100;
/** The third octet of an upstream's segment. */
const UPSTREAMS = [1, 2];

export interface Segments {
  readonly dut: Host;
  /** Whose default route leads to the dut. */
  readonly source: Host;
  /** They take all addresses of the routes for their own. */
  readonly upstreams: readonly Host[];
}

/** A source of packets, who is measured, and two upstreams, each on a wire of its own. */
export async function wireUp(net: Net): Promise<Segments> {
  const [dut, source] = [await net.host("dut"), await net.host("source")];
  await net.wire([dut, "eth0", "10.0.9.1/24"], [source, "eth0", "10.0.9.2/24"]);
  await source.ip("route", "add", "default", "via", "10.0.9.1");
  await router(dut);
  // As FRR recommends for routers: a leg of a multipath route whose link is down is passed over.
  await dut.sysctl("net.ipv4.conf.all.ignore_routes_with_linkdown", 1);
  const upstreams: Host[] = [];
  for (const n of UPSTREAMS) {
    const upstream = await net.host(`upstream${n}`);
    await net.wire([dut, `eth${n}`, `10.0.${n}.1/24`], [upstream, "eth0", `10.0.${n}.2/24`]);
    await receiver(upstream);
    upstreams.push(upstream);
  }
  return { dut, source, upstreams };
}

/** Forwards, whichever way packets come. */
export async function router(host: Host): Promise<void> {
  await host.sysctl("net.ipv4.ip_forward", 1);
  await host.sysctl("net.ipv4.conf.all.rp_filter", 0);
  await host.sysctl("net.ipv4.conf.default.rp_filter", 0);
}

/** Takes the addresses of pods and of nodes for its own. */
export async function receiver(host: Host): Promise<void> {
  await host.sysctl("net.ipv4.conf.all.rp_filter", 0);
  await host.sysctl("net.ipv4.conf.eth0.rp_filter", 0);
  await host.ip("route", "add", "local", "100.64.0.0/10", "dev", "lo");
  await host.ip("route", "add", "local", "10.0.4.0/22", "dev", "lo");
}

export interface Setting {
  readonly subject: DaemonName;
  readonly routes: RouteSpec;
  /** Both upstreams are used together; otherwise the second is only the next best. */
  readonly ecmp: boolean;
  readonly bfd: boolean;
}

export interface Players {
  readonly daemon: Subject;
  readonly blasters: readonly Dialogue[];
  /** The first upstream's end of BFD. */
  readonly bfd: Bird | undefined;
  readonly watcher: Dialogue<Seen>;
}

/** Brings everybody up, until all routes are known from both upstreams. */
export async function play(segments: Segments, setting: Setting): Promise<Players> {
  const { dut, upstreams } = segments;
  const { routes, subject, ecmp } = setting;
  const watcher = Dialogue.start<Seen>(dut, "watcher.ts", routes);
  const blasters: Dialogue[] = [];
  const neighbours: Neighbour[] = [];
  const birds: Bird[] = [];
  for (const [i, n] of UPSTREAMS.entries()) {
    const [address, asn] = [`10.0.${n}.2`, 65100 + n];
    neighbours.push({ address, asn, local: `10.0.${n}.1` });
    const spec: BlasterSpec = {
      ...{ ...routes, asn, listen: address },
      ...{ routerId: addressOf(n), nextHop: addressOf(n) },
      prepend: i === 1 && !ecmp ? 1 : 0,
    };
    const blaster = Dialogue.start(upstreams[i], "blaster.ts", spec);
    await blaster.event("listening");
    blasters.push(blaster);
    if (setting.bfd) birds.push(await Bird.start(upstreams[i], bfdOnly(n)));
  }
  await watcher.event("ready");
  const setup = { neighbours, multipath: ecmp, ...(setting.bfd && { bfd: BFD }) };
  const daemon = await startSubject(subject, dut, setup);
  // FRR ends a session whose BFD was not up first, and begins it again.
  for (const bird of birds) {
    const isUp = async (): Promise<boolean> => / Up /.test(await bird.ask("show bfd sessions"));
    await until("BFD is Up", isUp, { detail: () => daemon.log().slice(-3000) });
    await pause(1000);
  }
  for (const blaster of blasters) {
    blaster.say("await session");
    await blaster.event("in session");
    blaster.say("announce");
    await blaster.event("announced");
  }
  watcher.say("present");
  const { reached } = await watcher.event("seen");
  if (!reached) throw new Error(`not all routes: ${daemon.log().slice(-3000)}`);
  await atRest(daemon.pids);
  return { daemon, blasters, bfd: birds[0], watcher };
}

/** The address of an upstream as a number, as blaster and watcher want it. */
export const addressOf = (n: number): number => 0x0a000002 + n * 256;

/** BFD to the dut, for nobody's sake: the blaster has none. */
function bfdOnly(n: number): string {
  return `
router id 10.0.${n}.2;
protocol device {}
protocol bfd {
  interface "*" { interval ${BFD} ms; multiplier 3; };
  neighbor 10.0.${n}.1 dev "eth0";
}
`;
}
