import type { FibEvent } from "../fib/index.ts";
import { formatPrefix } from "../route/index.ts";

/** Of each line: its fields, and its words. */
type EventLogger = Readonly<
  Record<"debug" | "info" | "warn", (fields: object, text: string) => void>
>;

/** What the Fib says, as lines of the log. Next hops are told by the route that needs them. */
export function logFibEvent(logger: EventLogger, event: FibEvent): void {
  switch (event.kind) {
    case "next-hop":
      logger.debug(
        { event: "next-hop", id: event.id, reachable: event.state.reachable, reason: event.reason },
        `next hop ${event.id}: ${event.state.reachable ? "reachable" : event.reason}`,
      );
      return;
    case "pod-found": {
      const prefix = formatPrefix(event.prefix);
      const { interface: on, arrived } = event;
      logger.info(
        { event: "pod-found", prefix, interface: on, arrived },
        `pod ${prefix} on ${on}${arrived ? "" : ", known from before"}`,
      );
      return;
    }
    case "pod-gone": {
      const prefix = formatPrefix(event.prefix);
      logger.info(
        { event: "pod-gone", prefix, interface: event.interface },
        `pod ${prefix} is gone from ${event.interface}`,
      );
      return;
    }
    case "own-route": {
      const prefix = formatPrefix(event.prefix);
      const { origin, announce } = event;
      logger.info(
        { event: announce ? "announce" : "withdraw", prefix, origin },
        `${announce ? "announcing" : "withdrawing"} ${prefix} (${origin})`,
      );
      return;
    }
    case "route-failed": {
      const { prefix, errno, message, owner } = event;
      const inTheWay = owner === undefined ? "" : `; a route of "${owner}" is in the way`;
      logger.warn(
        { event: "route-failed", prefix, errno, error: message, ...(owner && { owner }) },
        `the kernel refused ${prefix}: ${message}${inTheWay}; it is tried again`,
      );
      return;
    }
    case "routes-failed":
      logger.warn(
        { event: "routes-failed", count: event.count },
        `the kernel refused ${event.count} routes more; "show route" says which and why`,
      );
      return;
    case "routes-removed":
      logger.warn(
        { event: "routes-removed", count: event.count, prefix: event.prefix },
        `somebody removed ${event.count} of our routes, ${event.prefix} among them; ` +
          "they are put back",
      );
      return;
    case "nexthops-removed": {
      const { count, id, routes } = event;
      logger.warn(
        { event: "nexthops-removed", count, id, routes },
        `somebody removed ${count} of our nexthop objects, ${id} among them, and with them ` +
          `${routes} routes; they are put back where their next hop can be reached`,
      );
      return;
    }
    case "proxies-removed":
      logger.warn(
        { event: "proxies-removed", count: event.count, address: event.address },
        `${event.count} of our proxy neighbour entries were missing in the kernel, ` +
          `${event.address} among them; they are put back`,
      );
      return;
    case "block-withheld":
      logger.warn(
        { event: "block-withheld", prefix: event.prefix, reason: event.reason },
        `block ${event.prefix} is not announced, it has no blackhole: ${event.reason}`,
      );
      return;
    case "bridge-unseen":
      logger.warn(
        { event: "bridge-unseen", interface: event.interface },
        `mode l2: nobody answers ARP or NDP for the pods behind the bridge ${event.interface}: ` +
          "the kernel has no route for each of them; wire them by the ptp plugin",
      );
      return;
    case "dump-wanted":
      return;
    case "operation-failed": {
      const { operation, subject, errno, message } = event;
      logger.warn(
        { event: "operation-failed", operation, subject, errno, error: message },
        `the kernel refused ${operation} ${subject}: ${message}; it is tried again`,
      );
      return;
    }
    case "sysctl-set":
      logger.info(
        { event: "sysctl-set", path: event.path, from: event.from, to: event.to },
        `set ${event.path} from ${event.from} to ${event.to}`,
      );
      return;
    case "sysctl-wrong": {
      const { path, value, wanted, reason } = event;
      logger.warn(
        { event: "sysctl-wrong", path, value, wanted, reason },
        `${path} is ${value} and must be ${wanted}: ${reason}`,
      );
      return;
    }
  }
}
