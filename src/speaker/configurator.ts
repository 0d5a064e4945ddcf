// Takes configurations over: finds who is new, gone, changed, and what each change costs.

import { CEASE } from "bgp-ts";
import { formatAddress, hostPrefix, IPV6, Prefix, prefixesEqual } from "../route/index.ts";
import type { Address } from "../route/index.ts";
import type { ConfigureResult, NeighbourConfig, SpeakerConfig } from "./config.ts";
import { compareNeighbours, costOf, sameRemote } from "./difference.ts";
import type { ListenKey } from "./effects.ts";
import { Farewell } from "./farewell.ts";
import { Neighbour, NOWHERE } from "./neighbour.ts";
import { dynamicTail, Range } from "./range.ts";
import type { Roster } from "./roster.ts";
import type { Routes } from "./routes.ts";
import { Pace, RestartFacts, Session } from "./session/index.ts";
import type { CeaseRequest, SessionSettings } from "./session/index.ts";
import type { Sessions } from "./sessions.ts";
import { sessionSettings } from "./settings.ts";

/** Before the first configure(): nobody. */
const EMPTY: SpeakerConfig = { asn: 0, routerId: 0, neighbours: [] };

/** RFC 4291 §2.4. Where an unnumbered neighbour may connect from, before anybody knows. */
const ANY_LINK_LOCAL = new Prefix(IPV6, 0xfe800000, 0, 0, 0, 10);

const GONE: CeaseRequest = { subcode: CEASE.PEER_DE_CONFIGURED };
const CHANGED: CeaseRequest = { subcode: CEASE.OTHER_CONFIGURATION_CHANGE };
const DISABLED: CeaseRequest = { subcode: CEASE.ADMINISTRATIVE_SHUTDOWN };

export class Configurator {
  readonly #roster: Roster;
  readonly #sessions: Sessions;
  readonly #routes: Routes;
  readonly #random: () => number;
  readonly #pace = new Pace();
  readonly #farewell = new Farewell();
  /** What all sessions say of this node's own restart. */
  readonly facts = new RestartFacts();
  config = EMPTY;

  constructor(roster: Roster, sessions: Sessions, routes: Routes, random: () => number) {
    this.#roster = roster;
    this.#sessions = sessions;
    this.#routes = routes;
    this.#random = random;
  }

