import { isDeepStrictEqual } from "node:util";
import type { MetricsConfig } from "../config/index.ts";
import { MetricsServer, type ObservedViews } from "../observe/index.ts";
import { formatAddress } from "../route/index.ts";
import type { Warnings } from "./warnings.ts";

export interface MetricsKeeperOptions {
  readonly views: ObservedViews;
  readonly warnings: Pick<Warnings, "clear" | "set">;
  /** Milliseconds until it tries again to listen where it could not. */
  readonly retryAfter?: number;
}

/** An address may come with an interface that is not there yet; a port may become free. */
const RETRY_AFTER = 10_000;

/** Serves metrics where the configuration says. What fails is a warning, and routing goes on. */
export class MetricsKeeper {
  readonly #options: MetricsKeeperOptions;
  #wanted: MetricsConfig | undefined;
  #server: MetricsServer | undefined;
  #retry: NodeJS.Timeout | undefined;
  #working = Promise.resolve();
  #isClosed = false;

  constructor(options: MetricsKeeperOptions) {
    this.#options = options;
  }

  /** One after the other: two changes at once would take each other's port. */
  update(wanted: MetricsConfig | undefined): Promise<void> {
    this.#working = this.#working.then(() => this.#update(wanted));
    return this.#working;
  }

  /** Where it listens; undefined: it does not. For tests. */
  get port(): number | undefined {
    return this.#server?.port;
  }

  close(): Promise<void> {
    this.#isClosed = true;
    return this.update(undefined);
  }

  async #update(wanted: MetricsConfig | undefined): Promise<void> {
    clearTimeout(this.#retry);
    const isSame = isDeepStrictEqual(wanted, this.#wanted);
    if (isSame && (wanted === undefined || this.#server !== undefined)) return;
    await this.#server?.close();
    this.#server = undefined;
    this.#wanted = wanted;
    if (wanted === undefined) this.#options.warnings.clear("metrics");
    else await this.#open(wanted);
  }

  async #open(wanted: MetricsConfig): Promise<void> {
    const { views, warnings, retryAfter = RETRY_AFTER } = this.#options;
    const { address, port } = wanted.listen;
    const text = `metrics.listen: ${formatAddress(address)} port ${port}`;
    const fail = (error: Error): void => warnings.set("metrics", `${text}: ${error.message}`);
    try {
      const host = formatAddress(address);
      this.#server = await MetricsServer.open({ host, port, views, onError: fail });
      warnings.clear("metrics");
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      fail(new Error(REASONS[code ?? ""] ?? message));
      if (this.#isClosed) return;
      this.#retry = setTimeout(() => void this.update(wanted), retryAfter).unref();
    }
  }
}

const REASONS: Readonly<Record<string, string>> = {
  EADDRINUSE: "somebody else listens there; it is tried again",
  EADDRNOTAVAIL: "this node does not have the address; it is tried again",
  EACCES: "ports below 1024 need CAP_NET_BIND_SERVICE",
};
