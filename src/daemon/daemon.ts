import type { Config } from "../config/index.ts";
import { type ControlViews, type PlanQuestion, SHUTDOWN_COMPLETE } from "../control/index.ts";
import type { KernelInfo } from "../kernel/index.ts";
import { formatQuad } from "../route/index.ts";
import { Assembly } from "./assembly.ts";
import { clock, threadTime } from "./clock.ts";
import { controlCommands } from "./commands.ts";
import { ControlSockets } from "./control-sockets.ts";
import { DrainKeeper } from "./drain-keeper.ts";
import { type End, Interrupted, Life } from "./life.ts";
import type { Log } from "./log.ts";
import { Ownership } from "./ownership.ts";
import { missingPrivileges, ownPrivileges } from "./privileges.ts";
import { Plans, planFile } from "./plan.ts";
import { RecoveryWatch } from "./recovery-watch.ts";
import { rehearse } from "./rehearsal.ts";
import { Reconfiguration } from "./reconfiguration.ts";
import { type PreparedReload, type RefusedReload, prepareReload } from "./reload.ts";
import { removeAll } from "./removal.ts";
import type { ServiceManager } from "./service-manager.ts";
import { logShortcomings } from "./shortcomings.ts";
import { SettingsError, fibSettings, furtherTables } from "./settings.ts";
import { Views } from "./views.ts";
import { Watchers } from "./watchers.ts";
import type { WholeConfig } from "./whole-config.ts";

export interface DaemonOptions {
  readonly file: string;
  /** What it starts with, out of `file`. */
  readonly first: WholeConfig;
  readonly hostname: string;
  readonly version: string;
  readonly log: Log;
  readonly manager: ServiceManager;
  /** The daemon can go on no longer, or has been told to end; `code` is the process's. */
  readonly onEnd: (code: number) => void;
}

/** The life of one underlayd: start, reload, stop, down. */
export class Daemon {
  readonly #options: DaemonOptions;
  readonly #log: Log;
  readonly #rooms: Assembly;
  readonly #views: Views;
  readonly #watchers: Watchers;
  readonly #reconfiguration: Reconfiguration;
  readonly #drains: DrainKeeper;
  readonly #plans = new Plans();
  readonly #recovery: RecoveryWatch;
  readonly #startedAt = clock();
  readonly #life = new Life();
  #control: ControlSockets | undefined;
  #ownership: Ownership | undefined;
  #kernelInfo: KernelInfo = { nexthopObjects: true, resilientGroups: true };

