import type { Address, Family, Prefix } from "../route/index.ts";
import { type FibOptions, type Parts, assemble } from "./assembly.ts";
import { findUplink, sysctlNeeds } from "./environment.ts";
import type {
  FibEvent,
  FibSummary,
  ForeignRouteView,
  InterfaceView,
  NextHopView,
  PathListView,
  PodView,
  PrefixTrial,
  RouteView,
  SysctlView,
} from "./events.ts";
import type { DumpKind, KernelFact } from "./facts.ts";
import { type FibForecast, forecast } from "./forecast.ts";
import type { NextHop } from "./forwarding.ts";
import type { BatchResult, FibBatch } from "./operations.ts";
import { FIXED_SETTINGS, type FibSettings } from "./settings.ts";
import * as views from "./views.ts";

/**
 * What the kernel should hold. Facts and wishes go in; batches and events come out; see index.ts.
 * After any call that puts something in, the caller takes batches until there is none, and events.
 */
export class Fib {
  #settings: FibSettings;
  readonly #events: FibEvent[] = [];
  readonly #parts: Parts;
  /** The first dumps have been digested. */
  #started = false;
  /** Tracked next hops that the speaker has not been told of. */
  readonly #untold = new Set<NextHop>();
  #removed = false;

  constructor(options: FibOptions) {
    this.#settings = options.settings;
    this.#parts = assemble(options, this.#events);
    this.#parts.foreign.follow(this.#settings.tables ?? []);
    this.#parts.blocks.apply(this.#settings.discards);
  }

