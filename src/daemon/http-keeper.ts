import { isDeepStrictEqual } from "node:util";
import type { Endpoint } from "../config/index.ts";
import { formatAddress } from "../route/index.ts";
import type { Warnings } from "./warnings.ts";

/** What listens. */
export interface Listener {
  readonly port: number;
  close(): Promise<void>;
}

export interface HttpKeeperOptions<C extends { readonly listen: Endpoint }> {
  /** The section of the configuration. */
  readonly subject: "metrics" | "web";
  /** Rejects with the system's error. `host`: without brackets; `onError`: told of what fails later. */
  readonly open: (config: C, host: string, onError: (error: Error) => void) => Promise<Listener>;
  readonly warnings: Pick<Warnings, "clear" | "set">;
  /** Milliseconds until it tries again to listen where it could not. */
  readonly retryAfter?: number;
}

/** An address may come with an interface that is not there yet; a port may become free. */
const RETRY_AFTER = 10_000;

/** Serves where the configuration says. What fails is a warning, and routing goes on. */
export class HttpKeeper<C extends { readonly listen: Endpoint }> {
  readonly #options: HttpKeeperOptions<C>;
  #wanted: C | undefined;
  #listener: Listener | undefined;
  #retry: NodeJS.Timeout | undefined;
  #working = Promise.resolve();
  #isClosed = false;

  constructor(options: HttpKeeperOptions<C>) {
    this.#options = options;
  }

  /** One after the other: two changes at once would take each other's port. */
  update(wanted: C | undefined): Promise<void> {
    this.#working = this.#working.then(() => this.#update(wanted));
    return this.#working;
  }

  /** Where it listens; undefined: it does not. For tests. */
  get port(): number | undefined {
    return this.#listener?.port;
  }

  close(): Promise<void> {
    this.#isClosed = true;
    return this.update(undefined);
  }

  async #update(wanted: C | undefined): Promise<void> {
    clearTimeout(this.#retry);
    const isSame = isDeepStrictEqual(wanted, this.#wanted);
    if (isSame && (wanted === undefined || this.#listener !== undefined)) return;
    await this.#listener?.close();
    this.#listener = undefined;
    this.#wanted = wanted;
    if (wanted === undefined) this.#options.warnings.clear(this.#options.subject);
    else await this.#open(wanted);
  }

  async #open(wanted: C): Promise<void> {
    const { subject, open, warnings, retryAfter = RETRY_AFTER } = this.#options;
    const { address, port } = wanted.listen;
    const host = formatAddress(address);
    const fail = (error: Error): void =>
      warnings.set(subject, `${subject}.listen: ${host} port ${port}: ${error.message}`);
    try {
      this.#listener = await open(wanted, host, fail);
      warnings.clear(subject);
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
