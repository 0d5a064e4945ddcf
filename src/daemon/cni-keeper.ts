import type { Logger } from "pino";
import type { Config } from "../config/index.ts";
import { cniList, writeCniList } from "./cni.ts";
import { systemText } from "./files.ts";
import type { HostView } from "./host.ts";
import type { Warnings } from "./warnings.ts";

export interface CniKeeperOptions {
  readonly config: () => Config;
  readonly host: Pick<HostView, "byName" | "uplink">;
  readonly logger: Pick<Logger, "info">;
  readonly warnings: Pick<Warnings, "clear" | "set">;
}

/** Until an uplink has been seen. */
const USUAL_MTU = 1500;

/** Keeps the node's CNI network list as the configuration and the uplink's MTU want it. */
export class CniKeeper {
  readonly #options: CniKeeperOptions;
  /** Of the uplink when it was last seen: one that is away for a while changes nothing. */
  #mtu: number | undefined;
  /** The MTU that the list was last written for; undefined: not yet, by this run. */
  #written: number | undefined;
  #writing = Promise.resolve();

  constructor(options: CniKeeperOptions) {
    this.#options = options;
  }

  /** Puts the list right, whatever was there. One after the other: two writers would spoil it. */
  update(): Promise<void> {
    this.#written = this.#uplinkMtu();
    this.#writing = this.#writing.then(() => this.#write());
    return this.#writing;
  }

  /** The uplink may have changed: nothing is done where its MTU has not, nor before the first update. */
  follow(): void {
    if (this.#written === undefined || this.#options.config().cni === undefined) return;
    if (this.#uplinkMtu() !== this.#written) void this.update();
  }

  #uplinkMtu(): number {
    const { config, host } = this.#options;
    const { uplink } = config().pods;
    const named = uplink === undefined ? undefined : host.byName(uplink);
    this.#mtu = (named ?? host.uplink())?.mtu ?? this.#mtu;
    return this.#mtu ?? USUAL_MTU;
  }

  async #write(): Promise<void> {
    const { config, logger, warnings } = this.#options;
    const { cni } = config();
    if (cni === undefined) {
      warnings.clear("cni");
      return;
    }
    const file = cni.conflist;
    try {
      const written = await writeCniList(file, cniList(config(), this.#uplinkMtu()));
      warnings.clear("cni");
      if (written) logger.info({ event: "cni-written", file }, `wrote ${file}`);
    } catch (error) {
      warnings.set("cni", `CNI list ${systemText(file, error)}`);
    }
  }
}
