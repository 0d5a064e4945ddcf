// The way of an UPDATE into the RIB: bytes -> attribute id -> import policy -> Adj-RIB-In, with no
// object, string or map operation a prefix. A thousand prefixes of one header cost one look-up of
// their attributes; each of them a look-up of the prefix and one of the policy's memory.

import { NlriCursor, strongestFault, UpdateReader } from "bgp-ts";
import type { Fault } from "bgp-ts";
import type { AttributeTable, Family, PrefixTable } from "../route/index.ts";
import type { Neighbour, Up } from "./neighbour.ts";
import { PrefixGate, excessOf } from "./prefix-limits.ts";
import type { Excess, PrefixLimits } from "./prefix-limits.ts";
import { MAXIMUM_PATHS } from "./rib/index.ts";
import type { Rib } from "./rib/index.ts";

/** What an UPDATE did besides changing routes; the speaker acts on it. */
export interface IntakeSink {
  /** RFC 7606: what was found, and what was done about it. */
  fault(neighbour: Neighbour, fault: Fault): void;
  endOfRib(neighbour: Neighbour, family: Family): void;
  /** The neighbour has more prefixes than it may, or nearly. The session goes on unless the sink ends it. */
  limitMet(neighbour: Neighbour, family: Family, excess: Excess): void;
  /** The neighbour has more than any may, whatever its own limits. */
  runsWild(neighbour: Neighbour, family: Family, limit: number): void;
  /** A table has no room for what the neighbour sends; `what`: for its log and ours. */
  exhausted(neighbour: Neighbour, what: string): void;
}

/**
 * Paths that a family may have at most, by prefixes that it may have at most: more than equal paths
 * to one prefix are ever used, on average.
 */
const PATHS_PER_PREFIX = 4;

export interface IntakeTables {
  readonly prefixes: readonly [PrefixTable, PrefixTable];
  readonly attributes: AttributeTable;
}

export class Intake {
  readonly #tables: IntakeTables;
  readonly #rib: Rib;
  readonly #sink: IntakeSink;
  readonly #reader = new UpdateReader();
  readonly #cursor = new NlriCursor();
  readonly #gate: PrefixGate;
  #count = 0;

  constructor(tables: IntakeTables, rib: Rib, sink: IntakeSink) {
    this.#tables = tables;
    this.#rib = rib;
    this.#sink = sink;
    this.#gate = new PrefixGate(rib);
  }

  /** Prefixes read since the last call, announced or withdrawn. */
  takeCount(): number {
    const count = this.#count;
    this.#count = 0;
    return count;
  }

  /**
   * The body of an UPDATE, bytes[start .. end). Returns the fault that resets the session.
   * `ticks`: when it came (ticks.ts).
   */
  update(
    neighbour: Neighbour,
    up: Up,
    bytes: Uint8Array,
    start: number,
    end: number,
    ticks: number,
  ): Fault | undefined {
    const reader = this.#reader;
    const fault = reader.read(bytes, start, end, up.context);
    if (fault !== undefined) {
      if (fault.treatment === "session-reset") return fault;
      this.#report(neighbour, up, fault);
    }
    if (reader.endOfRib !== -1) this.#endOfRib(neighbour, up, reader.endOfRib);
    const { withdrawn, mpUnreach } = reader;
    if (withdrawn.end > withdrawn.start) this.#withdraw(neighbour, up, 0, withdrawn);
    if (mpUnreach !== undefined) this.#withdraw(neighbour, up, mpUnreach.family, mpUnreach.nlri);
    return this.#announcements(neighbour, up, ticks);
  }

  /** Whether the UPDATE that was read last has prefixes with path identifiers. */
  hasPathIds({ context: { addPath } }: Up): boolean {
    const { withdrawn, announced, mpReach, mpUnreach } = this.#reader;
    const isFour = withdrawn.end > withdrawn.start || announced.end > announced.start;
    const families = [isFour ? 0 : undefined, mpReach?.family, mpUnreach?.family];
    return families.some((family) => family !== undefined && addPath[family]);
  }

