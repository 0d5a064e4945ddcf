import type { Logger } from "pino";
import type { Config } from "../config/index.ts";
import type { DrainResult, DrainView } from "../control/index.ts";
import {
  type Announcement,
  type DrainEvent,
  type DrainSettings,
  type DrainState,
  type LinkCount,
  announcementOf,
  inService,
  nextLook,
  questionOf,
  step,
} from "../drain/index.ts";
import { type Fib, type InterfaceView, matchesAny } from "../fib/index.ts";
import type { KernelClient } from "../kernel/index.ts";
import { parseAddress, prefixContainsAddress } from "../route/index.ts";
import type { Speaker, Survey } from "../speaker/index.ts";
import { Alarm } from "../transport/index.ts";
import { wallTime } from "./clock.ts";
import { DrainFile, type Drained } from "./drain-file.ts";
import { logPhase } from "./drain-log.ts";

export interface DrainRooms {
  readonly speaker: Pick<Speaker, "depart" | "hasToldAll">;
  readonly survey: Pick<Survey, "neighbours" | "ranges">;
  readonly fib: Pick<Fib, "interfaces">;
  readonly kernel: Pick<KernelClient, "count">;
  readonly config: () => Config;
  readonly clock: () => number;
  /** There is work for the speaker. */
  readonly wake: () => void;
  /** {@link DrainKeeper.isSilent} is another. */
  readonly onSilent: () => void;
  readonly logger: Pick<Logger, "error" | "info" | "warn">;
}

/** Milliseconds that the kernel has to say what its links have carried. */
const PATIENCE = 5000;

/** The node, or one neighbour or range, on its way. */
class Draining {
  /** undefined: the node. */
  readonly name: string | undefined;
  readonly alarm: Alarm;
  state: DrainState;
  /** A look is under way. */
  isLooking = false;

  constructor(name: string | undefined, now: number, alarm: Alarm) {
    this.name = name;
    this.alarm = alarm;
    this.state = inService(now);
  }
}

/** Takes the node, and neighbours, out of service and back, as commands and the configuration say. */
export class DrainKeeper {
  readonly #rooms: DrainRooms;
  readonly #file: DrainFile;
  readonly #node: Draining;
  readonly #peers = new Map<string, Draining>();
  /** Those that a configuration has taken away: if that is undone, they are as they were. */
  readonly #parted = new Set<string>();
  /** Those who wait for another phase. */
  readonly #waiting = new Set<() => void>();
  /** A command has drained the node. */
  #isCommanded = false;
  #isStarted = false;
  /** Nothing happens by itself any more. */
  #isClosed = false;

  constructor(rooms: DrainRooms) {
    this.#rooms = rooms;
    this.#file = new DrainFile(rooms.config().control.socket);
    this.#node = this.#make(undefined);
  }

