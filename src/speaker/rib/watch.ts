// Somebody who watches tables of this speaker (RFC 7854, RFC 9069): a feed for each table and family,
// the sessions whose paths are told, and the End-of-RIB that is owed for each.

import type { AttributeTable, Family } from "../../route/index.ts";
import type { FamilyRib } from "./family-rib.ts";
import { type PathChangeSink, PathFeed, type PathTable } from "./path-feed.ts";
import { LOCAL_SOURCE } from "./types.ts";
import { WatchEncoder, type WatchTerms } from "./watch-encoder.ts";

/** Changes in a batch, and about how many octets of attributes they may have. */
const BATCH = 1024;
const BATCH_BYTES = 1 << 18;
/** Octets that cost as much as a prefix does. */
const BYTES_A_UNIT = 256;
/** In a batch a change is its attribute set and its place. */
const SET_UNIT = 2 ** 12;

/** Whole UPDATEs of one source (of Loc-RIB: LOCAL_SOURCE) in one table. */
export type WatchSink = (
  table: PathTable,
  source: number,
  bytes: Uint8Array,
  /** False: it may have been there before the watcher. */
  isChange: boolean,
) => void;

interface Watched {
  /** Numbered over all sessions, from 1. */
  readonly session: number;
  readonly encoder: WatchEncoder;
  /** By family: End-of-RIB has come from the neighbour, or is not to be waited for. */
  readonly isComplete: [boolean, boolean];
}

/** The End-of-RIBs of one feed: sources that are owed theirs. */
interface Feed {
  readonly feed: PathFeed;
  readonly owed: Set<number>;
}

export class Watch {
  readonly #attributes: AttributeTable;
  readonly #feeds: readonly Feed[];
  readonly #watched = new Map<number, Watched>();
  #sessions = 0;
  #turn = 0;
  #isClosed = false;
  // The batch: places of its changes by source, and what they are.
  readonly #bySource = new Map<number, number[]>();
  readonly #prefixes = new Uint32Array(BATCH + 1);
  readonly #pathIds = new Uint32Array(BATCH + 1);
  #count = 0;
  #bytes = 0;

