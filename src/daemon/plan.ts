import type { Config } from "../config/index.ts";
import type {
  BusyPlan,
  PlanQuestion,
  PlanView,
  PlannedKernel,
  RefusedPlan,
} from "../control/index.ts";
import type { Fib, FibForecast } from "../fib/index.ts";
import type { KernelInfo } from "../kernel/index.ts";
import {
  Address,
  IPV4,
  IPV6,
  formatPrefix,
  isLinkLocal,
  networkOf,
  prefixContainsAddress,
} from "../route/index.ts";
import type { Endpoints, NeighbourConfig, Survey } from "../speaker/index.ts";
import type { DrainKeeper } from "./drain-keeper.ts";
import type { HostView } from "./host.ts";
import type { PreparedReload, RefusedReload } from "./reload.ts";
import { fibSettings } from "./settings.ts";

export interface PlanRooms {
  readonly survey: Pick<Survey, "plan">;
  readonly fib: Pick<Fib, "forecast" | "interfaces">;
  readonly host: Pick<HostView, "byName" | "localAddresses" | "uplink">;
  readonly clock: () => number;
  readonly drains: Pick<DrainKeeper, "foresee" | "isSilent">;
  readonly running: { readonly config: Config; readonly kernel: KernelInfo };
  /** As for a reload; nothing is applied. */
  readonly prepare: (file: string) => PreparedReload | RefusedReload;
}

/** `plan`: what a file would do. The control room walks through it, a step at a time. */
export function planFile(
  rooms: PlanRooms,
  file: string,
  most: PlanQuestion["most"],
  onClosed: () => void,
): PlanView | RefusedPlan {
  const prepared = rooms.prepare(file);
  if (prepared.kind === "refused") return { kind: "refused", file, problems: prepared.problems };
  const { survey, fib, drains, clock } = rooms;
  const { notes } = prepared;
  const { config, speaker: next } = prepared.whole;
  const { config: old, kernel } = rooms.running;
  const announcement = drains.foresee(config.node.drained);
  const before = fib.forecast(fibSettings(old, kernel, drains.isSilent));
  const after = fib.forecast(fibSettings(config, kernel, announcement === "nothing"));
  const request = {
    multipath: config.kernel.multipath,
    announcement,
    own: after.own,
    nextHop: after.nextHop,
    endpoints: (neighbour: NeighbourConfig) => endpointsOf(neighbour, rooms),
    pool: config.pods.pool,
    most,
  };
  const plan = survey.plan(next, request, clock());
  const beside = kernelBeside(before, after);
  return {
    kind: "plan",
    file,
    notes,
    total: plan.total,
    peers: plan.peers,
    get kernel(): PlannedKernel {
      return { routes: plan.kernel, install: config.kernel.install, ...beside };
    },
    get done() {
      return plan.done;
    },
    get changes() {
      return plan.changes;
    },
    get disturbed() {
      return plan.disturbed;
    },
    walk: () => plan.walk(),
    close: () => {
      onClosed();
      inTurns(plan.close());
    },
  };
}

/** Plans under way: each has tables of its own, and a client that stops reading keeps them a while. */
const PLANS = 4;

/** Counts them. */
export class Plans {
  #open = 0;

  /** `make`: to be told when the plan is closed. */
  begin(make: (onClosed: () => void) => PlanView | RefusedPlan): PlanView | RefusedPlan | BusyPlan {
    if (this.#open >= PLANS) {
      const text = `${PLANS} plans are under way already: wait until one of them is done`;
      return { kind: "busy", text };
    }
    const found = make(() => this.#open--);
    if (found.kind === "plan") this.#open++;
    return found;
  }
}

/** A step in a turn of the event loop; the client waits for none of it, and may be gone. */
function inTurns(steps: Iterator<undefined>): void {
  if (steps.next().done !== true) setImmediate(inTurns, steps);
}

/** What changes in the kernel beside the routes of neighbours. */
function kernelBeside(
  before: FibForecast,
  after: FibForecast,
): Pick<PlannedKernel, "blackholes" | "settings"> {
  const { added, removed } = after.blackholes;
  const known = new Set(before.sysctls.map(({ path }) => path));
  const settings = after.sysctls
    .filter(({ path }) => !known.has(path))
    .map(({ path, value, wanted }) =>
      wanted === undefined
        ? `sysctl ${path}: is read, and set where it is wrong`
        : `sysctl ${path}: ${value} becomes ${wanted}`,
    );
  const [was, is] = [before.proxyInterface, after.proxyInterface];
  if (was !== is) {
    const where = (name: string) => (name === "" ? "nowhere" : `on ${name}`);
    settings.push(`ARP and NDP are answered for pods ${where(is)}, not ${where(was)}`);
  }
  const texts = { added: added.map(formatPrefix), removed: removed.map(formatPrefix) };
  return { blackholes: texts, settings };
}

/**
 * The ends of a connection to a neighbour that there is none to yet: from the address that it is to be
 * reached from, which is the configured one, that of its subnet, or that of the way out.
 */
function endpointsOf(
  { address, source, interface: name }: NeighbourConfig,
  rooms: PlanRooms,
): Endpoints {
  const { host } = rooms;
  const remote = address ?? NOBODY;
  const local = source ?? localFor(remote, name, rooms) ?? NOBODY;
  const own = host.localAddresses(local, isLinkLocal(local) ? name : undefined);
  return {
    local,
    remote,
    localPort: 0,
    remotePort: 0,
    interface: own?.interface ?? 0,
    interfaceName: own?.interfaceName,
    nextHopSelf: [own?.ipv4, own?.ipv6],
    linkLocal: own?.linkLocal,
  };
}

const NOBODY = new Address(IPV6, 0xfe800000, 0, 0, 0);

function localFor(
  remote: Address,
  name: string | undefined,
  { fib, host }: PlanRooms,
): Address | undefined {
  const onLink = name === undefined ? undefined : host.byName(name);
  const links = onLink === undefined ? [...fib.interfaces()] : [onLink];
  const all = links.flatMap(({ addresses }) => [...addresses]);
  const inSubnet = all.find(({ address, length }) =>
    prefixContainsAddress(networkOf(address, length), remote),
  );
  const way = host.uplink()?.addresses ?? [];
  const onWay = way.find(
    ({ address }) => address.family === remote.family && !isLinkLocal(address),
  );
  return (inSubnet ?? onWay ?? all.find(({ address }) => address.family === IPV4))?.address;
}
