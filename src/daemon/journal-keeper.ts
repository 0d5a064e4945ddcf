import type { Fib, FibEvent } from "../fib/index.ts";
import {
  DISCARD,
  type Family,
  type PrefixTable,
  formatAddress,
  formatPrefix,
} from "../route/index.ts";
import type { EventEffect } from "../speaker/index.ts";
import { type Happening, type HappeningKind, Journal } from "../web/index.ts";
import { wallTime } from "./clock.ts";
import { logFibEvent } from "./fib-log.ts";
import type { Flow } from "./flow.ts";
import type { ConfigurationChange } from "./reconfiguration.ts";
import type { Warnings } from "./warnings.ts";

export interface JournalRooms {
  readonly prefixes: readonly [PrefixTable, PrefixTable];
  readonly fib: Pick<Fib, "leadsTo" | "nextHop">;
  readonly flow: Pick<Flow, "watchRoutes">;
  readonly warnings: Pick<Warnings, "watch">;
  readonly clock: () => number;
}

/** Milliseconds for which the name of a next hop's id holds: ids are used again. */
const NAMED_FOR = 100;

/** What happened within the last hour, for the page: kept, and noticed, only where there is one. */
export class JournalKeeper {
  readonly #rooms: JournalRooms;
  readonly #names = new Map<number, string>();
  #namedAt = 0;
  #journal: Journal | undefined;

  constructor(rooms: JournalRooms) {
    this.#rooms = rooms;
  }

  /** Begins, or forgets what there is. */
  keep(isWanted: boolean): void {
    if (isWanted === (this.#journal !== undefined)) return;
    const { flow, warnings } = this.#rooms;
    this.#journal = isWanted ? new Journal() : undefined;
    this.#names.clear();
    flow.watchRoutes(isWanted ? this.#route : undefined);
    warnings.watch(isWanted ? this.#warning : undefined);
  }

  /** Moments are milliseconds since the epoch. */
  *happenings(): Iterable<Happening> {
    if (this.#journal === undefined) return;
    for (const line of this.#journal.since(this.#rooms.clock())) {
      const [at, until] = [line.at, line.until].map((moment) => Math.round(wallTime(moment)));
      yield { ...line, at, until };
    }
  }

  /** What the speaker says of a session, and what it warns of. */
  speaker({ name, level, neighbour = "", text }: EventEffect): void {
    if (name === "session-up" || name === "session-down") this.#note(name, neighbour, text);
    else if (level === "warn" || level === "error") this.#note("warning", neighbour, text);
  }

  fib(event: FibEvent): void {
    switch (event.kind) {
      case "pod-found":
      case "pod-gone":
        this.#note(event.kind, "", "", () => `${formatPrefix(event.prefix)} on ${event.interface}`);
        return;
      case "own-route": {
        const kind = event.announce ? "announced" : "withdrawn";
        this.#note(kind, event.origin, "", () => formatPrefix(event.prefix));
        return;
      }
      default:
        // In the words of the log.
        logFibEvent(this.#wordsOnly, event);
    }
  }

  configuration({ outcome, file, lines }: ConfigurationChange): void {
    if (outcome === "refused") {
      this.#note("warning", file, `configuration refused: ${lines.join("; ")}`);
      return;
    }
    const kind = outcome === "applied" ? "configured" : "undone";
    if (lines.length === 0) this.#note(kind, "", file);
    for (const line of lines) this.#note(kind, "", file, () => line);
  }

  readonly #wordsOnly = {
    debug: () => undefined,
    info: () => undefined,
    warn: (_: object, text: string) => this.#note("warning", "", text),
  };

  readonly #warning = (text: string, isOver: boolean): void =>
    this.#note(isOver ? "over" : "warning", "", text);

  /** Before the Fib is told: it still knows where the prefix led. */
  readonly #route = (family: Family, prefix: number, best: readonly number[]): void => {
    const before = this.#rooms.fib.leadsTo(family, prefix);
    const after = best.length === 0 ? 0 : best[0];
    if (before === after) return;
    const network = (): string => formatPrefix(this.#rooms.prefixes[family].prefix(prefix));
    if (after === 0) this.#note("vanished", this.#hop(before), "", network);
    else if (before === 0) this.#note("appeared", this.#hop(after), "", network);
    else this.#note("moved", this.#hop(after), this.#hop(before), network);
  };

  /** The address of a next hop; "": packets end there. */
  #hop(id: number): string {
    if (id === DISCARD) return "";
    const now = this.#rooms.clock();
    if (now - this.#namedAt > NAMED_FOR) {
      this.#names.clear();
      this.#namedAt = now;
    }
    let name = this.#names.get(id);
    if (name === undefined) {
      const hop = this.#rooms.fib.nextHop(id);
      name = hop === undefined ? "?" : formatAddress(hop.address);
      this.#names.set(id, name);
    }
    return name;
  }

  #note(kind: HappeningKind, subject: string, detail: string, thing?: () => string): void {
    this.#journal?.note(this.#rooms.clock(), { kind, subject, detail }, thing);
  }
}
