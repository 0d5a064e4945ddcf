import type * as z from "zod";
import { readDurationWithin } from "./read.ts";
import { scalar, section, whole } from "./schema-kinds.ts";

// How the node, or one neighbour, is taken out of service (`underlayctl drain`).

/** Times are milliseconds. */
export interface DrainConfig {
  readonly settle: number;
  readonly quiet: number;
  /** Packets a second. */
  readonly packetRate: number;
}

const time = (description: string, minimum: number) =>
  scalar(
    description,
    `a time from ${minimum === 0 ? "0s" : "1s"} to 10m, as 300ms, 90s or 2m`,
    (value) => readDurationWithin(value, minimum, 600_000),
  );

export const DRAIN = section(
  {
    settle: time(
      "From the last UPDATE with GRACEFUL_SHUTDOWN until the routes are withdrawn: how long neighbours, and those behind them, have to find another way. Default: 5s.",
      0,
    ),
    quiet: time(
      "How long there must have been next to no traffic until the node counts as drained. Default: 3s.",
      1000,
    ),
    packetRate: whole(
      "What next to no traffic is: on each of the pods' interfaces less packets a second than this go to the pod. The kubelet's probes are among them. Default: 5.",
      1,
      1_000_000,
    ),
  },
  "Taking this node, or a neighbour, out of service (`underlayctl drain`).",
);

type LooseDrain = z.output<typeof DRAIN>;

export function buildDrain(drain: LooseDrain): DrainConfig {
  return {
    settle: drain?.settle ?? 5000,
    quiet: drain?.quiet ?? 3000,
    packetRate: drain?.packetRate ?? 5,
  };
}
