import { join } from "node:path";
import { Net } from "../support/net.ts";
import { Dialogue } from "./dialogue.ts";
import type { DaemonName } from "./bench.ts";
import { startSubject } from "./subjects.ts";
import { usage, type Usage } from "./usage.ts";

/** One run: a neighbour announces N /32s of 1000 next hops, then withdraws them. */
export interface FibRun extends Usage {
  readonly subject: DaemonName;
  readonly routes: number;
  /** Seconds from the first UPDATE byte to the last route in the kernel, and back. */
  readonly load: number;
  readonly withdraw: number;
}

const NEXT_HOPS = 1000;
const LIMIT = 280;

interface Event {
  readonly event: string;
  readonly at: number;
}
interface Count {
  readonly count: number;
  readonly at: number;
  readonly reached: boolean;
}

export async function fibRun(subject: DaemonName, routes: number): Promise<FibRun> {
  const net = new Net();
  try {
    const dut = await net.host("dut");
    const peer = await net.host("peer");
    await net.wire([dut, "eth0", "10.0.0.1/16"], [peer, "eth0", "10.0.0.2/16"]);
    const script = (name: string): string => join(import.meta.dirname, name);
    const blaster = new Dialogue<Event>(
      peer.start(
        [process.execPath, script("blaster.ts"), "10.0.0.2", "65001", `${routes}`, `${NEXT_HOPS}`],
        { stdin: "pipe" },
      ),
    );
    await blaster.next(({ event }) => event === "listening", 30);
    const daemon = await startSubject(subject, dut);
    const watcher = new Dialogue<Count>(
      dut.start([process.execPath, script("watcher.ts"), `${routes}`], { stdin: "pipe" }),
    );
    await watcher.next(() => true, 30);
    await blaster.next(({ event }) => event === "established", 60);

    blaster.say("announce");
    const announcing = await blaster.next(({ event }) => event === "announcing", 30);
    watcher.say("present");
    const loaded = await watcher.next(() => true, LIMIT);
    if (!loaded.reached) throw new Error(`${subject}: ${loaded.count} routes: ${daemon.log()}`);

    blaster.say("withdraw");
    const withdrawing = await blaster.next(({ event }) => event === "withdrawing", 30);
    watcher.say("absent");
    const empty = await watcher.next(() => true, LIMIT);
    if (!empty.reached) throw new Error(`${subject}: ${empty.count} left: ${daemon.log()}`);

    return {
      subject,
      routes,
      load: (loaded.at - announcing.at) / 1000,
      withdraw: (empty.at - withdrawing.at) / 1000,
      ...usage(daemon.pids),
    };
  } finally {
    await net.close();
  }
}
