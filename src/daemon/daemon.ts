import { randomInt } from "node:crypto";
import type { Config } from "../config/index.ts";
import type { CommandResult, ConfigureResult } from "../control/index.ts";
import { DUMP_KINDS, Fib } from "../fib/index.ts";
import type { DumpKind, FibEvent } from "../fib/index.ts";
import { KernelClient } from "../kernel/index.ts";
import {
  AttributeTable,
  IPV4,
  IPV6,
  NextHopTable,
  PrefixTable,
  formatAddress,
  formatQuad,
} from "../route/index.ts";
import { type EventEffect, Speaker } from "../speaker/index.ts";
import { Transport } from "../transport/index.ts";
import { clock } from "./clock.ts";
import { cniList, writeCniList } from "./cni.ts";
import { ControlServer } from "./control-server.ts";
import { logFibEvent } from "./fib-log.ts";
import { systemText } from "./files.ts";
import { Flow } from "./flow.ts";
import { HostView } from "./host.ts";
import type { Log } from "./log.ts";
import { Recovery } from "./recovery.ts";
import { type PreparedReload, prepareReload } from "./reload.ts";
import { SettingsError, fibSettings, speakerConfig } from "./settings.ts";
import { Views } from "./views.ts";

export interface DaemonOptions {
  readonly file: string;
  readonly config: Config;
  readonly hostname: string;
  readonly version: string;
  readonly log: Log;
  /** The daemon can go on no longer, or has been told to end; `code` is the process's. */
  readonly onEnd: (code: number) => void;
}

/** Longest that an orderly end waits for the kernel and for neighbours' sockets. */
const PATIENCE = 10_000;
/** Seeds of hash tables are below this. */
const SEEDS = 2 ** 32;
const RECOVERY_INTERVAL = 200;

