import type { Config, MetricsConfig } from "../config/index.ts";
import type { ControlCommands } from "../control/index.ts";
import { MetricsServer } from "../observe/index.ts";
import type { Assembly } from "./assembly.ts";
import { BmpKeeper } from "./bmp-keeper.ts";
import { clock } from "./clock.ts";
import type { DrainKeeper } from "./drain-keeper.ts";
import { HttpKeeper } from "./http-keeper.ts";
import type { Log } from "./log.ts";
import { MrtKeeper } from "./mrt-keeper.ts";
import type { Life } from "./life.ts";
import { Observed, type ObservedState } from "./observed.ts";
import { Readiness } from "./readiness.ts";
import { SnmpKeeper } from "./snmp-keeper.ts";
import { tableDump } from "./table-dump.ts";
import type { Views } from "./views.ts";
import { Web } from "./web.ts";
import type { WholeConfig } from "./whole-config.ts";

export interface WatchersOptions {
  readonly rooms: Assembly;
  readonly views: Views;
  readonly life: Life;
  readonly drains: Pick<DrainKeeper, "reason">;
  readonly config: () => Config;
  readonly state: () => ObservedState;
  readonly logger: Log["logger"];
}

/**
 * Those who are told what the daemon does, as the configuration says: some are there from the first
 * and are asked (metrics, web, SNMP), some follow every route (BMP, MRT).
 */
export class Watchers {
  /** What those who are asked have to say. */
  readonly observed: Observed;
  readonly #metrics: HttpKeeper<MetricsConfig>;
  readonly #web: Web;
  readonly #snmp: SnmpKeeper;
  readonly #bmp: BmpKeeper;
  readonly #mrt: MrtKeeper;

  constructor(options: WatchersOptions) {
    const { rooms, views, config, state, logger } = options;
    const { attributes, prefixes, speaker, journal, warnings } = rooms;
    const { survey } = speaker;
    const { version } = state();
    const observed = observedBy(options);
    this.observed = observed;
    this.#metrics = new HttpKeeper<MetricsConfig>({
      subject: "metrics",
      warnings,
      open: ({ listen: { port } }, host, onError) =>
        MetricsServer.open({ host, port, views: observed, onError }),
    });
    this.#web = new Web({ views, journal, warnings, config, version });
    this.#snmp = new SnmpKeeper({ views: observed, warnings, clock });
    this.#mrt = new MrtKeeper({
      ...{ speaker, warnings, logger },
      dump: (families, count) => {
        const node = { asn: config().node.asn, routerId: state().routerId };
        return tableDump({ attributes, clock, prefixes, survey, ...node }, families, count);
      },
    });
    this.#bmp = new BmpKeeper({
      ...{ speaker, survey, config, clock, logger },
      state,
      wake: () => rooms.wake(),
    });
  }

  /** Who asks may do so. What cannot be done at once says by itself how it ends. */
  answer({ config, snmp }: WholeConfig): void {
    void this.#metrics.update(config.metrics);
    void this.#web.update(config.web);
    void this.#snmp.update(snmp);
  }

  /** Who follows is told. */
  tell({ bmp, mrt }: Config): void {
    this.#bmp.update(bmp);
    this.#mrt.update(mrt);
  }

  /** A neighbour's session has come up, or was lost. */
  sessionChanged(name: string, isUp: boolean): void {
    this.#snmp.changed(name, isUp);
  }

  readonly dump: ControlCommands["dump"] = (file, families) => this.#mrt.dump(file, families);

  /** The log of updates may have been moved away. */
  reopen(): void {
    this.#mrt.reopen();
  }

  /** Who follows is told no more. */
  silence(): void {
    this.#bmp.close();
    this.#mrt.silence();
  }

  /** Nobody is answered any more, and what was to be written is. */
  async close(): Promise<void> {
    await this.#mrt.close();
    await this.#metrics.close();
    await this.#web.close();
    await this.#snmp.close();
  }
}

function observedBy({ rooms, views, life, drains, config, state }: WatchersOptions): Observed {
  const { fib, flow, kernelEvents, transport } = rooms;
  const { survey } = rooms.speaker;
  const readiness = new Readiness({
    ...{ survey, fib, life },
    caughtUp: () => flow.caughtUp,
    patience: () => config().restart.staleTime,
    drained: () => drains.reason,
  });
  const looked = { fib, flow, kernelEvents, survey, transport };
  return new Observed({ ...looked, views, readiness, config, clock, state });
}
