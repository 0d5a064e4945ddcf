/**
 * Scenarios in a network namespace: a test file runs itself again under unshare(1), so that each
 * scenario has a namespace of its own that is gone with the process.
 */
import { execFile, execFileSync } from "node:child_process";
import { test } from "node:test";
import { promisify } from "node:util";
import { ROUTE_WORDS, packRoute } from "../fib/index.ts";
import type { BatchResult, DumpKind, FibBatch, FibOperation, KernelFact } from "../fib/index.ts";
import { KernelClient } from "./client.ts";
import type { KernelHandlers } from "./client.ts";
import type { KernelSettings } from "./messages.ts";

const PATIENCE = 60_000; // milliseconds
const NOT_ROOT = process.getuid?.() !== 0 ? "needs root, for a network namespace" : false;

/** To be called once, with the test file's `import.meta.filename`. */
export async function scenarios(
  file: string,
  list: Readonly<Record<string, () => Promise<void>>>,
): Promise<void> {
  if (process.argv[2] === "--scenario") return list[process.argv[3]]();
  const environment = { ...process.env };
  delete environment["NODE_TEST_CONTEXT"];
  for (const name of Object.keys(list)) {
    test(name, { skip: NOT_ROOT, timeout: 300_000 }, async () => {
      const again = ["--net", process.execPath, file, "--scenario", name];
      await promisify(execFile)("unshare", again, { env: environment });
    });
  }
}

export function sh(command: string): string {
  return execFileSync("sh", ["-ec", command], { encoding: "utf8" });
}

/**
 * Two ends of a wire, u0 with 10.0.0.1/24 and fd00::1/64 and u1; @returns u0's index. Both have their
 * link-local addresses: nothing happens any more of itself.
 */
export function wire(): number {
  sh(`ip link set lo up
      sysctl -qw net.ipv6.conf.default.accept_dad=0
      ip link add u0 address 02:00:00:00:00:01 type veth peer name u1
      ip link set u0 up && ip link set u1 up
      ip address add 10.0.0.1/24 dev u0 && ip address add fd00::1/64 dev u0 nodad
      for link in u0 u1; do
        until ip -6 address show dev $link scope link | grep fe80 | grep -qv tentative; do
          sleep 0.01
        done
      done`);
  return indexOf("u0");
}

export function indexOf(name: string): number {
  const [link] = JSON.parse(sh(`ip -json link show dev ${name}`)) as { ifindex: number }[];
  return link.ifindex;
}

/** A KernelClient that remembers what it is told. */
export class Kernel implements KernelHandlers {
  readonly facts: KernelFact[] = [];
  readonly own: {
    nexthopId: number;
    w0: number;
    length: number;
    type: number;
    metric: number;
    table: number;
  }[] = [];
  readonly results = new Map<number, BatchResult>();
  /** "begin links", "end links", "overrun", in order. */
  readonly marks: string[] = [];
  readonly problems: string[] = [];
  readonly errors: Error[] = [];
  readonly client: KernelClient;
  #batches = 0;

  constructor(settings: Partial<KernelSettings> = {}) {
    const all: KernelSettings = {
      table: 254,
      tables: [],
      protocol: 186,
      nexthopObjects: "auto",
      ...settings,
    };
    this.client = new KernelClient(all, this);
  }

  static async start(settings: Partial<KernelSettings> = {}): Promise<Kernel> {
    const kernel = new Kernel(settings);
    await kernel.client.start();
    return kernel;
  }

  onFacts(facts: readonly KernelFact[]): void {
    this.facts.push(...facts);
  }
  onOwnRoutes(packed: Uint32Array, count: number): void {
    for (let at = 0; at < count * ROUTE_WORDS; at += ROUTE_WORDS) {
      const word = packed[at];
      const [length, type] = [(word >>> 16) & 0xff, word >>> 24];
      this.own.push({
        nexthopId: packed[at + 1],
        w0: packed[at + 2],
        length,
        type,
        metric: packed[at + 6],
        table: packed[at + 7],
      });
    }
  }
  onResult(result: BatchResult): void {
    this.results.set(result.id, result);
  }
  onDumpBegin(what: DumpKind): void {
    this.marks.push(`begin ${what}`);
  }
  onDumpEnd(what: DumpKind): void {
    this.marks.push(`end ${what}`);
  }
  onOverrun(): void {
    this.marks.push("overrun");
  }
  onProblem(message: string): void {
    this.problems.push(message);
  }
  onError(error: Error): void {
    this.errors.push(error);
  }

  async apply(batch: Partial<Omit<FibBatch, "id">>): Promise<BatchResult> {
    const id = ++this.#batches;
    this.client.submit({
      before: [],
      routes: new Uint32Array(new SharedArrayBuffer(0)),
      count: 0,
      after: [],
      id,
      ...batch,
    });
    return this.until(`the result of batch ${id}`, () => this.results.get(id));
  }

  async dump(): Promise<void> {
    this.marks.length = 0;
    this.client.dump();
    await this.until("the end of the dump", () => this.marks.includes("end proxies"));
  }

  /** The first fact that fits, from now or before. */
  async fact<Kind extends KernelFact["kind"]>(
    kind: Kind,
    fits: (fact: Extract<KernelFact, { kind: Kind }>) => boolean = () => true,
  ): Promise<Extract<KernelFact, { kind: Kind }>> {
    const isKind = (fact: KernelFact): fact is Extract<KernelFact, { kind: Kind }> =>
      fact.kind === kind;
    return this.until(`a ${kind} fact`, () => this.facts.filter(isKind).find(fits));
  }

  async until<T>(what: string, look: () => T | undefined | false): Promise<T> {
    const deadline = performance.now() + PATIENCE;
    for (;;) {
      const found = look();
      if (found !== undefined && found !== false) return found;
      if (performance.now() > deadline) throw new Error(`${what} did not come`);
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  }
}

export interface TestRoute {
  readonly kind: number;
  readonly w0: number;
  readonly family?: 0 | 1;
  readonly length: number;
  readonly type?: number;
  readonly nexthopId?: number;
  readonly table?: number;
}

/** Routes of metric 32 as a batch carries them. */
export function routes(list: readonly TestRoute[]): {
  routes: Uint32Array<SharedArrayBuffer>;
  count: number;
} {
  const packed = new Uint32Array(new SharedArrayBuffer(list.length * ROUTE_WORDS * 4));
  list.forEach((route, i) => {
    const { family = 0, type = 1, nexthopId = 0, table = 254 } = route;
    packRoute(packed, i, route.kind, family, route.length, type, nexthopId, 32, table);
    packed[i * ROUTE_WORDS + 2] = route.w0;
  });
  return { routes: packed, count: list.length };
}

/** 10.0.0.LAST through the interface. */
export function hop(id: number, last: number, index: number): FibOperation {
  const gateway = { family: 0, w0: 0x0a000000 + last, w1: 0, w2: 0, w3: 0 } as const;
  return { kind: "nexthop", id, family: 0, interface: index, gateway, onlink: false };
}