  /** RFC 4271 §4.3, RFC 4760 §3: both sections of a message share all attributes but the next hop. */
  #announcements(neighbour: Neighbour, up: Up, ticks: number): Fault | undefined {
    const { announced, mpReach } = this.#reader;
    // Another part of this UPDATE may have disabled the family.
    const { families } = up.context;
    const hasBase = announced.end > announced.start && families[0];
    const hasMp = mpReach !== undefined && families[mpReach.family];
    let base = 0;
    let mp = 0;
    let worst: Fault | undefined;
    if (hasBase) {
      base = this.#intern(neighbour, up, "base");
      if (base === 0) worst = this.#worst();
    }
    if (hasMp && worst?.treatment !== "session-reset") {
      mp = this.#intern(neighbour, up, "mp");
      if (mp === 0) worst = strongestFault([this.#worst(), worst].filter(isFault));
    }
    if (worst?.treatment === "session-reset") return worst;
    // RFC 7606 §2: treat-as-withdraw is about all routes of the UPDATE.
    if (worst !== undefined) base = mp = 0;
    // What one section announces may take the last route away from the set of the other.
    this.#hold(base, mp);
    if (hasBase) this.#announce(neighbour, up, 0, announced, base, ticks);
    if (hasMp) this.#announce(neighbour, up, mpReach.family, mpReach.nlri, mp, ticks);
    this.#release(base, mp);
    return undefined;
  }

  #hold(base: number, mp: number): void {
    const { attributes } = this.#tables;
    if (base !== 0) attributes.hold(base);
    if (mp !== 0) attributes.hold(mp);
  }

