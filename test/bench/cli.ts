import { spawnSync } from "node:child_process";
import { dirname, join } from "node:path";
import { Bird } from "../support/bird.ts";
import { Net } from "../support/net.ts";
import { Underlay } from "../support/underlay.ts";
import { tenth, type Bench, type Values } from "./bench.ts";
import { BUILT_DAEMON } from "./build.ts";
import { median } from "./statistics.ts";

type Key = "node" | "names" | "status";

const CTL = join(dirname(BUILT_DAEMON), "underlayctl.js");

/**
 * What somebody at a shell waits for. A third of it, or two, is what Node.js itself takes to start. (V8's
 * compile cache was tried: it brings nothing that could be measured, and would have to be kept where
 * nobody else can write.)
 */
export const cli: Bench<Key> = {
  name: "cli",
  what: "N starts of underlayctl (birdc): from the process's start to its end, the median",
  needs: ["iproute2", "procps", "bird2"],
  subjects: ["underlay", "bird"],
  variants: [""],
  sizes: tenth(30),
  unit: "starts",
  figures: {
    status: { title: "show status", unit: "ms", reach: [{ most: 100 }] },
    names: { title: "names for the shell's Tab", unit: "ms", reach: [{ most: 100 }] },
    node: { title: "Node.js alone", unit: "ms" },
  },
  async run({ subject, size }): Promise<Values<Key>> {
    const net = new Net();
    try {
      const host = await net.host("node");
      if (subject === "bird") {
        const { socket } = await Bird.start(host, "router id 192.0.2.1;\nprotocol device {}\n");
        return { status: timeOf(size, ["birdc", "-s", socket, "show", "status"]) };
      }
      if (subject !== "underlay") return {};
      const config = "node: { asn: 64512, routerId: 192.0.2.1 }";
      const node = await Underlay.start(host, config, BUILT_DAEMON);
      // Until then it has the processor, and who comes in its first second is not who this is about.
      await node.logged("started");
      const { socket } = node;
      const ctl = [process.execPath, CTL];
      return {
        status: timeOf(size, [...ctl, "--socket", socket, "show", "status"]),
        names: timeOf(size, [...ctl, "--complete", "--socket", socket, "disable", ""]),
        node: timeOf(size, [process.execPath, "-e", "0"]),
      };
    } finally {
      await net.close();
    }
  },
};

/** Milliseconds of a run of the command, the median. */
function timeOf(runs: number, [file, ...words]: readonly string[]): number {
  const times = Array.from({ length: runs }, () => {
    const start = performance.now();
    const { status, stderr } = spawnSync(file, words, { encoding: "utf8" });
    if (status !== 0) throw new Error(`${file} ${words.join(" ")}: ${status}: ${stderr}`);
    return performance.now() - start;
  });
  return median(times);
}