/** Everything of one running underlayd. */
export class Daemon {
  readonly #options: DaemonOptions;
  readonly #log: Log;
  // Seeded, or a neighbour could choose prefixes and attributes that all fall into one slot.
  readonly #prefixes = [
    new PrefixTable(IPV4, undefined, randomInt(SEEDS)),
    new PrefixTable(IPV6, undefined, randomInt(SEEDS)),
  ] as const;
  readonly #nextHops = new NextHopTable();
  readonly #attributes = new AttributeTable(this.#nextHops, undefined, randomInt(SEEDS));
  readonly #speaker: Speaker;
  readonly #fib: Fib;
  readonly #host: HostView;
  readonly #kernel: KernelClient;
  readonly #flow: Flow;
  readonly #transport: Transport;
  readonly #views: Views;
  readonly #startedAt = clock();
  readonly #warnings = new Map<string, string>();
  #control: ControlServer | undefined;
  #config: Config;
  #nexthopObjects = true;
  #routerId = 0;
  #configuredAt = clock();
  #generation = 0;
  #recovery: Recovery | undefined;
  #recoveryTimer: NodeJS.Timeout | undefined;
  #fibTimer: NodeJS.Timeout | undefined;
  #fibDeadline = Infinity;
  /** The node's own, as text: whatever follows from them is done once a change. */
  #addresses = "";
  #adopted = 0;
  #dumped = new Set<DumpKind>();
  #onDumped: (() => void) | undefined;
  #started = false;
  #ending = false;
  #cniUpdate = Promise.resolve();

  private constructor(options: DaemonOptions) {
    this.#options = options;
    this.#log = options.log;
    this.#config = options.config;
    const tables = {
      prefixes: this.#prefixes,
      attributes: this.#attributes,
      nextHops: this.#nextHops,
    };
    this.#speaker = new Speaker({
      tables,
      random: Math.random,
      multipath: options.config.kernel.multipath,
    });
    this.#fib = new Fib({
      prefixes: this.#prefixes,
      nextHops: this.#nextHops,
      settings: fibSettings(options.config, options.config.kernel.nexthopObjects === "auto"),
    });
    this.#host = new HostView(this.#fib);
    this.#kernel = this.#openKernel();
    this.#flow = new Flow({
      prefixes: this.#prefixes,
      speaker: this.#speaker,
      fib: this.#fib,
      kernel: this.#kernel,
      clock,
      onFibEvent: (event) => this.#fibEvent(event),
    });
    this.#transport = new Transport({
      speaker: this.#speaker,
      clock,
      localAddresses: (local) => this.#host.localAddresses(local),
      onEvent: (event) => this.#speakerEvent(event),
      slice: (until) => this.#slice(until),
    });
    this.#views = this.#openViews();
  }

  /** Starts everything; rejects when the node cannot do the job at all. */
  static async start(options: DaemonOptions): Promise<Daemon> {
    const daemon = new Daemon(options);
    try {
      await daemon.#start();
    } catch (error) {
      await daemon.#close();
      throw error;
    }
    return daemon;
  }

  async #start(): Promise<void> {
    const config = this.#config;
    // First of all: a second daemon on this node must find out before it touches the kernel.
    this.#control = await ControlServer.open(config.control.socket, this.#views, (error) =>
      this.#warn("control", `control socket: ${error.message}`),
    );
    const kernel = await this.#kernel.start();
    if (!kernel.nexthopObjects && config.kernel.nexthopObjects === "auto") {
      this.#log.logger.warn(
        { event: "no-nexthop-objects" },
        "this kernel has no nexthop objects: plain routes are used, failover is slower",
      );
      this.#nexthopObjects = false;
      this.#fib.configure(fibSettings(config, false));
    } else {
      this.#nexthopObjects = kernel.nexthopObjects;
    }
    const dumped = new Promise<void>((resolve) => (this.#onDumped = resolve));
    this.#kernel.dump();
    await dumped;
    this.#routerId = config.node.routerId ?? this.#host.routerId();
    if (this.#routerId === 0) {
      throw new SettingsError(
        "node.routerId: not given, and this node has no IPv4 address to take it from",
      );
    }
    this.#speaker.configure(speakerConfig(config, this.#routerId), clock());
    this.#configuredAt = clock();
    await this.#transport.listen(config.listen);
    this.#started = true;
    const until = clock() + config.restart.staleTime;
    this.#recovery = new Recovery({
      speaker: this.#speaker,
      fib: this.#fib,
      caughtUp: () => this.#flow.caughtUp,
      until,
    });
    this.#recoveryTimer = setInterval(() => this.#recover(), RECOVERY_INTERVAL);
    this.#transport.wake();
    this.#log.logger.info(
      {
        event: "started",
        version: this.#options.version,
        mode: config.mode,
        asn: config.node.asn,
        routerId: formatQuad(this.#routerId),
        peers: config.peers.length,
      },
      `underlayd ${this.#options.version} runs: AS ${config.node.asn}, router id ` +
        `${formatQuad(this.#routerId)}, ${config.peers.length} peers, mode ${config.mode}`,
    );
    await this.#updateCni();
  }

  /** Re-reads the configuration; nothing changes when anything in it is wrong. */
  configure(options: { check: boolean; file: string | undefined }): ConfigureResult {
    const file = options.file ?? this.#options.file;
    const refused = (...problems: string[]): ConfigureResult => {
      this.#log.logger.error(
        { event: "configure-refused", file, problems },
        `configuration refused, the running one stays: ${problems.join("; ")}`,
      );
      return { file, problems, notes: [] };
    };
    // The start goes on with the configuration that it began with.
    if (!this.#started) return refused("the daemon is still starting: try again");
    const { hostname } = this.#options;
    const prepared = prepareReload(file, hostname, {
      config: this.#config,
      routerId: this.#routerId,
      nexthopObjects: this.#nexthopObjects,
    });
    if (prepared.kind === "refused") return refused(...prepared.problems);
    const notes = options.check ? prepared.notes : this.#apply(prepared, file);
    return { file, problems: [], notes: [...notes] };
  }

  /** Ends; forwarding stays as it is, so that a new start takes it over. */
  async stop(): Promise<void> {
    if (this.#ending) return;
    this.#ending = true;
    this.#log.logger.info({ event: "stopping" }, "stopping; routes stay in the kernel");
    this.#speaker.stop(clock(), "restart");
    await this.#close();
    this.#options.onEnd(0);
  }

  /** Withdraws everything, takes it out of the kernel, and ends. */
  async down(): Promise<void> {
    if (this.#ending) return;
    this.#ending = true;
    this.#log.logger.info(
      { event: "down" },
      "withdrawing, removing routes from the kernel, ending",
    );
    clearInterval(this.#recoveryTimer);
    this.#speaker.stop(clock(), "shutdown");
    this.#fib.removeAll();
    this.#transport.wake();
    const limit = clock() + PATIENCE;
    while (!this.#flow.settled && clock() < limit) {
      await new Promise((resolve) => setTimeout(resolve, 5));
      this.#transport.wake();
    }
    if (!this.#flow.settled) {
      this.#log.logger.error({ event: "down-incomplete" }, "not everything could be removed");
    }
    await this.#close();
    this.#options.onEnd(0);
  }

  // Configuration

  #apply({ config, speaker, changes, notes: differences }: PreparedReload, file: string): string[] {
    const notes = [...differences];
    const now = clock();
    const listenAgain = changes.some(({ section }) => section === "listen");
    this.#config = config;
    this.#routerId = speaker.routerId;
    this.#fib.configure(fibSettings(config, this.#nexthopObjects));
    const result = this.#speaker.configure(speaker, now);
    for (const { name, why } of result.reset) notes.push(`peer ${name}: session reset: ${why}`);
    this.#log.setLevel(config.log.level);
    this.#configuredAt = now;
    this.#generation++;
    this.#log.logger.info({ event: "configured", file, changes: notes }, `configured from ${file}`);
    void this.#afterConfigure(listenAgain);
    this.#transport.wake();
    return notes;
  }

  /** What a new configuration needs and cannot be done at once. */
  async #afterConfigure(listenAgain: boolean): Promise<void> {
    try {
      if (listenAgain) await this.#transport.listen(this.#config.listen);
      else this.#transport.updateKeys();
      this.#warnings.delete("listen");
    } catch (error) {
      this.#warn("listen", (error as Error).message);
    }
    await this.#updateCni();
  }

  /** One after the other: two writers of one file would spoil it. */
  #updateCni(): Promise<void> {
    this.#cniUpdate = this.#cniUpdate.then(() => this.#writeCni());
    return this.#cniUpdate;
  }

  async #writeCni(): Promise<void> {
    const { cni, pods } = this.#config;
    if (cni === undefined) return;
    const named = pods.uplink === undefined ? undefined : this.#host.byName(pods.uplink);
    const uplink = named ?? this.#host.uplink();
    try {
      const written = await writeCniList(cni.conflist, cniList(this.#config, uplink?.mtu ?? 1500));
      this.#warnings.delete("cni");
      if (!written) return;
      this.#log.logger.info({ event: "cni-written", file: cni.conflist }, `wrote ${cni.conflist}`);
    } catch (error) {
      this.#warn("cni", `CNI list ${systemText(cni.conflist, error)}`);
    }
  }

  // Kernel

  #openKernel(): KernelClient {
    const { table, protocol, nexthopObjects } = this.#options.config.kernel;
    return new KernelClient(
      { table, protocol, nexthopObjects },
      {
        onFacts: (facts) => {
          const now = clock();
          let addressed = false;
          for (const fact of facts) {
            this.#host.fact(fact);
            this.#fib.fact(fact, now);
            if (fact.kind === "address" || (fact.kind === "link" && fact.gone)) addressed = true;
          }
          if (addressed) this.#addressesChanged();
          this.#transport.wake();
        },
        onOwnRoutes: (packed, count) => {
          if (this.#dumped.size < DUMP_KINDS.length) this.#adopted += count;
          this.#fib.ownRoutes(packed, count);
        },
        onResult: (result) => {
          this.#flow.answered();
          this.#fib.result(result, clock());
          this.#transport.wake();
        },
        onDumpBegin: (what) => {
          this.#host.dumpBegin(what);
          this.#fib.dumpBegin(what);
        },
        onDumpEnd: (what) => {
          this.#host.dumpEnd(what);
          this.#fib.dumpEnd(what, clock());
          if (what === "links" || what === "addresses") this.#addressesChanged();
          this.#dumped.add(what);
          if (this.#dumped.size === DUMP_KINDS.length) this.#onDumped?.();
          this.#transport.wake();
        },
        onOverrun: () => {
          this.#log.logger.warn(
            { event: "kernel-overrun" },
            "the kernel reported more changes than could be read: its tables are read again",
          );
          this.#kernel.dump();
        },
        onProblem: (message) => {
          this.#log.logger.warn({ event: "kernel-problem" }, message);
        },
        onError: (error) => {
          // Without the worker the kernel cannot be followed: better to be started again.
          this.#log.logger.fatal(
            { event: "kernel-worker-died", error: error.message },
            `the netlink worker died: ${error.message}`,
          );
          this.#options.onEnd(1);
        },
      },
    );
  }

  /** This node's own addresses: never a next hop to be used, and what is announced as one. */
  #addressesChanged(): void {
    const addresses = this.#host.addresses();
    const text = addresses.map(formatAddress).sort().join();
    if (text === this.#addresses) return;
    this.#addresses = text;
    this.#speaker.setOwnAddresses(addresses);
    this.#transport.addressesChanged();
  }

  // Flow

  #slice(until: number): boolean {
    const more = this.#flow.slice(until);
    const deadline = this.#fib.nextDeadline();
    if (deadline !== this.#fibDeadline) {
      clearTimeout(this.#fibTimer);
      this.#fibDeadline = deadline;
      if (deadline !== Infinity) {
        this.#fibTimer = setTimeout(
          () => {
            this.#fibDeadline = Infinity;
            this.#transport.wake();
          },
          Math.max(0, deadline - clock()),
        );
      }
    }
    return more;
  }

  #recover(): void {
    const ended = this.#recovery?.check(clock());
    if (ended === undefined) return;
    clearInterval(this.#recoveryTimer);
    this.#transport.wake();
    this.#log.logger.info(
      { event: "recovered", by: ended },
      ended === "complete"
        ? "all neighbours have sent their routes: what nobody wants any more is removed"
        : "the stale time is over: routes of the last run that nobody wants are removed",
    );
  }

  // Words

  #fibEvent(event: FibEvent): void {
    logFibEvent(this.#log.logger, event);
  }

  #speakerEvent({ level, name, neighbour, text, fields }: EventEffect): void {
    this.#log.logger[level](
      { event: name, ...(neighbour !== undefined && { peer: neighbour }), ...fields },
      neighbour === undefined ? text : `${neighbour}: ${text}`,
    );
  }

  #warn(subject: string, text: string): void {
    this.#warnings.set(subject, text);
    this.#log.logger.error({ event: `${subject}-failed` }, text);
  }

  #openViews(): Views {
    const speaker = this.#speaker;
    const command = (act: (now: number) => string): CommandResult => {
      const answer = act(clock());
      this.#transport.wake();
      return answer === "done" ? "done" : answer === "already" ? "already" : "refused";
    };
    return new Views(
      {
        prefixes: this.#prefixes,
        attributes: this.#attributes,
        speaker,
        fib: this.#fib,
        config: () => this.#config,
        clock,
        state: () => ({
          version: this.#options.version,
          routerId: this.#routerId,
          startedAt: this.#startedAt,
          configuredAt: this.#configuredAt,
          generation: this.#generation,
          adopted: this.#adopted,
          recovery: this.#recovery?.view(clock()),
          warnings: [...this.#warnings.values()],
        }),
      },
      {
        configure: (options) => this.configure(options),
        enable: (name, message) => command((now) => speaker.enable(name, now, message)),
        disable: (name, message) => command((now) => speaker.disable(name, now, message)),
        restart: (name, message) => command((now) => speaker.restart(name, now, message)),
        down: () => void this.down(),
      },
    );
  }

  async #close(): Promise<void> {
    clearInterval(this.#recoveryTimer);
    clearTimeout(this.#fibTimer);
    await this.#transport.close();
    await this.#control?.close();
    await this.#kernel.close();
  }
}