  /** Nothing is done before start(). */
  constructor(options: DaemonOptions) {
    this.#options = options;
    this.#log = options.log;
    const { file, first, manager } = options;
    this.#reconfiguration = new Reconfiguration(
      {
        file,
        clock,
        logger: options.log.logger,
        manager,
        phase: () => this.#life.phase,
        prepare: (file, whole) => this.#prepare(file, whole),
        apply: (whole, isUndone) => this.#apply(whole, isUndone),
        onChange: (change) => this.#rooms.journal.configuration(change),
        status: () => this.#status(),
      },
      first,
    );
    this.#rooms = new Assembly({
      first: first.config,
      config: () => this.#config,
      log: options.log,
      onSession: (name, isUp) => this.#watchers.sessionChanged(name, isUp),
      onDead: () => options.onEnd(1),
    });
    this.#drains = this.#openDrains();
    const { fib, flow, speaker } = this.#rooms;
    this.#recovery = new RecoveryWatch({
      ...{ clock, fib, speaker, survey: speaker.survey, logger: options.log.logger },
      caughtUp: () => flow.caughtUp,
      wake: () => this.#rooms.wake(),
    });
    this.#views = this.#openViews();
    this.#watchers = new Watchers({
      rooms: this.#rooms,
      views: this.#views,
      life: this.#life,
      drains: this.#drains,
      config: () => this.#config,
      state: () => ({ ...this.#known(), reconfiguration: this.#reconfiguration }),
      logger: options.log.logger,
    });
  }

  /** Starts everything; rejects when the node cannot do the job at all. To be called once. */
  async start(): Promise<void> {
    try {
      await this.#start();
    } catch (error) {
      this.#life.fail();
      await this.#close();
      if (!(error instanceof Interrupted)) throw error;
      this.#options.onEnd(0);
    }
  }

  async #start(): Promise<void> {
    const { kernel, kernelEvents, flow, listening, host, slimming, speaker, cni } = this.#rooms;
    const config = this.#config;
    const missing = missingPrivileges(config, ownPrivileges());
    if (missing !== undefined) throw new SettingsError(missing);
    // First of all: a second daemon on this node must find out before it touches the kernel.
    await this.#claim();
    this.#watchers.answer(this.#reconfiguration.whole);
    slimming.prepare();
    const started = kernel.start();
    const rehearsed = this.#rehearse();
    this.#useKernel(await started);
    this.#drains.start();
    this.#life.goOn();
    kernel.dump();
    await kernelEvents.dumped;
    await rehearsed;
    // Sysctls: a neighbour that is told of a route sends packets at once.
    await flow.prepared;
    this.#life.goOn();
    if (this.#life.isDownAsked) return this.#downAtOnce();
    const routerId = config.node.routerId ?? host.routerId();
    if (routerId === 0) {
      throw new SettingsError(
        "node.routerId: not given, and this node has no IPv4 address to take it from",
      );
    }
    this.#takeOver();
    this.#reconfiguration.start(routerId);
    speaker.configure(this.#reconfiguration.whole.speaker, clock());
    await listening.open(config.listen);
    this.#life.goOn();
    if (this.#life.isDownAsked) return this.#downAtOnce();
    this.#life.run(clock());
    this.#rooms.flow.collectOwnRoutes();
    this.#recovery.start(config.restart.staleTime, kernelEvents.adopted > 0);
    this.#watchers.tell(config);
    this.#rooms.wake();
    this.#logStarted();
    this.#options.manager.ready(this.#status());
    await cni.update();
  }

  /**
   * SIGHUP: opens the log's file anew, where it is one, and that of MRT, for the old may have been moved
   * away; and reads the configuration again.
   */
  hangUp(): void {
    this.#log.reopen();
    this.#watchers.reopen();
    this.#reconfiguration.hangUp();
  }

  /** Ends; forwarding stays as it is, so that a new start takes it over. */
  async stop(): Promise<void> {
    if (!this.#mayEnd("stop")) return;
    this.#log.logger.info({ event: "stopping" }, "stopping; routes stay in the kernel");
    this.#rooms.speaker.stop(clock(), "restart");
    await this.#close();
    this.#options.onEnd(0);
  }

  /** Withdraws everything, takes it out of the kernel, and ends. */
  async down(): Promise<void> {
    if (!this.#mayEnd("down")) return;
    this.#log.logger.info(
      { event: "down" },
      "withdrawing, removing routes from the kernel, ending",
    );
    this.#recovery.stop();
    const { fib, flow, speaker } = this.#rooms;
    speaker.stop(clock(), "shutdown");
    const left = await removeAll({ fib, flow, clock, wake: () => this.#rooms.wake() });
    const words = `${left} routes, nexthop objects or proxy entries are left in the kernel`;
    if (left > 0) this.#log.logger.error({ event: "down-incomplete", left }, words);
    await this.#close(left === 0 ? SHUTDOWN_COMPLETE : `Shutdown incomplete: ${words}`);
    this.#options.onEnd(0);
  }

  // Start and end

  /** A fault in it is ours, and costs nothing but time: it is said, and the start goes on. */
  async #rehearse(): Promise<void> {
    try {
      await rehearse({ clock, worked: threadTime, rest: () => this.#rooms.slimming.rest() });
    } catch (error) {
      const { message } = error as Error;
      this.#log.logger.error({ event: "rehearsal-failed" }, `a fault in underlayd: ${message}`);
    }
    this.#rooms.slimming.begin();
  }

  /** The node is ours, or this rejects. */
  async #claim(): Promise<void> {
    const { control, kernel } = this.#config;
    this.#control = await ControlSockets.open(control, this.#views, {
      onError: ({ message }) => this.#rooms.warnings.set("control", `control socket: ${message}`),
      onFault: ({ message, stack }) => {
        const words = `a fault in underlayd: ${message}`;
        this.#log.logger.error({ event: "control-fault", stack }, words);
      },
    });
    this.#life.goOn();
    this.#ownership = await Ownership.take(
      kernel.protocol,
      `underlayd (process ${process.pid}, control socket ${control.socket})`,
    );
    this.#life.goOn();
  }

  #useKernel(info: KernelInfo): void {
    this.#kernelInfo = info;
    if (info.resilientGroups || this.#config.kernel.nexthopObjects === "off") return;
    logShortcomings(info, this.#log.logger);
    this.#configureFib();
  }

  #mayEnd(how: End): boolean {
    if (!this.#life.mayEnd(how)) return false;
    this.#reconfiguration.end();
    this.#options.manager.stopping();
    return true;
  }

  /** What an earlier run has left is known, and there is no reason to announce anything first. */
  #downAtOnce(): Promise<void> {
    this.#life.run(clock());
    return this.down();
  }

  /**
   * R and F bits (RFC 4724 §3): what an earlier run has left in the kernel is proof of the first. A pure
   * reflector is not in the way of what it passes on, so its start has interrupted nothing.
   */
  #takeOver(): void {
    const { kernelEvents, speaker } = this.#rooms;
    const preserved = this.#config.kernel.install
      ? kernelEvents.preserved
      : ([true, true] as const);
    if (preserved.includes(true)) speaker.takeOver(kernelEvents.adopted > 0, preserved, clock());
  }

  #logStarted(): void {
    const { version } = this.#options;
    const { node, mode, peers } = this.#config;
    const routerId = formatQuad(this.#reconfiguration.routerId);
    this.#log.logger.info(
      { event: "started", version, mode, asn: node.asn, routerId, peers: peers.length },
      this.#status(),
    );
  }

  #status(): string {
    const { node, mode, peers } = this.#config;
    return (
      `underlayd ${this.#options.version} runs: AS ${node.asn}, ` +
      `router id ${formatQuad(this.#reconfiguration.routerId)}, ${peers.length} peers, mode ${mode}`
    );
  }

  /**
   * Sessions first, for a disk may hang. The control socket goes last: whoever waits for its end may
   * start the next daemon.
   */
  async #close(farewell?: string): Promise<void> {
    this.#recovery.stop();
    this.#drains.close();
    this.#watchers.silence();
    await this.#rooms.close();
    await this.#watchers.close();
    await this.#ownership?.release();
    await this.#control?.close(farewell);
    this.#options.manager.close();
  }

  // Configuration

  get #config(): Config {
    return this.#reconfiguration.config;
  }

  /** Held against what runs; nothing is done. */
  #prepare(file: string, whole: WholeConfig): PreparedReload | RefusedReload {
    const [kernel, privileges] = [this.#kernelInfo, ownPrivileges()];
    return prepareReload(file, this.#options.hostname, { whole, kernel, privileges });
  }

  #plan({ file = this.#options.file, most }: PlanQuestion): ReturnType<ControlViews["plan"]> {
    const { phase } = this.#life;
    if (phase !== "running") {
      return { kind: "refused", file, problems: [`the daemon is ${phase}`] };
    }
    const { fib, host, speaker } = this.#rooms;
    const rooms = {
      ...{ survey: speaker.survey, fib, host, drains: this.#drains, clock },
      running: { config: this.#config, kernel: this.#kernelInfo },
      prepare: (each: string) => this.#prepare(each, this.#reconfiguration.whole),
    };
    return this.#plans.begin((onClosed) => planFile(rooms, file, most, onClosed));
  }

  /** Tells every room; the result: sessions that this resets. */
  #apply(whole: WholeConfig, isUndone: boolean): string[] {
    const { config, speaker } = whole;
    const rooms = this.#rooms;
    // Before the Fib asks for a dump of what is in their way there.
    rooms.kernel.follow(furtherTables(config));
    this.#configureFib();
    rooms.speaker.setMultipath(config.kernel.multipath);
    const { reset } = rooms.speaker.configure(speaker, clock());
    this.#drains.update(isUndone);
    this.#log.setLevel(config.log.level);
    // What cannot be done at once says by itself how it ends.
    void rooms.listening.update(config.listen);
    void rooms.cni.update();
    this.#watchers.answer(whole);
    this.#watchers.tell(config);
    rooms.wake();
    return reset.map(({ name, why }) => `peer ${name}: session reset: ${why}`);
  }

  #configureFib(): void {
    const settings = fibSettings(this.#config, this.#kernelInfo, this.#drains.isSilent);
    this.#rooms.fib.configure(settings);
  }

  #openDrains(): DrainKeeper {
    const { speaker, fib, kernel } = this.#rooms;
    return new DrainKeeper({
      ...{ speaker, survey: speaker.survey, fib, kernel, clock },
      config: () => this.#config,
      wake: () => this.#rooms.wake(),
      onSilent: () => this.#configureFib(),
      logger: this.#log.logger,
    });
  }

  /** What the daemon itself knows, for those who look at it. */
  #known() {
    return {
      version: this.#options.version,
      routerId: this.#reconfiguration.routerId,
      startedAt: this.#startedAt,
      configuredAt: this.#reconfiguration.facts.configuredAt,
      generation: this.#reconfiguration.facts.generation,
      warnings: [...this.#rooms.warnings.list(), ...this.#log.problems()],
    };
  }

  #openViews(): Views {
    const { prefixes, attributes, speaker, fib, transport, kernel, kernelEvents } = this.#rooms;
    return new Views(
      {
        prefixes,
        attributes,
        survey: speaker.survey,
        fib,
        transport,
        kernel,
        drains: this.#drains,
        config: () => this.#config,
        clock,
        plan: (question) => this.#plan(question),
        listen: this.#log.listen,
        state: () => ({
          ...this.#known(),
          adopted: kernelEvents.adopted,
          configuration: this.#reconfiguration.view(),
          recovery: () => this.#recovery.view(),
          nexthopObjects:
            this.#kernelInfo.nexthopObjects &&
            this.#options.first.config.kernel.nexthopObjects !== "off",
        }),
      },
      controlCommands({
        speaker,
        clock,
        wake: () => this.#rooms.wake(),
        reconfiguration: this.#reconfiguration,
        dump: (file, families) => this.#watchers.dump(file, families),
        drains: this.#drains,
        stop: () => void this.stop(),
        down: () => void this.down(),
      }),
      () => this.#watchers.observed,
    );
  }
}
