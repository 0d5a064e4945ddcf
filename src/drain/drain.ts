// The phases as a table: (state, event, now) -> state. Moments and times are milliseconds of the
// caller's clock.

import { type Busiest, type Count, type LinkCount, busiestBetween } from "./traffic.ts";

export interface DrainSettings {
  /** From the last UPDATE with GRACEFUL_SHUTDOWN until the routes are withdrawn. */
  readonly settle: number;
  /** When the traffic counts as gone; undefined: it is not counted, and gets as long as `settle`. */
  readonly traffic: { readonly packetRate: number; readonly quiet: number } | undefined;
}

/** `since`: when the phase began. */
export type DrainState =
  | { readonly phase: "in service"; readonly since: number }
  | {
      readonly phase: "announcing";
      readonly since: number;
      /** When every neighbour had been told. */
      readonly toldAt: number | undefined;
    }
  | { readonly phase: "withdrawing"; readonly since: number }
  | {
      readonly phase: "emptying";
      readonly since: number;
      /** When to count next. */
      readonly countAt: number;
      readonly last: Count | undefined;
      /** Between the last two counts; undefined: not known yet. */
      readonly busiest: Busiest | undefined;
      /** Next to nothing has come since then. */
      readonly quietSince: number | undefined;
    }
  | { readonly phase: "drained"; readonly since: number };

export type Phase = DrainState["phase"];

export type DrainEvent =
  | { readonly kind: "begin" }
  /** Out of service from the beginning: nobody has heard of any route yet. */
  | { readonly kind: "begin withheld" }
  | { readonly kind: "end" }
  /** Whether all neighbours have been told all there is, and have taken it. */
  | { readonly kind: "told"; readonly all: boolean }
  /** What has gone out to pods; undefined: the kernel did not say. */
  | { readonly kind: "counted"; readonly links: readonly LinkCount[] | undefined };

/** What neighbours are told of routes: as ever, with GRACEFUL_SHUTDOWN, or none. */
export type Announcement = "usual" | "leaving" | "nothing";

/** How long a neighbour that takes nothing may hold up a phase. */
const PATIENCE = 30_000;
/** Between two looks at whether all have been told. */
const LOOK_EVERY = 50;
/** Between two counts. */
const COUNT_EVERY = 1000;

export function inService(now: number): DrainState {
  return { phase: "in service", since: now };
}

/** Total: what means nothing in a state leaves it as it is. */
export function step(
  state: DrainState,
  event: DrainEvent,
  now: number,
  settings: DrainSettings,
): DrainState {
  return elapse(heard(state, event, now, settings), now, settings);
}

function heard(
  state: DrainState,
  event: DrainEvent,
  now: number,
  settings: DrainSettings,
): DrainState {
  switch (event.kind) {
    case "begin":
      return state.phase === "in service"
        ? { phase: "announcing", since: now, toldAt: undefined }
        : state;
    case "begin withheld":
      return state.phase === "in service" ? { phase: "drained", since: now } : state;
    case "end":
      return state.phase === "in service" ? state : inService(now);
    case "told":
      if (!event.all) return state;
      if (state.phase === "announcing") return { ...state, toldAt: state.toldAt ?? now };
      return state.phase === "withdrawing" ? emptying(now) : state;
    case "counted":
      return state.phase === "emptying" ? counted(state, event.links, now, settings) : state;
  }
}

/** What the time alone changes. */
function elapse(state: DrainState, now: number, settings: DrainSettings): DrainState {
  const { settle, traffic } = settings;
  switch (state.phase) {
    case "announcing":
      return now >= endOfAnnouncing(state, settle) ? { phase: "withdrawing", since: now } : state;
    case "withdrawing":
      return now >= state.since + PATIENCE ? emptying(now) : state;
    case "emptying": {
      if (traffic === undefined) {
        return now >= state.since + settle ? { phase: "drained", since: now } : state;
      }
      const { last, quietSince } = state;
      const isQuiet = quietSince !== undefined && last !== undefined;
      return isQuiet && last.at - quietSince >= traffic.quiet
        ? { phase: "drained", since: now }
        : state;
    }
    case "in service":
    case "drained":
      return state;
  }
}

type StateOf<Name extends Phase> = Extract<DrainState, { phase: Name }>;

function endOfAnnouncing({ since, toldAt }: StateOf<"announcing">, settle: number): number {
  return (toldAt ?? since + PATIENCE) + settle;
}

function emptying(since: number, countAt = since): StateOf<"emptying"> {
  return {
    phase: "emptying",
    since,
    countAt,
    last: undefined,
    busiest: undefined,
    quietSince: undefined,
  };
}

function counted(
  state: StateOf<"emptying">,
  links: readonly LinkCount[] | undefined,
  now: number,
  { traffic }: DrainSettings,
): StateOf<"emptying"> {
  // Between a count that failed and the next one anything may have come.
  const countAt = now + COUNT_EVERY;
  if (links === undefined) return emptying(state.since, countAt);
  const last = { at: now, links };
  if (state.last === undefined) return { ...state, countAt, last };
  const busiest = busiestBetween(state.last, last);
  if (busiest === undefined) return { ...state, countAt };
  const isQuiet = traffic !== undefined && busiest.rate < traffic.packetRate;
  const quietSince = isQuiet ? (state.quietSince ?? state.last.at) : undefined;
  return { ...state, countAt, last, busiest, quietSince };
}

/** What has to be found out, by a "told" or a "counted" event, before the state can go on. */
export function questionOf(
  state: DrainState,
  { traffic }: DrainSettings,
): "told" | "counted" | undefined {
  if (state.phase === "announcing" || state.phase === "withdrawing") return "told";
  return state.phase === "emptying" && traffic !== undefined ? "counted" : undefined;
}

/** When to look again; Infinity: nothing will happen by itself. `now`: of the last look. */
export function nextLook(state: DrainState, now: number, settings: DrainSettings): number {
  switch (state.phase) {
    case "announcing": {
      const end = endOfAnnouncing(state, settings.settle);
      return state.toldAt === undefined ? Math.min(now + LOOK_EVERY, end) : end;
    }
    case "withdrawing":
      return now + LOOK_EVERY;
    case "emptying":
      return settings.traffic === undefined
        ? state.since + settings.settle
        : Math.max(now, state.countAt);
    case "in service":
    case "drained":
      return Infinity;
  }
}

export function announcementOf({ phase }: DrainState): Announcement {
  if (phase === "in service") return "usual";
  return phase === "announcing" ? "leaving" : "nothing";
}
