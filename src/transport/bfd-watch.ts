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
import type { BfdHandlers } from "./bfd-client.ts";
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

const NOT_PREFERRED =
  "the BFD thread has no real-time scheduling, and a busy machine may hold it up: grant it (RLIMIT_RTPRIO of 1), or take 300 ms x 3 or more";

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

/** What the thread was asked for last, by the neighbour's name. */
interface Asked {
  readonly request: LivenessRequest;
  /** As it was decided when it was asked for. */
  readonly multihop: boolean;
}

/** What the watch needs of the thread. */
export type WatchClient = Pick<BfdClient, "set" | "remove" | "view" | "close">;

/** Milliseconds until a thread that died, or could not be started, is started again. */
const PAUSE = 1000;

export class BfdWatch {
  readonly #options: BfdWatchOptions;
  readonly #client: WatchClient;
  readonly #asked = new Map<string, Asked>();
  /** Sessions that are Up, and neighbours that were reached and are not now. */
  readonly #up = new Set<string>();
  readonly #lost = new Set<string>();
  #restart: NodeJS.Timeout | undefined;

  /** `open`: the thread, for who does not want the real one. */
  constructor(
    options: BfdWatchOptions,
    open = (handlers: BfdHandlers): WatchClient => new BfdClient(handlers),
  ) {
    this.#options = options;
    this.#client = open({
      onChange: (change) => this.#changed(change),
      onProblem: (name, text) => this.#event("warn", "bfd-problem", text, name),
      onNotPreferred: () => this.#event("info", "bfd-not-preferred", NOT_PREFERRED),
      onError: (error) => this.#died(error),
    });
  }

  carryOut(effect: LivenessEffect): void {
    const name = effect.neighbour;
    if (effect.kind === "path-proved") {
      this.#setLost(name, false);
      return;
    }
    const before = this.#asked.get(name);
    const wanted = effect.wanted && this.#decide(effect.wanted);
    // Another way than before: what was found out about the old one does not count.
    if (before !== undefined && !sameWay(before, wanted)) {
      this.#setLost(name, false);
      this.#up.delete(name);
    }
    if (wanted === undefined) {
      this.#asked.delete(name);
      this.#client.remove(name);
    } else {
      this.#asked.set(name, wanted);
      this.#ask(name, wanted);
    }
  }

  *sessions(): Generator<BfdSessionView> {
    for (const [neighbour, { request, multihop }] of this.#asked) {
      const { remote, interface: index } = request;
      const session = this.#client.view(neighbour);
      yield { neighbour, remote, interface: index, multihop, session };
    }
  }

  /** Neighbours are told AdminDown, which is no failure to them. */
  async close(): Promise<void> {
    clearTimeout(this.#restart);
    await this.#client.close();
  }

  #ask(name: string, asked: Asked): void {
    try {
      this.#client.set(name, this.#session(asked));
    } catch (error) {
      this.#event("error", "bfd-problem", errorText(error), name);
      this.#askAllLater();
    }
  }

  #session({ request, multihop }: Asked): BfdSession {
    const { local, remote, interface: scope, bfd } = request;
    const { interval, multiplier, passive, authentication } = bfd;
    return {
      multihop,
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

  #decide(request: LivenessRequest): Asked {
    const { remote, bfd } = request;
    return { request, multihop: bfd.multihop ?? !this.#options.isConnected(remote) };
  }

  #changed(change: BfdChange): void {
    const { name, state, remoteAdminDown, controlPlaneIndependent } = change;
    const { speaker, clock, wake } = this.#options;
    const isUp = state === STATE.UP;
    const wasUp = this.#up.delete(name);
    if (isUp) this.#up.add(name);
    // On its way up; or at an end that this side wanted, for one with other settings to begin.
    else if (!wasUp || state === STATE.ADMIN_DOWN) return;
    // Only what was there can be lost: a neighbour without BFD is none that has failed.
    const isLost = !isUp && !remoteAdminDown;
    const { onDown } = this.#asked.get(name)?.request.bfd ?? {};
    // Whether it may be restarting is more than can be told here; otherwise nothing is waited for.
    const mayBeRestart = onDown === "graceful" && !controlPlaneIndependent;
    if (isUp) this.#setLost(name, false);
    else if (isLost && !mayBeRestart) this.#setLost(name, true);
    const diagnostic = diagnosticName(change.diagnostic);
    const path = { isUp, diagnostic, remoteAdminDown, controlPlaneIndependent };
    const isBroken = speaker.pathChanged(name, path, clock());
    if (isLost && mayBeRestart && isBroken) this.#setLost(name, true);
    wake();
  }

  #setLost(name: string, lost: boolean): void {
    const asked = this.#asked.get(name);
    if (asked === undefined || this.#lost.has(name) === lost) return;
    if (lost) this.#lost.add(name);
    else this.#lost.delete(name);
    this.#options.onPath(asked.request.remote, asked.request.interface, lost);
  }

  /** All sessions begin anew. What was Up is not known to be lost. */
  #died(error: Error): void {
    this.#event("error", "bfd-thread-died", `the BFD thread died: ${error.message}`);
    this.#up.clear();
    for (const name of this.#asked.keys()) this.#setLost(name, false);
    this.#askAllLater();
  }

  #askAllLater(): void {
    clearTimeout(this.#restart);
    this.#restart = setTimeout(() => {
      for (const [name, asked] of this.#asked) this.#ask(name, asked);
    }, PAUSE);
  }

  #event(level: EventEffect["level"], name: string, text: string, neighbour?: string): void {
    this.#options.onEvent({ kind: "event", level, name, neighbour, text });
  }
}

function sameWay(a: Asked, b: Asked | undefined): boolean {
  return (
    b !== undefined &&
    a.multihop === b.multihop &&
    a.request.interface === b.request.interface &&
    formatAddress(a.request.local) === formatAddress(b.request.local) &&
    formatAddress(a.request.remote) === formatAddress(b.request.remote)
  );
}
