// The restarting speaker's part of graceful restart (RFC 4724 §4.1): neighbours keep our routes until
// our End-of-RIB, so that must not go out before we have said all that we will have to say. The first
// advertisement to a neighbour therefore waits:
//
// - for this node's own routes to be known;
// - where routes of others are passed on to it, for the End-of-RIB of those who are there, and some
//   seconds for those who may be on their way;
// - never longer than the configured time after its own session has come up.
//
// Who does not know of graceful restart has let our routes go, and is told at once: nothing is spared
// by a wait.
//
// Who is absent is waited for by nobody beyond those seconds, and nothing here keeps a route out of
// the kernel.

import type { NeighbourConfig, SpeakerConfig } from "./config.ts";
import type { Neighbour } from "./neighbour.ts";
import { deferralOf } from "./settings.ts";

/** Milliseconds after the start in which neighbours come back that are there. */
export const GATHERING = 3000;

export class Deferral {
  /** When each session has come up that waits. */
  readonly #waiting = new Map<Neighbour, number>();
  #startedAt = -Infinity;
  /** release() has seen that nobody more is waited for. */
  #isGathered = true;
  #isActive = false;
  #isOwnKnown = false;
  #isHeldUp = false;

  /** This run takes an earlier one's place. */
  begin(now: number): void {
    this.#isActive = true;
    this.#startedAt = now;
    this.#isGathered = false;
  }

  ownRoutesKnown(): void {
    this.#isOwnKnown = true;
  }

  /** Whoever waits is to wait no more, and nobody will. */
  end(): void {
    this.#isActive = false;
  }

  /** False: the neighbour can be told at once. True: release() says when. */
  holds(neighbour: Neighbour, now: number): boolean {
    if (!this.#isActive || neighbour.up?.negotiated.gracefulRestart === undefined) return false;
    this.#waiting.set(neighbour, now);
    return true;
  }

  forget(neighbour: Neighbour): void {
    this.#waiting.delete(neighbour);
  }

  get isWaiting(): boolean {
    return this.#waiting.size > 0;
  }

  /** Decisions are all that somebody waited for at the last release(): to be asked again soon. */
  get isHeldUp(): boolean {
    return this.#isHeldUp && this.isWaiting;
  }

  /**
   * Those whose wait is over. `isIdle`: all that was heard so far is decided.
   */
  release(
    config: SpeakerConfig,
    all: Iterable<Neighbour>,
    isIdle: boolean,
    now: number,
  ): Neighbour[] {
    const released: Neighbour[] = [];
    this.#isHeldUp = false;
    if (now >= this.#startedAt + GATHERING) this.#isGathered = true;
    if (this.#waiting.size === 0) return released;
    const isHeard = this.#hearing(config, [...all]);
    for (const [neighbour, since] of this.#waiting) {
      const isOver = !this.#isActive || now >= since + deferralOf(config);
      const mayBeTold =
        this.#isOwnKnown && (!passesOn(config, neighbour.config) || isHeard(neighbour));
      if (!isOver && !mayBeTold) continue;
      if (!isOver && !isIdle) {
        this.#isHeldUp = true;
        continue;
      }
      this.#waiting.delete(neighbour);
      released.push(neighbour);
    }
    return released;
  }

  /** When the wait of somebody may be over though nothing has happened; Infinity: never. */
  nextDeadline(config: SpeakerConfig): number {
    if (!this.isWaiting) return Infinity;
    let earliest = this.#isGathered ? Infinity : this.#startedAt + GATHERING;
    for (const since of this.#waiting.values()) {
      earliest = Math.min(earliest, since + deferralOf(config));
    }
    return earliest;
  }

  /**
   * By neighbour, whether all the others have said all that they have to. They are looked at once, for
   * a reflector's clients may be thousands, and each of them waits for all.
   */
  #hearing(config: SpeakerConfig, all: readonly Neighbour[]): (neighbour: Neighbour) => boolean {
    const isGathered =
      this.#isGathered ||
      (!config.neighbours.some(({ range }) => range !== undefined) &&
        all.every(({ up, enabled }) => up !== undefined || !enabled));
    const silent = isGathered ? all.filter((each) => !hasSaidAll(each)) : all;
    const [only] = silent;
    return (neighbour) =>
      isGathered && (silent.length === 0 || (silent.length === 1 && only === neighbour));
  }
}

/** Whether routes of others may be announced to it: without a filter, own ones and clients' alone are. */
function passesOn(config: SpeakerConfig, neighbour: NeighbourConfig): boolean {
  return config.clusterId !== undefined || neighbour.export !== undefined;
}

/**
 * RFC 4724 §4.1: who is restarting as well waits for us, and who knows nothing of graceful restart
 * never says that it has ended.
 */
export function hasSaidAll({ up }: Neighbour): boolean {
  const terms = up?.negotiated.gracefulRestart;
  if (up === undefined || terms === undefined || terms.restarting) return true;
  return up.counters.every(({ endOfRib }, family) => endOfRib || !up.context.families[family]);
}
