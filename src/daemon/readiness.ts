import type { Fib } from "../fib/index.ts";
import { GATHERING, type NeighbourView, type Survey } from "../speaker/index.ts";
import type { Life } from "./life.ts";

export interface ReadinessRooms {
  readonly survey: Pick<Survey, "neighbours" | "ranges">;
  readonly fib: Pick<Fib, "idle">;
  /** All that neighbours have said so far has reached the Fib. */
  readonly caughtUp: () => boolean;
  readonly life: Pick<Life, "phase" | "runningSince">;
  /** Why the node is out of service; undefined: it is not. */
  readonly drained: () => string | undefined;
  /** Milliseconds: how long whoever has not said all that it has to is waited for (restart.staleTime). */
  readonly patience: () => number;
}

/** Names in a sentence, at most. */
const NAMES = 5;

/**
 * Whether the node can be relied on: its neighbours' routes have come and are in the kernel. Who
 * counts, is who is there: a neighbour that is absent is waited for by nobody beyond the first seconds
 * (as with the first advertisements after a restart), but one session at least there must be where
 * neighbours are configured by address.
 *
 * Once it is ready it stays so, but while it is drained: an upstream that fails later is an alarm's business (metrics), and no
 * reason to take the pod that announces this node's routes out of service.
 */
export class Readiness {
  readonly #rooms: ReadinessRooms;
  #isReady = false;

  constructor(rooms: ReadinessRooms) {
    this.#rooms = rooms;
  }

  /** What it is not ready for yet, a sentence each; empty: it is ready. */
  missing(now: number): readonly string[] {
    const { phase, runningSince } = this.#rooms.life;
    if (phase !== "running") return [`underlayd is ${phase}`];
    const drained = this.#rooms.drained();
    if (drained !== undefined) return [drained];
    if (this.#isReady) return [];
    const missing = this.#missing(now, now - runningSince);
    this.#isReady = missing.length === 0;
    return missing;
  }

  #missing(now: number, running: number): string[] {
    const { survey, fib, caughtUp, patience } = this.#rooms;
    const all = [...survey.neighbours(now)].filter(({ enabled }) => enabled);
    const absent = all.filter(({ state }) => state !== "Established");
    const configured = all.filter(({ template }) => template === undefined);
    if (configured.length > 0 && absent.length === all.length) {
      return [`no session is Established: ${namesOf(configured)}`];
    }
    if (running >= patience()) return [];
    const isRanged = [...survey.ranges()].some(({ enabled }) => enabled);
    if (running < GATHERING && (isRanged || absent.length > 0)) {
      return ["neighbours are given some seconds to come up"];
    }
    const silent = all.filter((each) => each.state === "Established" && !each.hasSaidAll);
    if (silent.length > 0) return [`no End-of-RIB yet: ${namesOf(silent)}`];
    return caughtUp() && fib.idle ? [] : ["routes are on their way into the kernel"];
  }
}

function namesOf(neighbours: readonly NeighbourView[]): string {
  const names = neighbours.slice(0, NAMES).map(({ name }) => name);
  const more = neighbours.length - names.length;
  return names.join(", ") + (more > 0 ? ` and ${more} more` : "");
}
