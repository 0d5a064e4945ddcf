import { writeFileSync } from "node:fs";
import { NEEDS, tenth, type Bench, type DaemonName, type Values } from "./bench.ts";
import { FibScene } from "./fib-scene.ts";
import { NODES, type TableKind } from "./routes.ts";
import { atRest, usage } from "./usage.ts";

type Key = "peak" | "steady" | "settled";

const [PODS, TABLE, ROUNDS] = ["/32s", "full table", "/32s, ten times"] as const;

export const memory: Bench<Key> = {
  name: "memory",
  what: "peak resident memory of all processes with N routes installed; ten loads and withdrawals",
  needs: NEEDS,
  subjects: ["underlay", "bird", "frr"],
  variants: [PODS, TABLE, ROUNDS],
  sizes: tenth(1_000_000),
  unit: "routes",
  figures: {
    peak: {
      title: "peak memory",
      unit: "MiB",
      reach: [
        { most: 150, variant: PODS },
        { most: 220, variant: TABLE },
      ],
    },
    // The first round warms up: what it has, the second may have as well.
    steady: {
      title: "the highest of rounds 6 to 10 by the second's",
      unit: "",
      reach: [{ most: 1.05, variant: ROUNDS }],
    },
    // The second is often the least of all, and rounds differ by some MiB: whether memory grows, this says.
    settled: { title: "the highest of rounds 6 to 10 by the higher of the first two", unit: "" },
  },
  async run({ subject, variant, size }) {
    if (subject === "c") return {};
    if (variant === ROUNDS) return rounds(subject, size);
    return once(subject, variant === TABLE ? "table" : "pods", size);
  },
};

async function once(subject: DaemonName, kind: TableKind, size: number): Promise<Values<Key>> {
  const scene = await FibScene.open({ kind, size, nodes: NODES });
  try {
    const { pids } = await scene.startDaemon(subject);
    await scene.load();
    await atRest(pids);
    return { peak: usage(pids).memory };
  } finally {
    await scene.close();
  }
}

async function rounds(subject: DaemonName, size: number): Promise<Values<Key>> {
  const scene = await FibScene.open({ kind: "pods", size, nodes: NODES });
  try {
    const { pids } = await scene.startDaemon(subject);
    const peaks: number[] = [];
    for (let round = 0; round < 10; round++) {
      // The kernel's own means to begin a new maximum (proc_pid_clear_refs(5)).
      for (const pid of pids) writeFileSync(`/proc/${pid}/clear_refs`, "5");
      await scene.load();
      await scene.withdraw("messages");
      await atRest(pids);
      peaks.push(usage(pids).memory);
    }
    const [first, second] = peaks;
    const late = Math.max(...peaks.slice(5));
    return {
      peak: Math.max(...peaks),
      steady: late / second,
      settled: late / Math.max(first, second),
    };
  } finally {
    await scene.close();
  }
}
