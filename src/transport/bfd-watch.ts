// Carries out what the speaker wants of BFD, and tells of what BFD finds: first the one who can take a
// lost next hop out of the kernel, then the speaker, who has more to do.

import { diagnosticName, STATE } from "../bfd/index.ts";
import type { SessionView } from "../bfd/index.ts";
import { addressBytes, formatAddress } from "../speaker/index.ts";
import type {
  Address,
  EventEffect,
  LivenessEffect,
  LivenessRequest,
  Speaker,
} from "../speaker/index.ts";
import { BfdClient } from "./bfd-client.ts";
import type { BfdChange, BfdSession } from "./bfd-messages.ts";
import { errorText } from "./errors.ts";

export interface BfdWatchOptions {
  readonly speaker: Pick<Speaker, "pathChanged">;
  /** Monotonic milliseconds. */
  readonly clock: () => number;
  /** Whether the address is in a subnet of this node. */
  readonly isConnected: (remote: Address) => boolean;
  /** A neighbour cannot be reached, or can again; `index`: of the interface towards it. */
  readonly onPath: (remote: Address, index: number, lost: boolean) => void;
  readonly onEvent: (event: EventEffect) => void;
  /** There is something to do. */
  readonly wake: () => void;
}

/** A session for `show`. */
export interface BfdSessionView {
  readonly neighbour: string;
  readonly remote: Address;
  /** The interface's index; 0: not known. */
  readonly interface: number;
  readonly multihop: boolean;
  /** As of about a second ago, `since` in milliseconds since 1970; undefined: it does not run. */
  readonly session: SessionView | undefined;
}

/** Milliseconds until a thread that died is started again. */
const PAUSE = 1000;

export class BfdWatch {
  readonly #options: BfdWatchOptions;
  readonly #client: BfdClient;
  readonly #requests = new Map<string, LivenessRequest>();
  /** Sessions that are Up, and neighbours that were reached and are not now. */
  readonly #up = new Set<string>();
  readonly #lost = new Set<string>();
  #restart: NodeJS.Timeout | undefined;

  constructor(options: BfdWatchOptions) {
    this.#options = options;
    this.#client = new BfdClient({
      onChange: (change) => this.#changed(change),
      onProblem: (name, text) => this.#event("warn", "bfd-problem", text, name),
      onError: (error) => this.#died(error),
    });
  }

  carryOut(effect: LivenessEffect): void {
    const name = effect.neighbour;
    if (effect.kind === "path-proved") {
      this.#setLost(name, false);
      return;
    }
    if (effect.wanted === undefined) {
      this.#setLost(name, false);
      this.#up.delete(name);
      this.#requests.delete(name);
      this.#client.remove(name);
      return;
    }
    // Another way than before: what was found out about the old one does not count.
    if (!sameWay(this.#requests.get(name), effect.wanted)) {
      this.#setLost(name, false);
      this.#up.delete(name);
    }
    this.#requests.set(name, effect.wanted);
    this.#ask(name, effect.wanted);
  }

  *sessions(): Generator<BfdSessionView> {
    for (const [neighbour, request] of this.#requests) {
      const { remote, interface: index } = request;
      const session = this.#client.view(neighbour);
      const multihop = this.#isMultihop(request);
      yield { neighbour, remote, interface: index, multihop, session };
    }
  }

  /** Neighbours are told AdminDown, which is no failure to them. */
  async close(): Promise<void> {
    clearTimeout(this.#restart);
    await this.#client.close();
  }

  #ask(name: string, request: LivenessRequest): void {
    try {
      this.#client.set(name, this.#session(request));
    } catch (error) {
      this.#event("error", "bfd-problem", errorText(error), name);
    }
  }

  #session(request: LivenessRequest): BfdSession {
    const { local, remote, interface: scope, bfd } = request;
    const { interval, multiplier, passive, authentication } = bfd;
    return {
      multihop: this.#isMultihop(request),
      local: addressBytes(local),
      remote: addressBytes(remote),
      scope,
      settings: {
        desiredMinTx: interval,
        requiredMinRx: interval,
        detectMultiplier: multiplier,
        passive: passive === true,
        authentication,
      },
    };
  }

  #isMultihop({ remote, bfd }: LivenessRequest): boolean {
    return bfd.multihop ?? !this.#options.isConnected(remote);
  }

  #changed({ name, state, diagnostic, remoteAdminDown }: BfdChange): void {
    const { speaker, clock, wake } = this.#options;
    const isUp = state === STATE.UP;
    const wasUp = this.#up.delete(name);
    if (isUp) this.#up.add(name);
    // Only what was there can be lost: a neighbour without BFD is none that has failed.
    if (isUp) this.#setLost(name, false);
    else if (wasUp && !remoteAdminDown) this.#setLost(name, true);
    const text = diagnosticName(diagnostic);
    speaker.pathChanged(name, { isUp, diagnostic: text, remoteAdminDown }, clock());
    wake();
  }

  #setLost(name: string, lost: boolean): void {
    const request = this.#requests.get(name);
    if (request === undefined || this.#lost.has(name) === lost) return;
    if (lost) this.#lost.add(name);
    else this.#lost.delete(name);
    this.#options.onPath(request.remote, request.interface, lost);
  }

  /** All sessions begin anew. What was Up is not known to be lost. */
  #died(error: Error): void {
    this.#event("error", "bfd-thread-died", `the BFD thread died: ${error.message}`);
    this.#up.clear();
    for (const name of this.#requests.keys()) this.#setLost(name, false);
    clearTimeout(this.#restart);
    this.#restart = setTimeout(() => {
      for (const [name, request] of this.#requests) this.#ask(name, request);
    }, PAUSE);
  }

  #event(level: EventEffect["level"], name: string, text: string, neighbour?: string): void {
    this.#options.onEvent({ kind: "event", level, name, neighbour, text });
  }
}

function sameWay(a: LivenessRequest | undefined, b: LivenessRequest): boolean {
  return (
    a !== undefined &&
    a.interface === b.interface &&
    formatAddress(a.local) === formatAddress(b.local) &&
    formatAddress(a.remote) === formatAddress(b.remote)
  );
}