  /** ARP and NDP are not answered for pods: what is not announced is not to be found either. */
  get isSilent(): boolean {
    return announcementOf(this.#node.state) === "nothing";
  }

  /** What all neighbours are told in the end where `node.drained` is this. */
  foresee(isConfigured: boolean): Announcement {
    if (!isConfigured && !this.#isCommanded) return "usual";
    const now = announcementOf(this.#node.state);
    // On its way out already: what has still to come is not the configuration's doing.
    return now === "usual" ? "nothing" : now;
  }

  /** Why the node is not to be relied on; undefined: it is in service. */
  get reason(): string | undefined {
    const { phase } = this.#node.state;
    if (phase === "in service") return undefined;
    return `the node is ${phase === "drained" ? "drained" : "being drained"}`;
  }

  /**
   * Before the speaker has a neighbour: whoever was out of service when the last run ended still is. A
   * command may be earlier, and must not write over what has not been read.
   */
  start(): void {
    if (this.#isStarted) return;
    this.#isStarted = true;
    const { node, peers } = this.#remembered();
    this.#isCommanded = node;
    if (node || this.#isConfigured) this.#step(this.#node, { kind: "begin withheld" });
    for (const name of peers) this.#step(this.#peer(name), { kind: "begin withheld" });
  }

  /** The configuration is another one; or the one before again, `isUndone`. */
  update(isUndone = false): void {
    if (this.#peers.size + this.#parted.size > 0) this.#follow(isUndone);
    this.#remember();
    const isWanted = this.#isCommanded || this.#isConfigured;
    this.#step(this.#node, { kind: isWanted ? "begin" : "end" });
  }

  /** `name`: of a neighbour or a range; undefined: the node. */
  drain(name: string | undefined): DrainResult {
    this.start();
    const draining = name === undefined ? this.#node : this.#peer(name);
    if (name === undefined) this.#isCommanded = true;
    const isNew = draining.state.phase === "in service";
    this.#step(draining, { kind: "begin" });
    this.#remember();
    return isNew ? "done" : "already";
  }

  undrain(name: string | undefined): DrainResult {
    this.start();
    if (name === undefined && this.#isConfigured) return "refused";
    if (name === undefined) this.#isCommanded = false;
    const draining = name === undefined ? this.#node : this.#peers.get(name);
    const isOut = draining !== undefined && draining.state.phase !== "in service";
    if (isOut) this.#step(draining, { kind: "end" });
    this.#remember();
    return isOut ? "done" : "already";
  }

  /** The node first. */
  views(): DrainView[] {
    return [this.#node, ...this.#peers.values()].map((each) => this.#view(each));
  }

  /** Resolves with the next change of a phase, or after `patience` milliseconds. */
  change(patience: number): Promise<void> {
    return new Promise((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        this.#waiting.delete(end);
        resolve();
      };
      const timer = setTimeout(end, patience);
      this.#waiting.add(end);
    });
  }

  close(): void {
    this.#isClosed = true;
    for (const { alarm } of [this.#node, ...this.#peers.values()]) alarm.stop();
    for (const end of [...this.#waiting]) end();
  }

  get #isConfigured(): boolean {
    return this.#rooms.config().node.drained;
  }

  #make(name: string | undefined): Draining {
    const { clock } = this.#rooms;
    const alarm = new Alarm(clock, () => void this.#look(draining));
    const draining = new Draining(name, clock(), alarm);
    return draining;
  }

  #peer(name: string): Draining {
    let peer = this.#peers.get(name);
    if (peer === undefined) {
      peer = this.#make(name);
      this.#peers.set(name, peer);
    }
    return peer;
  }

  /** Neighbours have gone, or are back. Who is back without an undo is a new one, and in service. */
  #follow(isUndone: boolean): void {
    const known = this.#names();
    const isThere = (name: string): boolean => known.has(name) || this.#isOfRange(name);
    for (const name of [...this.#parted].filter(isThere)) {
      this.#parted.delete(name);
      if (isUndone) this.#step(this.#peer(name), { kind: "begin withheld" });
    }
    for (const [name, peer] of this.#peers) {
      if (isThere(name)) continue;
      this.#parted.add(name);
      this.#step(peer, { kind: "end" });
    }
  }

  /** Neighbours and ranges that there are. */
  #names(): Set<string> {
    const { survey, clock } = this.#rooms;
    const all = [...survey.neighbours(clock()), ...survey.ranges()];
    return new Set(all.map(({ name }) => name));
  }

  /** A neighbour out of a range may be away just now: it is still to be drained when it comes back. */
  #isOfRange(name: string): boolean {
    return this.#rooms.config().peers.some(({ name: range, range: prefix, dynamicNames }) => {
      const head = range + (dynamicNames === "dash" ? "-" : "_");
      if (prefix === undefined || !name.startsWith(head)) return false;
      const tail = name.slice(head.length);
      return [tail, tail.replaceAll("_", "."), tail.replaceAll("_", ":")].some((text) => {
        const address = parseAddress(text);
        return address !== undefined && prefixContainsAddress(prefix, address);
      });
    });
  }

  /** Finds out what the state asks for. */
  async #look(draining: Draining): Promise<void> {
    if (draining.isLooking) return;
    draining.isLooking = true;
    const question = questionOf(draining.state, this.#settingsOf(draining));
    const event: DrainEvent =
      question === "counted"
        ? { kind: "counted", links: await this.#count() }
        : {
            kind: "told",
            all: question === "told" && this.#rooms.speaker.hasToldAll(draining.name),
          };
    draining.isLooking = false;
    if (!this.#isClosed) this.#step(draining, event);
  }

  #step(draining: Draining, event: DrainEvent): void {
    const now = this.#rooms.clock();
    const settings = this.#settingsOf(draining);
    const before = draining.state;
    draining.state = step(before, event, now, settings);
    draining.alarm.set(nextLook(draining.state, now, settings));
    if (draining.state.phase !== before.phase) this.#changed(draining, before, now);
  }

  #changed({ name, state, alarm }: Draining, before: DrainState, now: number): void {
    const { speaker, wake, onSilent, logger } = this.#rooms;
    const announcement = announcementOf(state);
    if (announcement !== announcementOf(before)) speaker.depart(name, announcement, now);
    const isSilent = (each: DrainState): boolean => announcementOf(each) === "nothing";
    if (name === undefined && isSilent(state) !== isSilent(before)) onSilent();
    if (name !== undefined && state.phase === "in service") {
      alarm.stop();
      this.#peers.delete(name);
    }
    logPhase(logger, name, before, state);
    wake();
    for (const end of [...this.#waiting]) end();
  }

  #settingsOf({ name }: Draining): DrainSettings {
    const { settle, packetRate, quiet } = this.#rooms.config().drain;
    return { settle, traffic: name === undefined ? { packetRate, quiet } : undefined };
  }

  /** What has gone to the pods until now, by each of their interfaces. */
  async #count(): Promise<readonly LinkCount[] | undefined> {
    const counters = await this.#rooms.kernel.count(PATIENCE);
    if (counters === undefined) return undefined;
    const watched = new Set(this.#podLinks().map(({ index }) => index));
    return counters
      .filter(({ index }) => watched.has(index))
      .map(({ index, packetsSent }) => ({ index, packets: packetsSent }));
  }

  /** A bridge only where its ports are not pods' interfaces themselves: they would count twice. */
  #podLinks(): InterfaceView[] {
    const { pods } = this.#rooms.config();
    const found = [...this.#rooms.fib.interfaces()].filter(
      ({ name }) => matchesAny(pods.interfaces, name) && name !== pods.uplink,
    );
    const masters = new Set(found.map(({ master }) => master));
    return found.filter(({ index }) => !masters.has(index));
  }

  #view(draining: Draining): DrainView {
    const { name, state } = draining;
    const { fib, clock } = this.#rooms;
    const now = clock();
    const isTold = state.phase === "announcing" && state.toldAt !== undefined;
    const busiest = state.phase === "emptying" ? state.busiest : undefined;
    const link = busiest && [...fib.interfaces()].find(({ index }) => index === busiest.index);
    return {
      name,
      phase: state.phase,
      since: wallTime(state.since),
      remaining: isTold
        ? Math.max(0, nextLook(state, now, this.#settingsOf(draining)) - now)
        : undefined,
      configured: name === undefined && this.#isConfigured,
      busiest: busiest && { interface: link?.name ?? "", rate: busiest.rate },
    };
  }

  #remembered(): Drained {
    try {
      return this.#file.read();
    } catch (error) {
      // Whoever stays out unasked is missed; whoever comes in unasked breaks what is being worked on.
      const { message } = error as Error;
      const text = `who was drained is not known, and the node stays drained until "underlayctl undrain": ${message}`;
      this.#rooms.logger.error({ event: "drain-forgotten" }, text);
      return { node: true, peers: [] };
    }
  }

  #remember(): void {
    try {
      this.#file.write({ node: this.#isCommanded, peers: [...this.#peers.keys()] });
    } catch (error) {
      const { message } = error as Error;
      const text = `who is drained is remembered for this run only: ${message}`;
      this.#rooms.logger.warn({ event: "drain-unremembered" }, text);
    }
  }
}
