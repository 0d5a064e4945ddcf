import type { Logger } from "pino";
import type { KernelInfo } from "../kernel/index.ts";

/** Says what is done without on this kernel, and what that costs; nothing where it has all that is used. */
export function logShortcomings(
  { nexthopObjects, resilientGroups }: KernelInfo,
  logger: Pick<Logger, "info" | "warn">,
): void {
  if (!nexthopObjects) {
    logger.warn(
      { event: "no-nexthop-objects" },
      "this kernel has no nexthop objects: plain routes are used, failover is slower",
    );
  } else if (!resilientGroups) {
    logger.info(
      { event: "no-resilient-groups" },
      "this kernel is older than 5.16: backups do not stand by in it, so that where a link goes that was the only way, routes move to the backup one by one",
    );
  }
}
