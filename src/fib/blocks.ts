/**
 * This node's blocks. A block is announced while something in the kernel keeps packets for its unused
 * addresses from going back by the default route, in a circle: our blackhole, or somebody else's
 * route of that kind in its place. Without one the block is withheld, and that is said.
 */
import { type Prefix, formatPrefix } from "../route/index.ts";
import type { FibEvent } from "./events.ts";
import { USUAL } from "./places.ts";
import type { Pods } from "./pods.ts";
import type { Routes } from "./routes.ts";
import { routeView } from "./views.ts";

/** RTN_BLACKHOLE, RTN_UNREACHABLE, RTN_PROHIBIT: the packet ends here. */
const ENDINGS: readonly number[] = [6, 7, 8];

export class Blocks {
  readonly #pods: Pods;
  readonly #routes: Routes;
  readonly #install: boolean;
  readonly #events: FibEvent[];
  /** Those that have a blackhole of ours, or shall have one, by text. */
  readonly #wanted = new Map<string, Prefix>();
  /** Why a block is withheld, as it has been told. */
  readonly #told = new Map<string, string>();

  constructor(pods: Pods, routes: Routes, install: boolean, events: FibEvent[]) {
    this.#pods = pods;
    this.#routes = routes;
    this.#install = install;
    this.#events = events;
  }

  /** Blackholes for the blocks that are advertised, for `discards`, and no others. */
  apply(discards: readonly Prefix[] = []): void {
    const wanted = new Map(this.#pods.blocks().map((block) => [formatPrefix(block), block]));
    for (const text of this.#told.keys()) if (!wanted.has(text)) this.#told.delete(text);
    if (!this.#install) return;
    for (const discard of discards) wanted.set(formatPrefix(discard), discard);
    for (const [text, block] of this.#wanted) {
      if (wanted.has(text)) continue;
      this.#wanted.delete(text);
      const id = this.#routes.prefixes[block.family].findPrefix(block);
      if (id >= 0) this.#routes.setBlock(block.family, id, false);
    }
    for (const [text, block] of wanted) {
      this.#wanted.set(text, block);
      const id = this.#routes.prefixes[block.family].internPrefix(block);
      this.#routes.setBlock(block.family, id, true);
    }
  }

  /** Which blackholes would come and go, if these were those that are wanted. */
  difference(prefixes: readonly Prefix[]): { added: Prefix[]; removed: Prefix[] } {
    const wanted = new Map(prefixes.map((prefix) => [formatPrefix(prefix), prefix]));
    const added = [...wanted].filter(([text]) => !this.#wanted.has(text));
    const removed = [...this.#wanted].filter(([text]) => !wanted.has(text));
    return { added: added.map(([, each]) => each), removed: removed.map(([, each]) => each) };
  }

  /** Why a block is not announced; "": it is, or is none that would be. */
  withheld(block: Prefix): string {
    return this.#told.get(formatPrefix(block)) ?? "";
  }

  /** Announces and withholds them, as the kernel has it now. */
  settle(): void {
    for (const block of this.#pods.blocks()) {
      const why = this.isEnded(block) ? "" : this.#missing(block);
      // Under way: what was true before is true until the kernel has answered.
      if (why === undefined) continue;
      this.#pods.setReady(block, why === "");
      this.#tell(block, why);
    }
  }

  /** Why our blackhole is not there; "": it is, undefined: that is being found out. */
  #missing(block: Prefix): string | undefined {
    if (!this.#install) return "kernel.install is off and no blackhole of somebody else's is there";
    const id = this.#routes.prefixes[block.family].findPrefix(block);
    const view = routeView(block.family, id, this.#routes, true);
    if (view.status === "installed") return "";
    if (view.status !== "failed") return undefined;
    return view.owner === "" ? view.reason : `${view.reason}, of protocol ${view.owner}`;
  }

  /** Whether somebody else's route of that kind is there. */
  isEnded({ family, w0, w1, w2, w3, length }: Prefix): boolean {
    const { foreign, places } = this.#routes;
    return foreign
      .exact(family, foreign.find(family, w0, w1, w2, w3, length), places.tableOf(USUAL))
      .some((route) => ENDINGS.includes(route.type));
  }

  #tell(block: Prefix, reason: string): void {
    const text = formatPrefix(block);
    if ((this.#told.get(text) ?? "") === reason) return;
    this.#told.set(text, reason);
    if (reason !== "") this.#events.push({ kind: "block-withheld", prefix: text, reason });
  }
}
