// The neighbours in both worlds, that which is and its twin (plan-twin.ts), side by side.

import { NO_SOURCE, type Up } from "./neighbour.ts";
import { type Listed, noneListed } from "./plan-listing.ts";
import type { Twin } from "./plan-twin.ts";
import type { PeerPlan } from "./plan-views.ts";
import type { Rib } from "./rib/index.ts";

/** One neighbour in both worlds. */
export interface Line {
  readonly twin: Twin;
  readonly view: PeerPlan;
  /** The session as it was when the plan began; of another one nothing is said. */
  readonly up: Up | undefined;
  readonly export: unknown;
  /** Whether it was told things then. */
  readonly isTold: boolean;
  /**
   * Neighbours with the same number are in one update group here and there, and so hear the same but
   * for what is their own; -1: it hears several paths, and is looked at by itself.
   */
  readonly bucket: number;
  /** How many of each kind have been listed. */
  readonly listed: Readonly<Record<"announced" | "accepted", Listed>>;
}

export class Lines {
  readonly #real: Rib;
  readonly #then: Rib;
  readonly #all: Line[] = [];
  readonly #bySource = new Map<number, Line>();
  /** Numbers by the two groups. */
  readonly #buckets = new Map<string, number>();

  /** `real`: as it is; `then`: the twin's. */
  constructor(real: Rib, then: Rib) {
    this.#real = real;
    this.#then = then;
  }

  get size(): number {
    return this.#all.length;
  }

  /** Buckets are numbered from 0 below this. */
  get buckets(): number {
    return this.#buckets.size;
  }

  add(twin: Twin, view: PeerPlan): void {
    const { up, source = NO_SOURCE } = twin.fate.neighbour ?? {};
    const here = this.#real.member(source);
    const then = this.#then.member(twin.neighbour?.source ?? NO_SOURCE);
    const hearsSeveral = [up, twin.neighbour?.up].some((each) =>
      each?.negotiated.addPathSend.includes(true),
    );
    const bucket = hearsSeveral ? -1 : this.#bucket(`${here?.group} ${then?.group}`);
    const listed = { announced: noneListed(), accepted: noneListed() };
    const line = { twin, view, up, export: up?.export, isTold: here !== undefined, bucket, listed };
    this.#all.push(line);
    if (twin.source !== NO_SOURCE) this.#bySource.set(twin.source, line);
  }

  /** Whose paths have this source; undefined also where nothing is to be said of it any more. */
  of(source: number): Line | undefined {
    const line = this.#bySource.get(source);
    return line === undefined || isDisturbed(line) ? undefined : line;
  }

  undisturbed(): Line[] {
    return this.#all.filter((line) => !isDisturbed(line));
  }

  /** Neighbours whose sessions have come, gone or begun anew since they were added. */
  disturbed(): string[] {
    return this.#all.filter(isDisturbed).map(({ view }) => view.name);
  }

  #bucket(groups: string): number {
    const bucket = this.#buckets.get(groups) ?? this.#buckets.size;
    this.#buckets.set(groups, bucket);
    return bucket;
  }
}

function isDisturbed({ twin, up, export: policy }: Line): boolean {
  const { neighbour } = twin.fate;
  if (neighbour === undefined) return false;
  return neighbour.up !== up || up?.export !== policy || neighbour.source !== twin.source;
}