  #release(base: number, mp: number): void {
    const { attributes } = this.#tables;
    if (base !== 0) attributes.release(base);
    if (mp !== 0) attributes.release(mp);
  }

  #intern(neighbour: Neighbour, up: Up, section: "base" | "mp"): number {
    const { attributes } = this.#tables;
    const { interface: link } = up.endpoints;
    const id = attributes.internUpdate(this.#reader, section, link, neighbour.source);
    for (const fault of attributes.lastFaults) this.#report(neighbour, up, fault);
    const { lastRefusal } = attributes;
    if (lastRefusal !== undefined) this.#sink.exhausted(neighbour, lastRefusal);
    return id;
  }

  #worst(): Fault | undefined {
    return strongestFault(this.#tables.attributes.lastFaults);
  }

  /** One family of the neighbour's announcements; `set` 0: they count as withdrawn. */
  #announce(
    neighbour: Neighbour,
    up: Up,
    family: Family,
    nlri: { readonly start: number; readonly end: number },
    set: number,
    ticks: number,
  ): void {
    if (set === 0) {
      this.#withdraw(neighbour, up, family, nlri);
      return;
    }
    const prefixes = this.#tables.prefixes[family];
    const { policy } = up.import;
    const { source } = neighbour;
    const cursor = this.#cursor;
    const rib = this.#rib;
    const limits = PrefixGate.limitsOf(neighbour);
    let updates = 0;
    let filtered = 0;
    let blocked = 0;
    let left = 0;
    let isTaken = true;
    cursor.reset(this.#reader.bytes, nlri.start, nlri.end, family, up.context.addPath[family]);
    while (cursor.next()) {
      updates++;
      if (limits !== undefined && !this.#takes(limits, source, family)) {
        blocked++;
        left++;
        continue;
      }
      const prefix = prefixes.intern(cursor.w0, cursor.w1, cursor.w2, cursor.w3, cursor.length);
      let accepted = policy.evaluate(set, family, prefix);
      if (accepted === 0) filtered++;
      else if (limits !== undefined) {
        if (!this.#gate.accepts(limits, source, family, prefix, cursor.pathId)) {
          accepted = 0;
          blocked++;
        }
      }
      isTaken =
        rib.announce(source, family, prefix, cursor.pathId, set, accepted, ticks) && isTaken;
    }
    const counters = up.counters[family];
    this.#count += updates;
    counters.updates += updates;
    counters.filtered += filtered;
    counters.blocked += blocked;
    if (blocked > 0 && limits !== undefined) {
      this.#sink.limitMet(neighbour, family, full(limits, left > 0));
    }
    if (isTaken) this.#checkLimits(neighbour, family);
    else this.#sink.exhausted(neighbour, `more than ${MAXIMUM_PATHS} paths of one prefix`);
  }

  /** Whether the route under the cursor may be stored; a prefix that nobody has is not made for it. */
  #takes(limits: PrefixLimits, source: number, family: Family): boolean {
    const { w0, w1, w2, w3, length, pathId } = this.#cursor;
    const prefix = this.#tables.prefixes[family].find(w0, w1, w2, w3, length);
    return this.#gate.takes(limits, source, family, prefix, pathId);
  }

  /** Looked at behind each UPDATE, so a limit is exceeded by what one UPDATE holds at most. */
  #checkLimits(neighbour: Neighbour, family: Family): void {
    const prefixes = this.#tables.prefixes[family];
    if (!this.isWithinLimit(neighbour, family)) return;
    if (prefixes.isFull) {
      this.#sink.exhausted(neighbour, "no room for more prefixes");
    } else if (this.#rib.tableSize(family).routes > prefixes.maximum * PATHS_PER_PREFIX) {
      this.#sink.exhausted(neighbour, "no room for more paths");
    }
  }

  /**
   * False: the neighbour has more prefixes than any may, and its session ends: half of the table, so
   * that one which runs wild leaves room for the others, above anything that a cluster or the Internet
   * has. What is met of its own limits is told.
   */
  isWithinLimit(neighbour: Neighbour, family: Family): boolean {
    const excess = excessOf(neighbour, family, this.#rib);
    if (excess !== undefined) this.#sink.limitMet(neighbour, family, excess);
    const limit = this.#tables.prefixes[family].maximum >>> 1;
    const { action = "restart", received } = neighbour.config.maxPrefixes ?? {};
    if (excess?.isOver === true && action === "restart") return false;
    // Who has a limit of his own on what is received has room as far as that goes.
    if (received !== undefined && action !== "warn") return true;
    if (this.#rib.currentCount(neighbour.source, family) <= limit) return true;
    this.#sink.runsWild(neighbour, family, limit);
    return false;
  }

  #withdraw(
    neighbour: Neighbour,
    up: Up,
    family: Family,
    nlri: { readonly start: number; readonly end: number },
  ): void {
    const prefixes = this.#tables.prefixes[family];
    const cursor = this.#cursor;
    const { source } = neighbour;
    let all = 0;
    let ignored = 0;
    cursor.reset(this.#reader.bytes, nlri.start, nlri.end, family, up.context.addPath[family]);
    while (cursor.next()) {
      all++;
      const prefix = prefixes.find(cursor.w0, cursor.w1, cursor.w2, cursor.w3, cursor.length);
      if (prefix < 0 || !this.#rib.withdraw(source, family, prefix, cursor.pathId)) ignored++;
    }
    const counters = up.counters[family];
    this.#count += all;
    counters.withdrawals += all;
    counters.ignoredWithdrawals += ignored;
  }

  #endOfRib(neighbour: Neighbour, up: Up, family: Family): void {
    const counters = up.counters[family];
    if (counters.endOfRib) return;
    counters.endOfRib = true;
    this.#sink.endOfRib(neighbour, family);
  }

  #report(neighbour: Neighbour, up: Up, fault: Fault): void {
    if (fault.treatment === "afi-safi-disable" && fault.family !== undefined) {
      this.#disable(neighbour, up, fault.family);
    }
    this.#sink.fault(neighbour, fault);
  }

  /** RFC 7606 §2, RFC 4760 §7: the family is ignored from here on, and its routes are gone. */
  #disable(neighbour: Neighbour, up: Up, family: Family): void {
    const families: [boolean, boolean] = [...up.context.families];
    families[family] = false;
    up.context = { ...up.context, families };
    this.#rib.flushSource(neighbour.source, family);
  }
}

/** With action "block" a limit is never exceeded: it is met when something was kept away. */
function full({ received = 0, accepted = 0 }: PrefixLimits, isLeft: boolean): Excess {
  return isLeft
    ? { what: "received", limit: received, isOver: true }
    : { what: "accepted", limit: accepted, isOver: true };
}

function isFault(fault: Fault | undefined): fault is Fault {
  return fault !== undefined;
}
