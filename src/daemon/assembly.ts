import { randomInt } from "node:crypto";
import type { Config } from "../config/index.ts";
import { Fib } from "../fib/index.ts";
import { KernelClient } from "../kernel/index.ts";
import { AttributeTable, IPV4, IPV6, NextHopTable, PrefixTable } from "../route/index.ts";
import { type EventEffect, Speaker } from "../speaker/index.ts";
import { Alarm, Transport } from "../transport/index.ts";
import { clock } from "./clock.ts";
import { CniKeeper } from "./cni-keeper.ts";
import { logFibEvent } from "./fib-log.ts";
import { Flow } from "./flow.ts";
import { HostView } from "./host.ts";
import { JournalKeeper } from "./journal-keeper.ts";
import { KernelEvents } from "./kernel-events.ts";
import type { Log } from "./log.ts";
import { NeighbourLog } from "./neighbour-log.ts";
import { fibSettings, furtherTables } from "./settings.ts";
import { Slimming } from "./slimming.ts";
import { ListenKeeper } from "./listen-keeper.ts";
import { Warnings } from "./warnings.ts";

/** Seeds of hash tables are below this. */
const SEEDS = 2 ** 32;

export interface AssemblyOptions {
  /** The configuration to begin with. */
  readonly first: Config;
  /** The one that runs now. */
  readonly config: () => Config;
  readonly log: Log;
  /** A neighbour's session has come up, or was lost. */
  readonly onSession: (name: string, isUp: boolean) => void;
  /** The netlink worker died. */
  readonly onDead: () => void;
}

/** The rooms, built and wired to each other. Nothing is started, and nothing is asked of the system. */
export class Assembly {
  // Seeded, or a neighbour could choose prefixes and attributes that all fall into one slot.
  readonly prefixes = [
    new PrefixTable(IPV4, undefined, randomInt(SEEDS)),
    new PrefixTable(IPV6, undefined, randomInt(SEEDS)),
  ] as const;
  readonly nextHops = new NextHopTable(randomInt(SEEDS));
  readonly attributes = new AttributeTable(this.nextHops, undefined, randomInt(SEEDS));
  readonly speaker: Speaker;
  readonly fib: Fib;
  readonly host: HostView;
  readonly kernelEvents: KernelEvents;
  readonly kernel: KernelClient;
  readonly flow: Flow;
  readonly slimming: Slimming;
  readonly transport: Transport;
  readonly listening: ListenKeeper;
  readonly cni: CniKeeper;
  readonly warnings: Warnings;
  readonly journal: JournalKeeper;
  readonly #neighbourLog: NeighbourLog;
  /** Wakes the transport when the Fib's deadline has come. */
  readonly #alarm = new Alarm(clock, () => this.wake());

  constructor({ first, config, log, onSession, onDead }: AssemblyOptions) {
    const { logger } = log;
    const { prefixes, attributes, nextHops } = this;
    const { install, multipath, table, protocol, nexthopObjects } = first.kernel;
    const hasObjects = nexthopObjects === "auto";
    // As far as the configuration says; the worker finds out what the kernel says.
    const info = { nexthopObjects: hasObjects, resilientGroups: hasObjects };
    const tables = furtherTables(first);
    this.warnings = new Warnings(logger);
    this.speaker = new Speaker({
      tables: { prefixes, attributes, nextHops },
      random: Math.random,
      multipath,
      hasFib: install,
    });
    this.fib = new Fib({ prefixes, nextHops, settings: fibSettings(first, info) });
    this.host = new HostView(this.fib, table);
    this.cni = new CniKeeper({ config, host: this.host, logger, warnings: this.warnings });
    this.kernelEvents = new KernelEvents({
      fib: this.fib,
      host: this.host,
      logger,
      clock,
      answered: () => this.flow.answered(),
      wake: () => this.wake(),
      gather: () => this.transport.gather(),
      dump: () => this.kernel.dump(),
      onAddresses: (addresses) => {
        this.speaker.setOwnAddresses(addresses);
        this.transport.addressesChanged();
      },
      uplinkName: () => config().pods.uplink,
      onUplink: () => this.cni.follow(),
      onDead,
    });
    this.kernel = new KernelClient({ table, tables, protocol, nexthopObjects }, this.kernelEvents);
    this.slimming = new Slimming(prefixes);
    this.flow = new Flow({
      prefixes,
      speaker: this.speaker,
      fib: this.fib,
      kernel: this.kernel,
      clock,
      onFibEvent: (event) => {
        // Behind the turn: no UPDATE about a pod waits for the lines about it (a CPU profile: 0.3 ms a pod).
        setImmediate(logFibEvent, logger, event);
        this.journal.fib(event);
      },
    });
    this.#neighbourLog = new NeighbourLog({
      write: (event) => logSpeakerEvent(log, event),
      clock,
    });
    this.transport = new Transport({
      speaker: this.speaker,
      clock,
      localAddresses: (local, zone) => this.host.localAddresses(local, zone),
      onEvent: (event) => {
        this.#neighbourLog.log(event);
        this.journal.speaker(event);
        const { name, neighbour } = event;
        if (neighbour !== undefined && (name === "session-up" || name === "session-down")) {
          onSession(neighbour, name === "session-up");
        }
      },
      isConnected: (address) => this.host.isConnected(address),
      link: (name) => this.host.byName(name),
      // BFD: out of the kernel first; what the speaker makes of it follows.
      onPath: (address, index, lost) => {
        this.fib.setLost(address, index, lost);
        this.flow.hurry();
        this.wake(); // The speaker is to hear of it, too.
      },
      slice: (until) => this.#slice(until),
    });
    const { fib, flow, warnings } = this;
    this.journal = new JournalKeeper({ prefixes, fib, flow, warnings, clock });
    this.listening = new ListenKeeper({ transport: this.transport, warnings: this.warnings });
  }

  /** Somebody made work: a turn soon. */
  wake(): void {
    this.transport.wake();
  }

  /** Sessions first, so that what they have still to say goes out; the kernel last. */
  async close(): Promise<void> {
    this.#alarm.stop();
    await this.transport.close();
    this.#neighbourLog.flush();
    await this.kernel.close();
  }

  #slice(until: number): boolean {
    const more = this.flow.slice(until);
    this.slimming.look();
    this.#alarm.set(this.fib.nextDeadline());
    return more;
  }
}

function logSpeakerEvent(log: Log, { level, name, neighbour, text, fields }: EventEffect): void {
  const line = { event: name, ...(neighbour !== undefined && { peer: neighbour }), ...fields };
  const words = neighbour === undefined ? text : `${neighbour}: ${text}`;
  if (level === "trace") log.tracer.trace(line, words);
  else log.logger[level](line, words);
}