  constructor(
    ribs: readonly FamilyRib[],
    attributes: AttributeTable,
    tables: readonly PathTable[],
  ) {
    this.#attributes = attributes;
    const session = (source: number): number => this.#watched.get(source)?.session ?? 0;
    this.#feeds = tables.flatMap((table) =>
      ribs.map((rib) => ({
        feed: new PathFeed(rib, table, attributes, session),
        owed: new Set<number>(),
      })),
    );
  }

  /**
   * The paths of a source are told from now on: its session has come up; or of LOCAL_SOURCE, Loc-RIB.
   * `hasPaths`: it may have some. `isComplete`: End-of-RIB is not to be waited for.
   */
  up(source: number, terms: WatchTerms, hasPaths: boolean, isComplete: boolean): void {
    const encoder = new WatchEncoder(this.#attributes, terms);
    const complete: [boolean, boolean] = [isComplete, isComplete];
    this.#watched.set(source, { session: ++this.#sessions, encoder, isComplete: complete });
    for (const { feed, owed } of this.#feedsOf(source)) {
      owed.add(source);
      if (hasPaths) feed.lookAgain();
    }
  }

  /** The neighbour has sent its End-of-RIB. */
  endOfRib(source: number, family: Family): void {
    const watched = this.#watched.get(source);
    if (watched !== undefined) watched.isComplete[family] = true;
  }

  /** All that was told of the source counts as withdrawn. */
  down(source: number): void {
    this.#watched.delete(source);
    for (const { owed } of this.#feeds) owed.delete(source);
  }

  /** A slice, about `units` prefixes; true: there is more to do. */
  work(units: number, sink: WatchSink): boolean {
    let left = units;
    this.#turn = (this.#turn + 1) % Math.max(1, this.#feeds.length);
    for (let i = 0; i < this.#feeds.length && left > 0; i++) {
      left = this.#work(this.#feeds[(this.#turn + i) % this.#feeds.length], left, sink);
    }
    // Also those whose turn did not come: nobody may call again while nothing changes.
    for (const each of this.#feeds) this.#payOwed(each, sink);
    return this.#feeds.some(({ feed }) => feed.hasWork);
  }

  /** Nothing is told any more; clear() gives back what is held. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const { feed } of this.#feeds) feed.close();
  }

  /** After close(), a slice; the result is what is left of `units`: 0, there may be more. */
  clear(units: number): number {
    let left = units;
    for (const { feed } of this.#feeds) if (left > 0) left = feed.clear(left);
    return Math.max(0, left);
  }

  #feedsOf(source: number): readonly Feed[] {
    const isOf = ({ feed }: Feed): boolean => (feed.table === "best") === (source === LOCAL_SOURCE);
    return this.#feeds.filter(isOf);
  }

  #work({ feed }: Feed, units: number, sink: WatchSink): number {
    const add: PathChangeSink = (source, prefix, pathId, set) => {
      // A prefix may have more changes than there is room for.
      if (this.#count > BATCH) this.#write(feed, sink);
      this.#add(feed, source, prefix, pathId, set);
    };
    let left = units;
    while (left > 0 && feed.hasWork) {
      while (left > 0 && feed.hasWork && this.#count < BATCH && this.#bytes < BATCH_BYTES) {
        left -= feed.step(add);
      }
      left -= this.#write(feed, sink);
    }
    return left;
  }

  /** The batch takes a reference to the prefix until it is written. */
  #add({ rib }: PathFeed, source: number, prefix: number, pathId: number, set: number): void {
    rib.references.retain(prefix);
    const place = this.#count++;
    this.#prefixes[place] = prefix;
    this.#pathIds[place] = pathId;
    if (set !== 0) this.#bytes += this.#attributes.encoded(set).length;
    const key = set * SET_UNIT + place;
    const others = this.#bySource.get(source);
    if (others === undefined) this.#bySource.set(source, [key]);
    else others.push(key);
  }

  /** Encodes the batch; what that costs in units of work, beyond one for each change. */
  #write(feed: PathFeed, sink: WatchSink): number {
    let cost = 0;
    for (const [source, keys] of this.#bySource) {
      const encoder = this.#watched.get(source)?.encoder;
      if (encoder === undefined) continue;
      const bytes = this.#encode(feed, encoder, keys);
      cost += Math.floor(bytes.length / BYTES_A_UNIT);
      sink(feed.table, source, bytes, feed.isFilled);
    }
    for (let i = 0; i < this.#count; i++) feed.rib.references.drop(this.#prefixes[i]);
    this.#bySource.clear();
    this.#count = 0;
    this.#bytes = 0;
    return cost;
  }

  /** Sorted, so that prefixes with the same attributes share an UPDATE. */
  #encode({ rib }: PathFeed, encoder: WatchEncoder, keys: number[]): Uint8Array {
    keys.sort((a, b) => a - b);
    let current = -1;
    for (const key of keys) {
      const set = Math.floor(key / SET_UNIT);
      const place = key - set * SET_UNIT;
      if (set !== current) encoder.begin(rib.family, set);
      current = set;
      encoder.add(rib, this.#prefixes[place], this.#pathIds[place]);
    }
    return encoder.take();
  }

  /** End-of-RIBs, where all that there was has been told. */
  #payOwed({ feed, owed }: Feed, sink: WatchSink): void {
    if (feed.hasWork) return;
    feed.noteIdle();
    if (owed.size === 0 || !feed.isFilled) return;
    const { family } = feed.rib;
    for (const source of owed) {
      const watched = this.#watched.get(source);
      if (watched?.isComplete[family] !== true) continue;
      owed.delete(source);
      watched.encoder.endOfRib(family);
      sink(feed.table, source, watched.encoder.take(), true);
    }
  }
}