  apply(config: SpeakerConfig, now: number): ConfigureResult {
    const result: ConfigureResult = { added: [], removed: [], kept: [], changed: [], reset: [] };
    const old = this.config;
    this.config = config;
    this.#routes.configure(config, !samePrefixes(old.blocks ?? [], config.blocks ?? []), now);
    const absent = this.#removeAbsent(config, now, result);
    this.#applyRanges(config, now, result, absent);
    this.#applyNeighbours(config, now, result);
    this.#takeLeave(absent, result.added, now);
    for (const neighbour of this.#roster.neighbours()) {
      if (this.#farewell.has(neighbour)) continue;
      this.#routes.refreshPolicies(neighbour, config);
      this.#checkLimits(neighbour, now, result);
    }
    this.#routes.prunePolicies();
    return result;
  }

  newSession(config: NeighbourConfig, isFound = true): Session {
    const settings = sessionSettings(this.config, config, isFound);
    return new Session(settings, this.#random, this.#pace, this.facts);
  }

  settingsOf({ config, isFound }: Neighbour): SessionSettings {
    return sessionSettings(this.config, config, isFound);
  }

  remove(neighbour: Neighbour, now: number, cease: CeaseRequest): void {
    this.#farewell.forget(neighbour);
    this.#sessions.remove(neighbour, now, cease);
    this.#routes.remove(neighbour);
    this.#roster.remove(neighbour);
  }

  /** Whether a neighbour is no longer configured, and stays for now as it is (farewell.ts). */
  isLeaving(neighbour: Neighbour): boolean {
    return this.#farewell.has(neighbour);
  }

  /** When sayFarewell() has something to do. */
  nextDeadline(): number {
    return this.#farewell.nextDeadline();
  }

  /** Takes away who may go by now, and says who it was. */
  sayFarewell(now: number): Neighbour[] {
    const due = this.#farewell.due(now, (name) => this.#hasTold(name));
    for (const neighbour of due) this.remove(neighbour, now, GONE);
    return due;
  }

  /** The most specific first, as the kernel looks for them. */
  listenKeys(): ListenKey[] {
    const keys: ListenKey[] = [];
    for (const { address, range, key, interface: name } of this.config.neighbours) {
      if (key === undefined) continue;
      const peers = address === undefined ? (range ?? ANY_LINK_LOCAL) : hostPrefix(address);
      keys.push({ peers, interface: name, key });
    }
    return keys.sort((a, b) => b.peers.length - a.peers.length);
  }

  /**
   * Who is not configured any more, or under the same name at another address. The result: those who
   * may stay for now, since nobody has their name or address.
   */
  #removeAbsent(config: SpeakerConfig, now: number, result: ConfigureResult): Neighbour[] {
    const byName = new Map(config.neighbours.map((each) => [each.name, each]));
    const absent: Neighbour[] = [];
    for (const neighbour of [...this.#roster.neighbours()]) {
      if (neighbour.range !== undefined) continue;
      const next = byName.get(neighbour.name);
      if (next !== undefined && sameRemote(neighbour.config, next)) {
        this.#farewell.forget(neighbour);
        continue;
      }
      if (!this.#farewell.has(neighbour)) result.removed.push(neighbour.name);
      const isTaken =
        next !== undefined || config.neighbours.some((each) => sameRemote(neighbour.config, each));
      if (isTaken) this.remove(neighbour, now, GONE);
      else absent.push(neighbour);
    }
    return absent;
  }

  /** Who is to go stays for a while where others have come, whose routes are to be there first. */
  #takeLeave(absent: readonly Neighbour[], added: readonly string[], now: number): void {
    const isAwaited = added.some((name) => this.#roster.named(name)?.enabled === true);
    const leaving = absent.filter((neighbour) => isAwaited && neighbour.up !== undefined);
    for (const neighbour of absent) {
      const stays = leaving.includes(neighbour) || this.#farewell.has(neighbour);
      if (!stays) this.remove(neighbour, now, GONE);
    }
    if (leaving.length > 0) this.#farewell.begin(leaving, added, now);
  }

  /** Whether a neighbour has sent all and been sent all. One that is gone or disabled never will. */
  #hasTold(name: string): boolean {
    const neighbour = this.#roster.named(name);
    if (neighbour?.enabled !== true) return true;
    const { up, source } = neighbour;
    if (up === undefined) return false;
    const told = this.#routes.rib.member(source)?.endOfRib;
    const isHeard = up.counters.every(({ endOfRib }, i) => endOfRib || !up.context.families[i]);
    return isHeard && told?.every(Boolean) === true;
  }

  #applyRanges(
    config: SpeakerConfig,
    now: number,
    result: ConfigureResult,
    absent: Neighbour[],
  ): void {
    const old = new Map([...this.#roster.ranges].map((range) => [range.config.name, range]));
    const ranges: Range[] = [];
    for (const next of config.neighbours) {
      if (next.range === undefined) continue;
      const known = old.get(next.name);
      if (known !== undefined && prefixesEqual(known.prefix, next.range)) {
        old.delete(next.name);
        ranges.push(known);
        this.#applyRange(known, next, now, result);
      } else {
        ranges.push(new Range(next, next.range, now));
        result.added.push(next.name);
      }
    }
    result.removed.push(...old.keys());
    this.#roster.setRanges(ranges);
    this.#applyDynamic(config, now, result, absent);
  }

  #applyRange(range: Range, next: NeighbourConfig, now: number, result: ConfigureResult): void {
    const { session, live } = compareNeighbours(range.config, next);
    if (range.config.enabled !== next.enabled) {
      range.switch(next.enabled ?? true, now);
    }
    range.config = next;
    const what = [...session, ...live].join(", ");
    if (what === "") result.kept.push(next.name);
    else result.changed.push({ name: next.name, what });
  }

  /**
   * Dynamic neighbours follow their range, unless they have become somebody else's. Those whose range
   * is gone are added to `absent`.
   */
  #applyDynamic(
    config: SpeakerConfig,
    now: number,
    result: ConfigureResult,
    absent: Neighbour[],
  ): void {
    const addresses = new Set<string>();
    const names = new Set<string>();
    for (const { name, address } of config.neighbours) {
      names.add(name);
      if (address !== undefined) addresses.add(formatAddress(address));
    }
    for (const neighbour of [...this.#roster.neighbours()]) {
      const { range, address } = neighbour;
      if (range === undefined) continue;
      const next = this.#roster.rangeOf(address);
      const isTaken = addresses.has(formatAddress(address)) || names.has(neighbour.name);
      if (next === undefined && !isTaken) absent.push(neighbour);
      else if (next !== range || isTaken || dynamicName(range.config, address) !== neighbour.name)
        this.remove(neighbour, now, GONE);
      else if (!range.enabled) this.remove(neighbour, now, DISABLED);
      else this.#change(neighbour, dynamicConfig(range.config, address), now, result);
    }
  }

  #applyNeighbours(config: SpeakerConfig, now: number, result: ConfigureResult): void {
    for (const next of config.neighbours) {
      if (next.range !== undefined) continue;
      const known = this.#roster.named(next.name);
      if (known !== undefined) {
        this.#change(known, next, now, result);
      } else {
        this.#add(next, next.address ?? NOWHERE, now);
        result.added.push(next.name);
      }
    }
  }

  #add(config: NeighbourConfig, address: Address, now: number): void {
    const session = this.newSession(config, config.address !== undefined);
    const neighbour = new Neighbour(config, address, undefined, session, now);
    this.#roster.add(neighbour);
    this.#sessions.add(neighbour, now);
  }

