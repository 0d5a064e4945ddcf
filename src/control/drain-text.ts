import type { DrainView } from "./drain-views.ts";
import { formatSeconds } from "./time.ts";

/** How far it is, in a sentence without a full stop. */
export function drainSentence(view: DrainView): string {
  return `${view.name ?? "this node"}: ${phaseWords(view)}`;
}

function phaseWords(view: DrainView): string {
  const { phase, remaining, configured, name } = view;
  switch (phase) {
    case "in service":
      return "in service";
    case "announcing":
      return remaining === undefined
        ? "graceful shutdown is being announced, so that others take another way"
        : `graceful shutdown is announced, routes are withdrawn in ${formatSeconds(remaining)} s`;
    case "withdrawing":
      return "routes are being withdrawn";
    case "emptying":
      return name === undefined
        ? `routes are withdrawn, waiting for the traffic to end${trafficWords(view)}`
        : "routes are withdrawn, waiting for the traffic to move";
    case "drained":
      return configured
        ? "drained, nothing is announced (node.drained)"
        : "drained, nothing is announced";
  }
}

function trafficWords({ busiest }: DrainView): string {
  if (busiest === undefined) return "";
  const { rate, interface: name } = busiest;
  if (rate === 0) return " (none now)";
  return ` (${rate < 10 ? rate.toFixed(1) : Math.round(rate)} packets a second go to the pod on ${name})`;
}

/** What a neighbour is told of routes, in a word; undefined: as ever. */
export function announcementWord(
  announcement: "usual" | "leaving" | "nothing",
): string | undefined {
  if (announcement === "usual") return undefined;
  return announcement === "leaving" ? "Graceful shutdown" : "Drained";
}
