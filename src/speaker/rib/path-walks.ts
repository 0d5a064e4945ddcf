// The walks over all paths of a family, in slices: for next hops that changed (path-scan.ts), for sources
// that are being swept, and for what has to be decided again (redecision.ts).

import type { AttributeTable } from "../../route/index.ts";
import type { Decision } from "./decision.ts";
import { PathScan } from "./path-scan.ts";
import { FLAG, type PathStore } from "./path-store.ts";
import { Redecision } from "./redecision.ts";
import type { SourceState } from "./sources.ts";

/** Slots that a walk looks at for one unit of work. */
const SLOTS_A_UNIT = 16;

/** What becomes of what is found. */
export interface WalkSink {
  /** A prefix is to be decided again. */
  touch(prefix: number): void;
  /** A path that is not dead is withdrawn. */
  kill(path: number): void;
}

export class PathWalks {
  readonly scan = new PathScan();
  readonly redecision = new Redecision();
  readonly #paths: PathStore;
  readonly #decision: Decision;
  readonly #state: SourceState;
  readonly #attributes: AttributeTable;
  readonly #sink: WalkSink;

  constructor(
    paths: PathStore,
    decision: Decision,
    state: SourceState,
    attributes: AttributeTable,
    sink: WalkSink,
  ) {
    this.#paths = paths;
    this.#decision = decision;
    this.#state = state;
    this.#attributes = attributes;
    this.#sink = sink;
  }

  /** There is nothing to look for. */
  get isIdle(): boolean {
    return !this.redecision.isActive && !this.#needsScan;
  }

  /** Spends up to `units` (about one a prefix); the result is what is left. */
  work(units: number): number {
    return this.#redecide(this.#walk(units));
  }

  get #needsScan(): boolean {
    const { ahead, hasRequests } = this.scan;
    return ahead > 0 || hasRequests || this.#state.sweeping > 0;
  }

  #walk(units: number): number {
    const scan = this.scan;
    let left = units * SLOTS_A_UNIT;
    while (left > 0 && this.#needsScan) {
      if (scan.ahead === 0) scan.start(this.#paths.limit);
      while (left > 0 && scan.ahead > 0 && !(scan.isSatisfied && this.#state.sweeping === 0)) {
        left -= this.#visit(scan.step()) ? SLOTS_A_UNIT : 1;
      }
      if (left > 0) scan.end();
    }
    return Math.max(0, Math.floor(left / SLOTS_A_UNIT));
  }

  #redecide(units: number): number {
    const again = this.redecision;
    if (!again.isActive) return units;
    let left = units * SLOTS_A_UNIT;
    while (left > 0 && again.isActive) left -= this.#review(again.step()) ? SLOTS_A_UNIT : 1;
    if (!again.isActive) again.end();
    return Math.max(0, Math.floor(left / SLOTS_A_UNIT));
  }

  /** True: the prefix of the path is decided again. */
  #review(path: number): boolean {
    const { flags, source, prefix, next } = this.#paths;
    if ((flags[path] & (FLAG.USED | FLAG.DEAD)) !== FLAG.USED) return false;
    const isOfSource = this.redecision.wantsSource(source[path]);
    if (isOfSource) flags[path] |= FLAG.CHANGED;
    const isChoice = this.redecision.wantsAll && next[path] !== 0;
    if (isOfSource || isChoice) this.#sink.touch(prefix[path]);
    return isOfSource || isChoice;
  }

  /** True: the path had to do with what the walk is for. */
  #visit(path: number): boolean {
    const paths = this.#paths;
    if ((paths.flags[path] & (FLAG.USED | FLAG.DEAD)) !== FLAG.USED) return false;
    const accepted = paths.accepted[path];
    const isFound = accepted !== 0 && this.scan.find(this.#attributes.nextHop(accepted));
    const isSwept = this.#state.sweeping > 0 && this.#decision.isSwept(path);
    if (isSwept) this.#sink.kill(path);
    else if (isFound) {
      // Whoever is told of the route may be told of the way to its next hop (RFC 7311 §3.4.3).
      if (this.#attributes.hasAigp(accepted)) paths.flags[path] |= FLAG.CHANGED;
      this.#sink.touch(paths.prefix[path]);
    }
    return isSwept || isFound;
  }

  /** The whole sweep of one source at once: it was marked a thousand times, and no slice came between. */
  sweepNow(source: number): void {
    const paths = this.#paths;
    for (let path = 1; path < paths.limit && this.#state.stale[source] > 0; path++) {
      const isLive = (paths.flags[path] & (FLAG.USED | FLAG.DEAD)) === FLAG.USED;
      if (!isLive || paths.source[path] !== source) continue;
      if (this.#decision.isStale(path)) this.#sink.kill(path);
    }
  }
}
