// A control socket over views that a test holds in its hands, and clients of it.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { type Socket, connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import {
  type ControlViews,
  type MemoryView,
  type RouteCounts,
  type RouteView,
  type StatusView,
  newCounts,
} from "../control/index.ts";
import { PLAIN, networkOf, parseAddress } from "../route/index.ts";
import { ControlServer, type ControlTroubles } from "./control-server.ts";

const STATUS: StatusView = {
  version: "0",
  routerId: 0x0a000001,
  hostname: "node1",
  now: 0,
  startedAt: 0,
  configuredAt: 0,
  mode: "l3",
  asn: 64512,
  sysctls: [],
  recovery: undefined,
  adopted: { routes: 0, stale: 0 },
  fib: { installed: 0, pending: 0, unresolved: 0, failed: 0 },
  pods: { found: 0, blocks: [] },
  drains: [],
  warnings: [],
};

/** Of a daemon that is told things and does none of them. */
export const IDLE_COMMANDS: ControlViews["commands"] = {
  configure: () => assert.fail("nobody asks"),
  confirm: () => "nothing",
  undo: () => ({ outcome: "nothing", notes: [] }),
  enable: () => "done",
  disable: () => "done",
  restart: () => "done",
  reload: () => "done",
  trace: () => "done",
  dump: () => Promise.resolve(""),
  drain: () => "done",
  undrain: () => "done",
  gracefulRestart: () => undefined,
  down: () => undefined,
};

/** A daemon with so many routes, and a count of those that have been looked at. */
export class TestViews implements ControlViews {
  readonly generation = 1;
  readonly networkChanges = 0;
  readonly now = 0;
  readonly timeFormats = {
    base: { recent: [], limit: 0, older: [] },
    protocol: { recent: [], limit: 0, older: [] },
    route: { recent: [], limit: 0, older: [] },
  };
  readonly commands = IDLE_COMMANDS;
  looked = 0;
  ended = 0;
  readonly #routes: number;

  constructor(routes: number) {
    this.#routes = routes;
  }

  *status(): Generator<undefined, StatusView, undefined> {
    yield undefined;
    return STATUS;
  }
  protocols = (): [] => [];
  protocolNames = (): [] => [];
  interfaces = (): [] => [];
  bfdSessions = (): [] => [];
  /** To be kept from whoever asks for an explanation, until a test settles it. */
  readonly explained = Promise.withResolvers<never>();
  explain = (): Promise<never> => this.explained.promise;
  filters = (): [] => [];
  updatesFile = (): undefined => undefined;
  readonly listeners = new Set<(text: string) => void>();

  listen(_: unknown, onLine: (text: string) => void): () => void {
    this.listeners.add(onLine);
    return () => this.listeners.delete(onLine);
  }
  configuration = () => ({
    generation: 1,
    file: "f",
    nextFile: undefined,
    undoIn: undefined,
    ending: false,
  });
  drains = (): [] => [];
  drainChange = (): Promise<void> => Promise.resolve();
  memory = (): MemoryView => ({ tables: 0, attributes: 0, kernel: 0, rest: 0, total: 0 });
  plan: ControlViews["plan"] = () => assert.fail("nobody asks");
  load = (): never => assert.fail("nobody asks");
  testFilter = (): [] => [];
  tableSize = (): { routes: number; networks: number } => ({ routes: 0, networks: 0 });

  *count(): Generator<undefined, RouteCounts> {
    for (let i = 0; i < this.#routes; i++) {
      this.looked++;
      yield undefined;
    }
    return newCounts();
  }

  *routes(): Generator<RouteView> {
    try {
      for (let i = 0; i < this.#routes; i++) {
        this.looked++;
        yield route(i);
      }
    } finally {
      this.ended++;
    }
  }
}

const base = parseAddress("10.0.0.0");

function route(i: number): RouteView {
  assert.ok(base !== undefined);
  return {
    network: networkOf({ ...base, w0: base.w0 + i }, 32),
    type: "blackhole",
    protocol: "blocks",
    source: "static",
    since: 0,
    from: undefined,
    primary: true,
    preference: 200,
    nextHops: [],
    attributes: undefined,
    fib: undefined,
    handling: PLAIN,
    stale: false,
    reason: undefined,
  };
}

export function folderOf(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "underlay-ctl-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export const fail = (error: Error): void => assert.fail(error);

/** For a server that nothing goes wrong with. */
export const SOUND: ControlTroubles = { onError: fail, onFault: fail };

export const pause = (ms: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, ms));

/** So many turns of the event loop, which the server runs in too. */
export async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve));
}

/** Ends with the file's time, if it does not come. */
export async function until(what: () => boolean): Promise<void> {
  while (!what()) await pause(2);
}

/** Turns without a change that show that the server has nothing left that it can do. */
export const QUIET = 100;

/** A count that grows turn after turn, once it has stopped growing. */
export async function quiet(count: () => number): Promise<number> {
  for (let before = -1; ;) {
    if (before === count()) return before;
    before = count();
    await turns(QUIET);
  }
}

export async function open(
  t: TestContext,
  routes = 0,
  clients = 256,
  held = 50,
): Promise<{ path: string; views: TestViews }> {
  const path = join(folderOf(t), "run", "test.ctl");
  const views = new TestViews(routes);
  const server = await ControlServer.open(path, views, SOUND, { clients, held });
  t.after(() => server.close());
  return { path, views };
}

/** All that the server says until it closes. */
export async function conversation(path: string, say: (socket: Socket) => void): Promise<string> {
  const socket = connect({ path, allowHalfOpen: true });
  socket.setEncoding("utf8");
  say(socket);
  let text = "";
  for await (const chunk of socket) text += chunk as string;
  return text;
}
