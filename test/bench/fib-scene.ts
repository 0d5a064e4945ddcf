import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { Net, type Host } from "../support/net.ts";
import type { DaemonName } from "./bench.ts";
import type { BlasterEvent, BlasterSpec, BlasterTold } from "./blaster.ts";
import { compile } from "./compile.ts";
import { Dialogue } from "./dialogue.ts";
import { routesOf, type RouteSpec } from "./routes.ts";
import { startSubject, type Setup, type Subject } from "./subjects.ts";
import type { Told } from "./telling.ts";
import type { Seen } from "./watcher.ts";

/** Milliseconds after the session is up, in which a daemon may finish what belongs to its start. */
const SETTLING = 1000;
const PEER = { listen: "10.0.0.2", asn: 65001, routerId: 0x0a000002 };

/**
 * A neighbour (the blaster) at 10.0.0.2, who is measured at 10.0.0.1, and a watcher beside it that
 * sees when its kernel has what it should. All nodes that are next hops are on the same segment.
 */
export class FibScene {
  readonly net: Net;
  readonly dut: Host;
  readonly peer: Host;
  readonly #blaster: Dialogue<BlasterTold>;
  readonly #watcher: Dialogue<Seen>;
  readonly #spec: RouteSpec;
  #daemon: Subject | undefined;

  private constructor(net: Net, dut: Host, peer: Host, spec: BlasterSpec) {
    this.net = net;
    this.dut = dut;
    this.peer = peer;
    this.#spec = spec;
    this.#blaster = Dialogue.start(peer, "blaster.ts", spec);
    this.#watcher = Dialogue.start(dut, "watcher.ts", spec);
  }

  static async open(routes: RouteSpec, more: Partial<BlasterSpec> = {}): Promise<FibScene> {
    const net = new Net();
    try {
      const [dut, peer] = [await net.host("dut"), await net.host("peer")];
      await net.wire([dut, "eth0", "10.0.0.1/16"], [peer, "eth0", "10.0.0.2/16"]);
      const scene = new FibScene(net, dut, peer, { ...PEER, ...routes, ...more });
      await scene.heard("listening");
      await scene.#watcher.event("ready");
      return scene;
    } catch (error) {
      await net.close();
      throw error;
    }
  }

  /** To be called when more than the two has been wired to who is measured. */
  async recount(): Promise<void> {
    this.#watcher.say("recount");
    await this.#watcher.event("ready");
  }

  /** Starts who is measured, and waits for the session; what comes after a new start is part of it. */
  async startDaemon(name: DaemonName, setup?: Setup): Promise<Subject> {
    this.#daemon = await startSubject(name, this.dut, setup);
    await this.heard("established");
    if (setup?.isAgain !== true) await pause(SETTLING);
    return this.#daemon;
  }

  /** The C program, with the same routes. */
  async startRival(): Promise<Dialogue> {
    const file = join(this.net.folder, "routes");
    writeFileSync(file, packed(this.#spec));
    const rival = new Dialogue(
      this.dut.start([compile(this.net.folder, "fib.c"), "eth0", file], { stdin: "pipe" }),
    );
    await rival.event("ready");
    return rival;
  }

  /** To the blaster. */
  say(order: string): void {
    this.#blaster.say(order);
  }

  heard(event: BlasterEvent): Promise<BlasterTold> {
    return this.#blaster.event(event);
  }

  /** Seconds from a moment until the kernel's FIB is as it should be. */
  async until(state: "present" | "absent" | "later", from: Told): Promise<number> {
    this.#watcher.say(state);
    const { reached, count, at } = await this.#watcher.event("seen");
    if (!reached) {
      const log = this.#daemon?.log().slice(-3000) ?? "";
      throw new Error(`not ${state}, ${count} routes: ${log}`);
    }
    return (at - from.at) / 1000;
  }

  /** Seconds from the first UPDATE byte to the last route in the kernel. */
  async load(): Promise<number> {
    this.say("announce");
    return this.until("present", await this.heard("announcing"));
  }

  /** Seconds from the first withdrawal, or the session's end, until no route is in the kernel. */
  async withdraw(way: Way): Promise<number> {
    this.say(way === "messages" ? "withdraw" : "close");
    return this.until("absent", await this.heard(way === "messages" ? "withdrawing" : "closing"));
  }

  close(): Promise<void> {
    return this.net.close();
  }
}

/** How routes go again: by messages, or with their session. */
export type Way = "messages" | "session";

/** As fib.c reads them. */
function packed(spec: RouteSpec): Uint8Array {
  const { addresses, lengths, hops } = routesOf(spec);
  const view = new DataView(new ArrayBuffer(8 * lengths.length));
  for (const [i, length] of lengths.entries()) {
    view.setUint32(8 * i, addresses[i], true);
    view.setUint8(8 * i + 4, length);
    view.setUint16(8 * i + 6, hops[i], true);
  }
  return new Uint8Array(view.buffer);
}
