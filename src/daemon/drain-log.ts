import type { Logger } from "pino";
import type { DrainState } from "../drain/index.ts";

/** One line for each phase that begins. `name`: of a neighbour or a range; undefined: the node. */
export function logPhase(
  logger: Pick<Logger, "info" | "warn">,
  name: string | undefined,
  before: DrainState,
  { phase }: DrainState,
): void {
  const who = name !== undefined && { peer: name };
  const whose = name === undefined ? "" : `${name}: `;
  switch (phase) {
    case "announcing": {
      const text = "being taken out of service: routes carry GRACEFUL_SHUTDOWN (RFC 8326)";
      logger.info({ event: "drain-begun", ...who }, `${whose}${text}`);
      break;
    }
    case "withdrawing": {
      const isLate = before.phase === "announcing" && before.toldAt === undefined;
      const late = "not all have taken the announcement of a graceful shutdown; ";
      const text = `${whose}${isLate ? late : ""}routes are withdrawn`;
      if (isLate) logger.warn({ event: "drain-withdrawing", ...who }, text);
      else logger.info({ event: "drain-withdrawing", ...who }, text);
      break;
    }
    case "emptying":
      logger.info(
        { event: "drain-withdrawn", ...who },
        `${whose}no route is announced any more; waiting for the traffic to end`,
      );
      break;
    case "drained":
      logger.info({ event: "drained", ...who }, `${whose}drained: nothing is announced`);
      break;
    case "in service":
      logger.info({ event: "undrained", ...who }, `${whose}in service: all routes are announced`);
      break;
  }
}
