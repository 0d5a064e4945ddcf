import type { Logger } from "pino";
import { GATHERING, type Speaker } from "../speaker/index.ts";
import { Recovery, type RecoveryOptions } from "./recovery.ts";

/** Milliseconds between two looks. */
const INTERVAL = 200;

export interface RecoveryRooms extends Omit<RecoveryOptions, "gatheredAt" | "isRestart" | "until"> {
  readonly speaker: Pick<Speaker, "recovered">;
  readonly clock: () => number;
  readonly wake: () => void;
  readonly logger: Pick<Logger, "info">;
}

/** Looks now and then whether the start is over, and says so. */
export class RecoveryWatch {
  readonly #rooms: RecoveryRooms;
  #recovery: Recovery | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(rooms: RecoveryRooms) {
    this.#rooms = rooms;
  }

  /** `staleTime`: milliseconds that it takes at most. `isRestart`: an earlier run has left routes. */
  start(staleTime: number, isRestart: boolean): void {
    const now = this.#rooms.clock();
    const [gatheredAt, until] = [now + GATHERING, now + staleTime];
    this.#recovery = new Recovery({ ...this.#rooms, gatheredAt, until, isRestart });
    this.#timer = setInterval(() => this.#look(), INTERVAL);
  }

  /** undefined: it is over, has not begun, or there is nothing to recover. */
  view(): ReturnType<Recovery["view"]> {
    return this.#recovery?.view(this.#rooms.clock());
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    const { clock, logger, speaker, wake } = this.#rooms;
    const ended = this.#recovery?.check(clock());
    if (ended === undefined) return;
    this.stop();
    speaker.recovered();
    wake();
    logger.info(
      { event: "recovered", by: ended },
      ended === "complete"
        ? "all neighbours have sent their routes: what nobody wants any more is removed"
        : "the stale time is over: routes of the last run that nobody wants are removed",
    );
  }
}
