import { setTimeout as pause } from "node:timers/promises";
import { Net, type Host } from "../support/net.ts";
import type { Running } from "../support/process.ts";
import { until } from "../support/wait.ts";
import { NEEDS, type Bench, type DaemonName, type Values } from "./bench.ts";
import { addressOf, play, wireUp, type Players } from "./failover-scene.ts";
import { routesOf } from "./routes.ts";
import { astray, Traffic, type Journeys } from "./traffic.ts";
import { wallClock } from "./telling.ts";

type Key = "stray" | "packets";

/** How the first upstream is lost: its process is killed, its link goes down, or it falls silent. */
type Loss = "killed" | "link down" | "BFD";

const LOSSES: readonly Loss[] = ["killed", "link down", "BFD"];
const VARIANTS = new Map(
  LOSSES.flatMap((loss) => [
    [`${loss}, backup`, { loss, ecmp: false }],
    [`${loss}, ECMP`, { loss, ecmp: true }],
  ]),
);

export const failover: Bench<Key> = {
  name: "failover",
  what: "one of two upstreams of the same N routes is lost: the session's end to the last stray packet",
  needs: [...NEEDS, "tcpdump"],
  subjects: ["underlay", "bird", "frr"],
  variants: [...VARIANTS.keys()],
  sizes: [10_000, 200_000, 1_000_000],
  unit: "routes",
  figures: {
    stray: {
      title: "last stray packet",
      unit: "ms",
      reach: [{ most: 10 }, { most: 5, apart: true }],
      plot: true,
    },
    packets: { title: "stray packets, 10 each ms", unit: "" },
  },
  async run({ subject, variant, size }) {
    const way = VARIANTS.get(variant);
    return subject === "c" || way === undefined ? {} : failoverRun(subject, way, size);
  },
};

/** Longer than any of them works on the routes behind: nothing may go astray in this time either. */
const AFTERWARDS = 3000;

async function failoverRun(
  subject: DaemonName,
  { loss, ecmp }: { readonly loss: Loss; readonly ecmp: boolean },
  size: number,
): Promise<Values<Key>> {
  const net = new Net();
  try {
    const segments = await wireUp(net);
    const { dut, source, upstreams } = segments;
    const routes = { kind: "pods", size, nodes: 1 } as const;
    const players = await play(segments, { subject, routes, ecmp, bfd: loss === "BFD" });
    const capture = await Capture.start(dut);
    const traffic = await Traffic.start(source, upstreams, routesOf(routes).addresses);
    await pause(1000);
    const from = wallClock();
    await lose(loss, upstreams[0], players);
    players.watcher.say(`via ${addressOf(2)}`);
    const { reached } = await players.watcher.event("seen");
    if (!reached) throw new Error(`routes stay: ${players.daemon.log().slice(-3000)}`);
    await pause(AFTERWARDS);
    const journeys = await traffic.end();
    const known = loss === "link down" ? undefined : await capture.first(from);
    return strays(journeys, from, known);
  } finally {
    await net.close();
  }
}

async function lose(loss: Loss, upstream: Host, { blasters, bfd }: Players): Promise<void> {
  switch (loss) {
    case "killed":
      return blasters[0].kill();
    case "link down":
      await upstream.ip("link", "set", "eth0", "down");
      return;
    case "BFD":
      process.kill(bfd!.program.pid, "SIGSTOP");
  }
}

/**
 * Milliseconds from the moment at which the end was to be known to the last packet that has not come
 * to the second upstream, and how many there were. A link that is down tells nobody a time: it counts
 * from the first packet that is lost to the one after the last, so that a single one is no zero.
 */
function strays(journeys: Journeys, from: number, known: number | undefined): Values<Key> {
  const { sent } = journeys;
  if (!sent.some((at, i) => at < from && (journeys.arrived[0][i] ?? 0) > 0)) {
    throw new Error("no packet went by the first upstream before it was lost");
  }
  const lost = astray(journeys, 1, from).filter((i) => known !== undefined || isLost(journeys, i));
  const late = lost.filter((i) => sent[i] >= (known ?? from));
  if (late.length === 0) return { stray: 0, packets: 0 };
  const [first, last] = [late[0], late[late.length - 1]];
  const stray = known === undefined ? sent[last + 1] - sent[first] : sent[last] - known;
  return { stray, packets: late.length };
}

/** It has come to nobody. */
const isLost = ({ arrived }: Journeys, i: number): boolean =>
  arrived.every((times) => (times[i] ?? 0) === 0);

/** What comes in by the first upstream's wire and says that it is gone, or goes out and says so. */
class Capture {
  readonly #program: Running;

  private constructor(program: Running) {
    this.#program = program;
  }

  static async start(dut: Host): Promise<Capture> {
    // The end of TCP; a BFD packet that says Down, diagnostic 1 (RFC 5880 §4.1).
    const down = "(src 10.0.1.1 and udp dst port 3784 and udp[8] & 31 = 1 and udp[9] >> 6 = 1)";
    const end = "(src 10.0.1.2 and tcp port 179 and tcp[tcpflags] & (tcp-fin | tcp-rst) != 0)";
    const words = ["-n", "-tt", "-l", "--immediate-mode", "-i", "eth1", `${end} or ${down}`];
    const program = dut.start(["tcpdump", ...words]);
    await until("tcpdump listens", () => program.output.includes("listening on"));
    return new Capture(program);
  }

  /** When it was first said, after a moment: milliseconds since 1970. */
  async first(from: number): Promise<number> {
    return until(
      "the session's end on the wire",
      () => {
        const times = [...this.#program.output.matchAll(/^(\d+\.\d+) IP/gm)];
        return times.map(([, seconds]) => Number(seconds) * 1000).find((at) => at >= from);
      },
      { detail: () => this.#program.output },
    );
  }
}