  /**
   * Takes new settings over. Answers the names of those that differ and need a restart
   * (FIXED_SETTINGS); they stay as they were (what the kernel can do may still change before the first
   * dump). `multipath` counts for routes as they are set again: the speaker does that.
   */
  configure(settings: FibSettings): string[] {
    if (this.#parts.reader.isUntouched) {
      // Nothing has been asked of the kernel yet: it may turn out not to have nexthop objects.
      const { nexthopObjects, resilientGroups } = settings;
      this.#settings = { ...this.#settings, nexthopObjects, resilientGroups };
      this.#parts.objectFacts.use(settings);
    }
    const old = this.#settings;
    const fixed = FIXED_SETTINGS.filter((name) => settings[name] !== old[name]);
    this.#parts.routes.reclaimPlaces();
    const { install, table, metric, protocol, nexthopObjects, resilientGroups } = old;
    const fixedOnes = { install, table, metric, protocol, nexthopObjects, resilientGroups };
    this.#settings = { ...settings, ...fixedOnes };
    if (this.#parts.foreign.follow(settings.tables ?? [])) {
      // What is in the way there is not known yet.
      this.#parts.reader.miss("routes");
      this.#events.push({ kind: "dump-wanted", what: "routes" });
    }
    this.#parts.resolver.configure(settings.onlink);
    this.#parts.reader.onlink = settings.onlink;
    this.#parts.hops.touchAll();
    this.#parts.pods.configure(settings.pods);
    if (!this.#removed) this.#parts.blocks.apply(this.#settings.discards);
    this.#parts.sysctls.readAgain();
    this.#parts.reader.environmentChanged = true;
    return [...fixed];
  }

  fact(fact: KernelFact, now: number): void {
    this.#parts.reader.fact(fact, now);
  }

  dumpBegin(what: DumpKind): void {
    this.#parts.reader.dumpBegin(what);
  }

  /** What the dump has not mentioned is gone. */
  dumpEnd(what: DumpKind, now: number): void {
    this.#parts.reader.dumpEnd(what, now);
  }

  /** Facts were lost: nothing is asked of the kernel before every kind has been dumped again. */
  overrun(): void {
    this.#parts.reader.overrun();
  }

  /**
   * Routes of our protocol from a dump, or written by somebody else: `count` times ROUTE_WORDS words; kind
   * does not matter.
   */
  ownRoutes(packed: Uint32Array, count: number, now: number): void {
    this.#parts.routes.rescan();
    this.#parts.routeFacts.adopt(packed, count, now);
  }

  /** The speaker wants to know about a next hop: "next-hop" events from now on. */
  trackNextHop(id: number): void {
    const hop = this.#parts.hops.ensure(id);
    if (hop.tracked) return;
    hop.tracked = true;
    this.#parts.hops.setAbandoned(hop, false);
    this.#untold.add(hop);
  }

  untrackNextHop(id: number): void {
    const hop = this.#parts.hops.get(id);
    if (hop === undefined) return;
    hop.tracked = false;
    hop.told = "";
    this.#untold.delete(hop);
    this.#parts.hops.releaseUnused(hop);
  }

  /**
   * What the kernel shall do with a prefix: `best` next hops (ids of the next-hop table, equally
   * good, the preferred first), and the one to use when none of them lives (0: none). `best` empty:
   * no route; DISCARD alone: packets end here. `table`, `metric`: where in the kernel, 0: as all others.
   * The prefix stays held until the kernel has let go of it.
   */
  setRoute(
    family: Family,
    prefixId: number,
    best: readonly number[],
    backup: number,
    table = 0,
    metric = 0,
  ): void {
    const { install, multipath } = this.#settings;
    if (!install || this.#removed) return;
    const { routes } = this.#parts;
    const place = routes.placeFor(table, metric);
    routes.set(family, prefixId, best, Math.max(1, multipath), backup, place);
  }

  /**
   * Whether a router can be reached, whatever the kernel's routes say: a BFD session knows (RFC 5882
   * §4.1). `index`: the interface of a link-local address. What leads by way of it is dead at once.
   */
  setLost(router: Address, index: number, lost: boolean): void {
    this.#parts.hops.setLost(router, index, lost);
  }

  /**
   * The speaker's routes by way of a next hop go, all of them: it is dead at once, in one operation a
   * path list. `lost` false: they do not go after all.
   */
  setAbandoned(id: number, lost: boolean): void {
    const hop = this.#parts.hops.get(id);
    if (hop === undefined) return;
    this.#parts.hops.setAbandoned(hop, lost);
    if (!lost) this.#untold.add(hop); // What became of it meanwhile, the speaker was not told.
  }

  /** From now on adopted routes, and objects, that nobody has asked for are removed. */
  startSweep(): void {
    this.#parts.routes.startSweep();
    this.#parts.objects.startSweep();
  }

  expire(now: number): void {
    this.#parts.routes.expire(now);
    this.#parts.objects.expire(now);
    for (const hop of this.#parts.hops.expire(now)) this.#parts.objects.probe(hop);
  }

  /** When to call `expire` and `takeBatch` again without any other reason. */
  nextDeadline(): number {
    const { routes, batches } = this.#parts;
    const { queue, strays, look } = routes;
    const isWaiting = queue.size > 0 || strays.length > 0 || look.isActive;
    const resume = isWaiting ? batches.pausedUntil : 0;
    return Math.min(
      this.#parts.routes.failures.nextDeadline(),
      this.#parts.objects.nextDeadline(),
      this.#parts.hops.nextDeadline(),
      this.#parts.routeFacts.nextDeadline(),
      this.#parts.objectFacts.nextDeadline(),
      this.#parts.proxies.nextDeadline(),
      this.#parts.sysctls.nextDeadline(),
      resume > 0 ? resume : Infinity,
    );
  }

  /** The next thing to do: at most `limit` routes, what they need before, what can go after. */
  takeBatch(limit: number, now: number): FibBatch | undefined {
    const { submissions } = this.#parts;
    if (submissions.isFull || !this.#settle(now)) return undefined;
    return submissions.take(limit, now);
  }

  /** takeBatch() had nothing, but has not looked at all that there is: to be asked again. */
  get isLooking(): boolean {
    const { submissions, routes, reader, batches } = this.#parts;
    const mayGoOn = reader.isComplete && !submissions.isFull && batches.pausedUntil === 0;
    return mayGoOn && (routes.queue.size > 0 || routes.look.isActive);
  }

  result(result: BatchResult, now: number): void {
    this.#parts.submissions.result(result, now);
  }

  takeEvents(now: number): FibEvent[] {
    this.#settle(now);
    this.#parts.routeFacts.watch(now);
    this.#parts.objectFacts.watch(now);
    this.#parts.proxies.watch(now);
    const untold = this.#parts.answers.newRound();
    if (untold > 0) this.#events.push({ kind: "routes-failed", count: untold });
    return this.#events.splice(0);
  }

  /** Takes everything of ours out of the kernel (sysctls stay); nothing is put in afterwards. */
  removeAll(): void {
    this.#removed = true;
    this.#parts.routes.removeAll();
    this.#parts.objects.startSweep();
    this.#parts.proxies.removeAll();
  }

  /** The kernel has been read, and its settings are as they have to be before packets come. */
  get isPrepared(): boolean {
    return this.#started && this.#parts.sysctls.isSettled;
  }

  /** Nothing is to be done now, no answer is out; and after removeAll nothing is left over. */
  get idle(): boolean {
    const { submissions, routes, reader, objects, proxies } = this.#parts;
    const hasLooked = routes.queue.size === 0 && !routes.look.isActive;
    const isQuiet = submissions.isEmpty && hasLooked && reader.isComplete && !objects.hasWork;
    if (!isQuiet || !this.#removed) return isQuiet;
    const hasRoutes = routes.failures.size > 0 || routes.strays.length > 0;
    return !hasRoutes && objects.inKernel === 0 && proxies.inKernel === 0;
  }

  /**
   * How many routes, nexthop objects and proxy entries of ours are in the kernel, as far as we know.
   * Looks at every route.
   */
  inKernel(): number {
    const { routes, objects, proxies } = this.#parts;
    return routes.inKernel() + objects.inKernel + proxies.inKernel;
  }

  interfaces(): Iterable<InterfaceView> {
    return this.#parts.links.all();
  }

  pods(): Iterable<PodView> {
    return views.podViews(this.#parts.pods, this.#parts.proxies);
  }

  nextHop(id: number): NextHopView | undefined {
    const hop = this.#parts.hops.get(id);
    return hop === undefined ? undefined : views.nextHopView(hop, this.#parts.links);
  }

  pathLists(): Iterable<PathListView> {
    return views.pathListViews(this.#parts.paths);
  }

  sysctls(): Iterable<SysctlView> {
    return this.#parts.sysctls.view();
  }

  route(family: Family, prefixId: number): RouteView {
    return views.routeView(family, prefixId, this.#parts.routes, this.#settings.install);
  }

  /** The first of the next hops that setRoute was given last; 0: it has no route. */
  leadsTo(family: Family, prefixId: number): number {
    return views.firstHop(family, prefixId, this.#parts.routes);
  }

  /** What there is of a prefix beside what the speaker wants. */
  trial(prefix: Prefix, prefixId: number): PrefixTrial {
    const { pods, blocks, foreign, links, routes, proxies } = this.#parts;
    const { mode, silent } = this.#settings;
    const pod = pods.trial(prefix);
    const place = views.wantedPlace(prefix.family, prefixId, routes);
    const others = foreign.of(prefix);
    return {
      foreign: others.map((route) => views.foreignView(route, links)),
      attached: others.some(
        ({ hops }) => hops.length > 0 && hops.every(({ gateway }) => gateway === undefined),
      ),
      pod: typeof pod === "string" ? undefined : pod.interfaceName,
      podReason: typeof pod === "string" ? pod : "",
      withheld: blocks.withheld(prefix),
      answering:
        typeof pod === "string" || mode !== "l2" || silent === true
          ? undefined
          : proxies.trial(pod),
      table: routes.places.tableOf(place),
      metric: routes.places.metricOf(place),
    };
  }

  /** The route of somebody else's that packets to the address are under, ours left out. */
  lookup(address: Address): ForeignRouteView | undefined {
    const { foreign, links } = this.#parts;
    const route = foreign.lookup(address).find((each) => foreign.leads(each));
    return route && views.foreignView(route, links);
  }

  /** What other settings would lead to; nothing is done. Not for what FIXED_SETTINGS names. */
  forecast(settings: FibSettings): FibForecast {
    return forecast(this.#parts, settings);
  }

  /** By its name or its index. */
  interface(which: string | number): InterfaceView | undefined {
    const { links } = this.#parts;
    return typeof which === "string" ? links.named(which) : links.get(which);
  }

  /** There are routes of an earlier run that nobody has spoken for or against. Cheap to ask often. */
  hasStale(): boolean {
    return this.#parts.routes.columns.some(({ hasAdopted }) => hasAdopted);
  }

  /** The counts of {@link counting}, in one go: with a million routes, some ten milliseconds. */
  summary(): FibSummary {
    const steps = this.counting();
    for (;;) {
      const step = steps.next();
      if (step.done === true) return step.value;
    }
  }

  /** Counts the routes, with pauses for other work; what happens meanwhile is in it or not. */
  counting(): Generator<undefined, FibSummary, undefined> {
    const { routes, batches, hops, pods } = this.#parts;
    return views.summary(routes, batches, hops, pods);
  }

  /** Memory held by the columns of the routes, in bytes. */
  get bytes(): number {
    return this.#parts.routes.columns[0].bytes + this.#parts.routes.columns[1].bytes;
  }

  /** Digests what the facts have touched; false while the picture is not complete. */
  #settle(now: number): boolean {
    if (!this.#parts.reader.isComplete) return false;
    if (!this.#started) this.#parts.hops.touchAll();
    for (const hop of this.#parts.hops.settle()) {
      this.#parts.objects.hopChanged(hop);
      this.#untold.add(hop);
      this.#parts.reader.environmentChanged = true;
    }
    for (const hop of this.#untold) {
      const event = this.#parts.hops.stateEvent(hop);
      if (event !== undefined) this.#events.push(event);
    }
    this.#untold.clear();
    this.#parts.routes.rescan();
    this.#parts.routes.look.work();
    const { hosts, subnets } = this.#parts.pods.settle(this.#started);
    // A look at all pods for each that comes: only where somebody answers for single addresses.
    if (subnets || (hosts && this.#settings.mode === "l2")) {
      this.#parts.reader.environmentChanged = true;
    }
    if (this.#parts.hops.takeNewLinks()) this.#parts.reader.environmentChanged = true;
    if (!this.#removed) this.#parts.blocks.settle();
    if (this.#parts.reader.environmentChanged && !this.#removed) this.#refreshEnvironment(now);
    this.#started = true;
    return true;
  }

  #refreshEnvironment(now: number): void {
    this.#parts.reader.environmentChanged = false;
    const settings = this.#settings;
    const uplink =
      settings.mode === "l2" && settings.silent !== true
        ? findUplink(settings, this.#parts.links, this.#parts.foreign)
        : undefined;
    this.#parts.proxies.update(this.#parts.pods.all(), uplink, now);
    this.#parts.sysctls.update(
      sysctlNeeds(
        settings,
        this.#parts.links,
        this.#parts.foreign,
        this.#parts.hops,
        this.#parts.pods,
      ),
    );
  }
}
