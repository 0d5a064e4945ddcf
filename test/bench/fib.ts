import type { Figure, SubjectName, Values } from "./bench.ts";
import { Dialogue } from "./dialogue.ts";
import { FibScene, type Way } from "./fib-scene.ts";
import { NODES, type TableKind } from "./routes.ts";
import type { Told } from "./telling.ts";
import { usage } from "./usage.ts";

/** Seconds from the first UPDATE byte to the last route in the kernel; CPU seconds, peak MiB. */
export type LoadKey = "load" | "cpu" | "memory" | "sending" | "watching";

export const LOAD_SIZES = [10_000, 30_000, 100_000, 300_000, 1_000_000];

export const LOAD_FIGURES: Readonly<Record<LoadKey, Figure>> = {
  load: { title: "time", unit: "s", plot: true },
  cpu: { title: "CPU", unit: "s" },
  memory: { title: "peak memory", unit: "MiB" },
  sending: { title: "the neighbour, towards one who only reads", unit: "ms", tool: true },
  watching: { title: "the watcher, behind the C program", unit: "ms", tool: true },
};

export async function loadRun(
  subject: SubjectName,
  kind: TableKind,
  size: number,
): Promise<Values<LoadKey>> {
  const scene = await FibScene.open({ kind, size, nodes: NODES });
  try {
    if (subject === "c") return await rivalRun(scene);
    const daemon = await scene.startDaemon(subject);
    const load = await scene.load();
    return { load, ...usage(daemon.pids) };
  } finally {
    await scene.close();
  }
}

/**
 * The C program's time, by the same watcher; and how good the bench's own tools are: how many
 * milliseconds the blaster takes towards one who only reads, and how much later the watcher has seen the
 * last route than the C program has had its answer.
 */
async function rivalRun(scene: FibScene): Promise<Values<LoadKey>> {
  const sending = await sendingAlone(scene);
  const rival = await scene.startRival();
  rival.say("add");
  const adding = await rival.event("adding");
  const load = await scene.until("present", adding);
  const added = await rival.event("added");
  return { load, sending, watching: load * 1000 - (added.at - adding.at) };
}

async function sendingAlone(scene: FibScene): Promise<number> {
  const sink = Dialogue.start<Told & { readonly octets: number }>(
    ...([scene.dut, "sink.ts", "10.0.0.2", "65002"] as const),
  );
  await scene.heard("established");
  scene.say("announce");
  const { at } = await scene.heard("announcing");
  const { octets } = await scene.heard("announced");
  const read = await sink.next((told) => told.octets >= octets);
  return read.at - at;
}

export async function withdrawRun(
  subject: SubjectName,
  way: Way,
  size: number,
): Promise<Values<"withdraw">> {
  const scene = await FibScene.open({ kind: "pods", size, nodes: NODES });
  try {
    if (subject === "c") return await rivalWithdraws(scene);
    await scene.startDaemon(subject);
    await scene.load();
    return { withdraw: await scene.withdraw(way) };
  } finally {
    await scene.close();
  }
}

async function rivalWithdraws(scene: FibScene): Promise<Values<"withdraw">> {
  const rival = await scene.startRival();
  rival.say("add");
  await rival.event("added");
  rival.say("delete");
  return { withdraw: await scene.until("absent", await rival.event("deleting")) };
}