  #change(neighbour: Neighbour, next: NeighbourConfig, now: number, result: ConfigureResult): void {
    const { name, session } = neighbour;
    const old = neighbour.config;
    neighbour.config = next;
    const settings = this.settingsOf(neighbour);
    const { why, isSocket, resets, live } = costOf(session, old, next, settings);
    session.configure(settings, now);
    // The session does not know of the socket; what changes there needs a new connection too.
    if (isSocket && session.enabled) session.restart(now, CHANGED);
    this.#sessions.drive(neighbour, now);
    if (old.enabled !== next.enabled) this.#setEnabled(neighbour, next.enabled ?? true, now);
    if (why !== undefined && resets) result.reset.push({ name, why });
    else if (why !== undefined) result.changed.push({ name, what: why });
    else if (live !== "") result.changed.push({ name, what: live });
    else result.kept.push(name);
  }

  /** A limit that was lowered counts from now on, not from the next announcement on. */
  #checkLimits(neighbour: Neighbour, now: number, result: ConfigureResult): void {
    if (this.#routes.isWithinLimits(neighbour)) return;
    this.#sessions.drive(neighbour, now);
    const { name } = neighbour;
    const at = result.changed.findIndex((each) => each.name === name);
    if (at >= 0) result.changed.splice(at, 1);
    result.reset.push({ name, why: "prefix limit exceeded" });
  }

  #setEnabled(neighbour: Neighbour, enabled: boolean, now: number): void {
    neighbour.switch(enabled, now);
    if (enabled) this.#sessions.start(neighbour, now);
    else this.#sessions.stop(neighbour, now, DISABLED);
  }
}

/** A dynamic neighbour's settings: its template's, but for what makes it one neighbour. */
export function dynamicConfig(template: NeighbourConfig, address: Address): NeighbourConfig {
  const name = dynamicName(template, address);
  return { ...template, name, address, range: undefined, passive: true };
}

function dynamicName(template: NeighbourConfig, address: Address): string {
  return template.name + dynamicTail(template, address);
}

export function samePrefixes(a: readonly Prefix[], b: readonly Prefix[]): boolean {
  return a.length === b.length && a.every((prefix, i) => prefixesEqual(prefix, b[i]));
}
