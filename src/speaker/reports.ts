// What goes into the log about neighbours: events with stable names.

import type { Fault } from "bgp-ts";
import { formatAddress } from "../route/index.ts";
import type { Family } from "../route/index.ts";
import type { EventEffect, EventLevel } from "./effects.ts";
import type { Neighbour } from "./neighbour.ts";
import type { Outbox } from "./outbox.ts";
import type { Excess } from "./prefix-limits.ts";
import type { Rib } from "./rib/index.ts";
import { describeDownCause } from "./session/index.ts";
import type { DownCause, Negotiated } from "./session/index.ts";
import type { Link } from "./session-sink.ts";

const FAMILIES: readonly Family[] = [0, 1];

export class Reports {
  readonly #outbox: Outbox;

  constructor(outbox: Outbox) {
    this.#outbox = outbox;
  }

  sessionUp(neighbour: Neighbour, link: Link, negotiated: Negotiated): void {
    const { peerAsn, holdTime } = negotiated;
    const { local } = link.endpoints;
    const families = FAMILIES.filter((family) => negotiated.families[family]);
    const names = families.map(familyName).join(" ");
    const fields = { asn: peerAsn, holdTime, families: names, local: formatAddress(local) };
    this.#event(neighbour, "info", "session-up", `up: AS ${peerAsn}, ${names}`, fields);
  }

  /** Routes of a family that there is no own address for cannot be announced; each time it is said once. */
  nextHops(neighbour: Neighbour, rib: Pick<Rib, "member">): void {
    const { up } = neighbour;
    if (up === undefined) return;
    const lacks = rib.member(neighbour.source)?.lacksNextHop ?? [false, false];
    for (const family of FAMILIES) {
      const isLacking = lacks[family];
      const isNew = isLacking && !up.saidToLack[family];
      up.saidToLack[family] = isLacking;
      if (!isNew) continue;
      const name = familyName(family);
      const text = `no own ${name} address to announce routes with: they are not announced`;
      this.#event(neighbour, "warn", "next-hop-missing", text, { family: name });
    }
  }

  sessionDown(neighbour: Neighbour, cause: DownCause): void {
    const { kind, code, subcode } = cause;
    const fields = { cause: kind, code, subcode };
    this.#event(neighbour, "warn", "session-down", `down: ${describeDownCause(cause)}`, fields);
  }

  routesKept(neighbour: Neighbour, stale: number): void {
    const text = `it may be restarting: ${stale} routes are kept`;
    this.#event(neighbour, "info", "routes-kept", text, { stale });
  }

  routesDemoted(neighbour: Neighbour, family: Family, stale: number): void {
    const name = familyName(family);
    const text = `not back in its time: ${stale} ${name} routes are the last choice now`;
    this.#event(neighbour, "warn", "routes-long-lived-stale", text, { family: name, stale });
  }

  /** `isRefresh`: of a refresh that does not end (RFC 7313 §4.2). */
  routesExpired(neighbour: Neighbour, family: Family, stale: number, isRefresh: boolean): void {
    const name = familyName(family);
    const why = isRefresh ? "its refresh does not end" : "its time to restart is over";
    const text = `${why}: ${stale} stale ${name} routes are removed`;
    this.#event(neighbour, "warn", "stale-routes-removed", text, { family: name, stale });
  }

  notRefreshed(neighbour: Neighbour, family: Family, stale: number): void {
    const name = familyName(family);
    const text = `its refresh was without ${stale} ${name} routes: they are removed`;
    this.#event(neighbour, "warn", "stale-routes-removed", text, { family: name, stale });
  }

  refreshAsked(neighbour: Neighbour, family: Family): void {
    const name = familyName(family);
    const text = `asked to announce its ${name} routes again`;
    this.#event(neighbour, "info", "refresh-requested", text, { family: name });
  }

  endOfRibReceived(neighbour: Neighbour, family: Family): void {
    const name = familyName(family);
    const text = `all its ${name} routes have come (End-of-RIB)`;
    this.#event(neighbour, "info", "end-of-rib-received", text, { family: name });
  }

  endOfRibSent(neighbour: Neighbour): void {
    this.#event(neighbour, "info", "end-of-rib-sent", "all that it is to have is announced to it");
  }

  /** RFC 7606 §8 wants malformed UPDATEs logged; once a kind and minute is enough. */
  malformed(neighbour: Neighbour, fault: Fault, now: number): void {
    const { treatment, code, subcode, offset, reason } = fault;
    const suppressed = neighbour.limiter.pass(`${treatment} ${code} ${subcode}`, now);
    if (suppressed < 0) return;
    const fields = { treatment, code, subcode, offset, suppressed };
    this.#event(neighbour, "warn", "malformed-update", `${reason}: ${treatment}`, fields);
  }

  /** Once a kind and minute. */
  limitMet(neighbour: Neighbour, family: Family, excess: Excess, now: number): void {
    const { what, limit, isOver } = excess;
    const name = familyName(family);
    const suppressed = neighbour.limiter.pass(`limit ${name} ${what} ${isOver}`, now);
    if (suppressed < 0) return;
    const blocked = neighbour.up?.counters[family].blocked ?? 0;
    const fields = { family: name, what, limit, blocked, suppressed };
    const text = `${isOver ? "more than" : "nearly"} ${limit} ${name} prefixes ${what}`;
    this.#event(neighbour, "warn", isOver ? "limit-exceeded" : "limit-near", text, fields);
  }

  added(neighbour: Neighbour, range: string): void {
    this.#event(neighbour, "info", "neighbour-added", `from range ${range}`);
  }

  removed(neighbour: Neighbour, why: string): void {
    this.#event(neighbour, "info", "neighbour-removed", why);
  }

  #event(
    neighbour: Neighbour,
    level: EventLevel,
    name: string,
    text: string,
    fields?: EventEffect["fields"],
  ): void {
    this.#outbox.event(level, name, text, { neighbour: neighbour.name, fields });
  }
}

export function familyName(family: Family): string {
  return family === 0 ? "ipv4" : "ipv6";
}
