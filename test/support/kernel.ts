import type { Host } from "./net.ts";
import type { Running } from "./process.ts";
import { until } from "./wait.ts";

/** What a host's kernel holds, read by iproute2, and what it says when that changes. */

interface IpRoute {
  readonly dst: string;
  readonly protocol?: string;
  readonly type?: string;
  readonly metric?: number;
  readonly nhid?: number;
  readonly gateway?: string;
  readonly via?: { host: string };
  readonly dev?: string;
  readonly nexthops?: readonly IpRoute[];
}

export interface IpNexthop {
  readonly id: number;
  readonly protocol?: string;
  readonly gateway?: string;
  readonly dev?: string;
  readonly blackhole?: null;
  readonly type?: string;
  readonly group?: readonly { id: number; weight?: number }[];
}

/** The number that underlayd marks its routes and nexthop objects with. */
export const OURS = "186";

/**
 * Our routes: what each prefix leads to now, in one word ("10.0.4.7", "10.0.1.1 10.0.2.1", "blackhole").
 * Nexthop objects are followed.
 */
export async function ourRoutes(host: Host): Promise<Map<string, string>> {
  const objects = new Map((await nexthops(host)).map((object) => [object.id, object]));
  const gateways = (id: number): string[] => {
    const object = objects.get(id);
    if (object === undefined) return [`object ${id}?`];
    if (object.group !== undefined) return carriers(object).flatMap(gateways);
    return [object.gateway ?? "blackhole"];
  };
  const routes = new Map<string, string>();
  for (const family of ["-4", "-6"]) {
    for (const route of await host.ipJson<IpRoute>(family, "route", "show", "proto", OURS)) {
      const hops = route.nexthops ?? [route];
      const words =
        route.nhid !== undefined
          ? gateways(route.nhid)
          : hops.map((hop) => hop.gateway ?? hop.via?.host ?? "blackhole");
      routes.set(route.dst, words.sort().join(" "));
    }
  }
  return routes;
}

/** Members that packets go by: of a resilient group those of the greatest weight, others stand by. */
export function carriers({ type, group = [] }: Pick<IpNexthop, "type" | "group">): number[] {
  const weightOf = ({ weight = 1 }: { weight?: number }): number => weight;
  const most = Math.max(...group.map(weightOf));
  const carrying = type === "resilient" ? group.filter((each) => weightOf(each) === most) : group;
  return carrying.map(({ id }) => id);
}

/** What one prefix of ours leads to, as in {@link ourRoutes}; undefined: there is none. */
export async function ourRoute(host: Host, prefix: string): Promise<string | undefined> {
  const family = prefix.includes(":") ? "-6" : "-4";
  const [route] = await host.ipJson<IpRoute>(family, "route", "show", prefix, "proto", OURS);
  return route === undefined ? undefined : (await ourRoutes(host)).get(route.dst);
}

export async function nexthops(host: Host): Promise<IpNexthop[]> {
  return host.ipJson<IpNexthop>("nexthop", "show");
}

/** Nexthop objects of ours that no route of ours leads over, not even as a member of a group. */
export async function unusedNexthops(host: Host): Promise<number[]> {
  const objects = (await nexthops(host)).filter(({ protocol }) => protocol === OURS);
  const byId = new Map(objects.map((object) => [object.id, object]));
  const used = new Set<number>();
  const use = (id: number): void => {
    used.add(id);
    for (const member of byId.get(id)?.group ?? []) use(member.id);
  };
  for (const family of ["-4", "-6"]) {
    for (const { nhid } of await host.ipJson<IpRoute>(family, "route", "show", "proto", OURS)) {
      if (nhid !== undefined) use(nhid);
    }
  }
  return objects.map(({ id }) => id).filter((id) => !used.has(id));
}

/** Everything that is not ours, as text: to be the same before and after. */
export async function foreign(host: Host): Promise<string[]> {
  const routes = [
    ...(await host.ipJson<IpRoute>("-4", "route", "show", "table", "all")),
    ...(await host.ipJson<IpRoute>("-6", "route", "show", "table", "all")),
  ];
  return [...routes, ...(await nexthops(host))]
    .filter(({ protocol }) => protocol !== OURS)
    .map((entry) => JSON.stringify(entry))
    .sort();
}

/** What is only in one of two lists, marked - and +; at most ten of each. */
export function difference(before: readonly string[], after: readonly string[]): string[] {
  const [one, two] = [new Set(before), new Set(after)];
  const lost = before.filter((line) => !two.has(line)).slice(0, 10);
  const found = after.filter((line) => !one.has(line)).slice(0, 10);
  return [...lost.map((line) => `- ${line}`), ...found.map((line) => `+ ${line}`)];
}

/**
 * What iproute2 says when a namespace comes or goes while it looks at the names of all of them, as it does
 * first of all: somebody else's test makes one.
 */
const NOT_OURS = "Error: Peer netns reference is invalid.";

/** `ip monitor` on a host: the changes of routes, and of nexthop objects unless said, in order. */
export class Monitor {
  readonly #host: Host;
  readonly #program: Running;
  #marks = 0;

  private constructor(host: Host, program: Running) {
    this.#host = host;
    this.#program = program;
  }

  /** `objects`: what to follow, as `ip monitor` names it. */
  static async start(host: Host, ...objects: string[]): Promise<Monitor> {
    const followed = objects.length === 0 ? ["nexthop"] : objects;
    const words = ["-ts", "monitor", ...new Set(["route", ...followed])];
    const program = host.start(["ip", "-rcvbuf", "67108864", ...words]);
    const monitor = new Monitor(host, program);
    await monitor.#mark();
    return monitor;
  }

  /** Every change since the start, oldest first, with our marks left out. */
  async changes(): Promise<{ at: number; text: string }[]> {
    await this.#mark();
    return this.#program.lines
      .filter((line) => line !== "" && line !== NOT_OURS && !line.includes(" 198.18.255."))
      .map((line) => {
        const [, stamp, text] = /^\[([^\]]+)\] (.*)$/.exec(line) ?? [];
        return { at: Date.parse(`${stamp}Z`), text: text?.trim() ?? line };
      });
  }

  end(): Promise<number> {
    return this.#program.end();
  }

  /** A route of nobody's, seen to come and go: all that happened before has been said. */
  async #mark(): Promise<void> {
    const mark = `198.18.255.${++this.#marks}`;
    const route = ["blackhole", mark, "proto", "99"];
    await until("ip monitor listens", async () => {
      // A route that is there already is no news: it comes and goes each time.
      await this.#host.ip("route", "add", ...route);
      await this.#host.ip("route", "del", ...route);
      return this.#program.lines.some((l) => l.includes("Deleted") && l.includes(mark));
    });
  }
}
