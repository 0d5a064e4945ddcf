import { tenth, type Bench } from "./bench.ts";
import { fibRun } from "./fib.ts";

export const fibPods: Bench<"load" | "cpu" | "memory"> = {
  name: "fib-pods",
  what: "N /32s of 1000 nodes from one neighbour: first UPDATE byte to the last route in the FIB",
  needs: ["iproute2", "procps", "bird2", "frr"],
  subjects: ["underlay", "bird", "frr"],
  variants: [""],
  sizes: tenth(1_000_000),
  unit: "routes",
  figures: {
    load: { title: "time", unit: "s", reach: [{ most: 0.4, of: "bird" }], plot: true },
    cpu: { title: "CPU", unit: "s" },
    memory: { title: "peak memory", unit: "MiB" },
  },
  async run({ subject, size }) {
    if (subject === "c") return {};
    const { load, cpu, memory } = await fibRun(subject, size);
    return { load, cpu, memory };
  },
};
