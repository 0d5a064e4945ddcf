import { connect, type Socket } from "node:net";
import {
  type BmpPeer,
  type BmpTable,
  initiation,
  PEER_FLAG,
  peerDown,
  peerHeader,
  peerUp,
  routeMonitoring,
  statisticsReport,
  termination,
  TERMINATION_REASON,
} from "../monitor/index.ts";
import type { BmpFeed, BmpSession, BmpSink, BmpSource } from "./bmp-source.ts";

export interface BmpStationSettings {
  /** Without brackets. */
  readonly host: string;
  readonly port: number;
  readonly tables: readonly BmpTable[];
  /** Milliseconds between two Statistics Reports; 0: none. */
  readonly statistics: number;
}

export interface BmpStationOptions {
  readonly settings: BmpStationSettings;
  readonly source: BmpSource;
  readonly onEvent: (event: BmpEvent) => void;
  /** Milliseconds; for tests. */
  readonly times?: Partial<Times>;
}

/** up: it is connected; down: it was; failed: it could not be, said once until it is. */
export interface BmpEvent {
  readonly kind: "up" | "down" | "failed";
  readonly text: string;
}

interface Times {
  /** Before the second attempt to connect; doubled for each that follows ... */
  readonly firstRetry: number;
  /** ... up to this. */
  readonly lastRetry: number;
  /** That it may take nothing of what waits for it, and after which a connection counts as good. */
  readonly patience: number;
}

const TIMES: Times = { firstRetry: 2000, lastRetry: 120_000, patience: 60_000 };

/** Octets that may wait for the socket; beyond, changes are only marked. */
const MOST_WAITING = 1 << 18;

/** Octets that may wait in all: also what may not be left out, sessions that come and go. */
const LIMIT = 1 << 24;

const LOC_RIB = "global";

/**
 * One monitoring station: the connection to it, kept up, and all that is said on it. What it does not
 * take waits in the tables, not here; after a loss it is told everything again.
 */
export class BmpStation implements BmpSink {
  readonly #settings: BmpStationSettings;
  readonly #source: BmpSource;
  readonly #onEvent: BmpStationOptions["onEvent"];
  readonly #times: Times;
  #socket: Socket | undefined;
  #feed: BmpFeed | undefined;
  readonly #sessions = new Map<string, BmpSession>();
  #locRib: BmpPeer | undefined;
  #retry: NodeJS.Timeout | undefined;
  #watchdog: NodeJS.Timeout | undefined;
  #reports: NodeJS.Timeout | undefined;
  #proof: NodeJS.Timeout | undefined;
  /** Attempts and connections since the last one that was good for a while. */
  #failures = 0;
  #isCorked = false;
  #isClosed = false;

  constructor({ settings, source, onEvent, times }: BmpStationOptions) {
    this.#settings = settings;
    this.#source = source;
    this.#onEvent = onEvent;
    this.#times = { ...TIMES, ...times };
    this.#connect();
  }

  /** Says that it is the operator's wish, and closes. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    clearTimeout(this.#retry);
    const socket = this.#socket;
    if (socket === undefined) return;
    if (this.#feed === undefined || socket.writableLength > 0) socket.destroy();
    else
      socket.end(termination(TERMINATION_REASON.ADMINISTRATIVELY_CLOSED), () => socket.destroy());
    this.#letGo();
  }

  /** Says who this is: at first, and again where that has changed (RFC 7854 §4.3). */
  introduce(): void {
    if (this.#socket?.pending !== false) return; // It will be said when the connection is there.
    const { name, description } = this.#source.node();
    this.#write(initiation({ systemName: name, systemDescription: description }));
  }

  // What the speaker says

  up(session: BmpSession): void {
    const { endpoints, opens, name } = session;
    this.#sessions.set(name, session);
    const { local: address, localPort: port, remotePort } = endpoints;
    const up = {
      local: { address, port },
      remotePort,
      sentOpen: opens.sent,
      receivedOpen: opens.received,
    };
    this.#write(peerUp(peerOf(session, 0), up, Date.now()));
  }

  down(session: BmpSession, reason: Parameters<typeof peerDown>[1]): void {
    this.#sessions.delete(session.name);
    this.#write(peerDown(peerOf(session, 0), reason, Date.now()));
  }

  updates(
    table: BmpTable,
    session: BmpSession | undefined,
    bytes: Uint8Array,
    isChange: boolean,
  ): void {
    const peer = session === undefined ? this.#locRib : peerOf(session, flagsOf(table, session));
    if (peer === undefined) return;
    this.#write(routeMonitoring(peerHeader(peer, isChange ? Date.now() : 0), bytes));
  }

  lost(): void {
    const socket = this.#socket;
    // Not from inside of the speaker.
    setImmediate(() => this.#fail(socket, "it is too slow for what changes"));
  }

  // The connection

  #connect(): void {
    const { host, port } = this.#settings;
    const socket = connect({ host, port, keepAlive: true, keepAliveInitialDelay: 60_000 });
    this.#socket = socket;
    socket.setTimeout(this.#times.patience, () => this.#fail(socket, "no answer"));
    socket.on("connect", () => this.#connected(socket));
    socket.on("error", (error) => this.#fail(socket, error.message));
    socket.on("close", () => this.#fail(socket, "it closed the connection"));
    socket.on("drain", () => this.#drained(socket));
    socket.resume(); // It has nothing to say (RFC 7854 §3.2).
  }

  #connected(socket: Socket): void {
    if (socket !== this.#socket) return;
    const { host, port, tables, statistics } = this.#settings;
    socket.setTimeout(0);
    const { asn, routerId, open } = this.#source.node();
    this.#onEvent({ kind: "up", text: `connected to ${host} port ${port}` });
    this.introduce();
    if (tables.includes("loc-rib")) {
      this.#locRib = { address: undefined, asn, routerId, flags: 0 };
      const opens = { sentOpen: open, receivedOpen: open };
      const up = { local: undefined, remotePort: 0, ...opens, tableName: LOC_RIB };
      this.#write(peerUp(this.#locRib, up, Date.now()));
    }
    this.#feed = this.#source.open(tables, this);
    if (statistics > 0) this.#reports = setInterval(() => this.#report(), statistics);
    this.#proof = setInterval(() => this.#proven(), this.#times.patience);
  }

  /** At the end of the turn all of it goes out in one go. */
  #write(bytes: Uint8Array): void {
    const socket = this.#socket;
    if (socket === undefined || bytes.length === 0) return;
    if (!this.#isCorked) {
      this.#isCorked = true;
      socket.cork();
      process.nextTick(() => this.#uncork(socket));
    }
    socket.write(bytes);
  }

  #uncork(socket: Socket): void {
    this.#isCorked = false;
    socket.uncork();
    if (socket !== this.#socket) return;
    if (socket.writableLength > LIMIT) return this.#fail(socket, "it takes nothing");
    if (socket.writableLength < MOST_WAITING || this.#watchdog !== undefined) return;
    this.#feed?.blocked();
    this.#watch(socket, socket.bytesWritten - socket.writableLength);
  }

  #drained(socket: Socket): void {
    if (socket !== this.#socket) return;
    clearTimeout(this.#watchdog);
    this.#watchdog = undefined;
    this.#feed?.drained();
  }

  /** It is given up when it takes nothing for long. `taken`: octets that it has taken so far. */
  #watch(socket: Socket, taken: number): void {
    this.#watchdog = setTimeout(() => {
      const now = socket.bytesWritten - socket.writableLength;
      if (now === taken) this.#fail(socket, "it takes nothing");
      else this.#watch(socket, now);
    }, this.#times.patience);
  }

  #report(): void {
    if (this.#watchdog !== undefined) return; // It has enough to read.
    const all = this.#source.statistics();
    const say = (peer: BmpPeer | undefined, name: string): void => {
      const statistics = all.get(name);
      if (peer === undefined || statistics === undefined) return;
      this.#write(statisticsReport(peer, statistics, Date.now()));
    };
    say(this.#locRib, "");
    for (const session of this.#sessions.values()) say(peerOf(session, 0), session.name);
  }

  /** It is there, and takes what it is told: after the next loss it is tried again soon. */
  #proven(): void {
    if (this.#watchdog === undefined) this.#failures = 0;
  }

  /** The connection is over, or did not come to be; another attempt follows. */
  #fail(socket: Socket | undefined, why: string): void {
    if (socket === undefined || socket !== this.#socket) return;
    const { host, port } = this.#settings;
    const wasUp = this.#feed !== undefined;
    this.#letGo();
    socket.destroy();
    if (this.#isClosed) return;
    if (wasUp || this.#failures === 0) {
      const kind = wasUp ? "down" : "failed";
      this.#onEvent({ kind, text: `${host} port ${port}: ${why}; it is tried again` });
    }
    const { firstRetry, lastRetry } = this.#times;
    const pause = Math.min(lastRetry, firstRetry * 2 ** this.#failures++);
    // Stations restart, and all nodes of a cluster come at once: not all at the same moment.
    this.#retry = setTimeout(() => this.#connect(), pause * (0.5 + Math.random() / 2)).unref();
  }

  #letGo(): void {
    clearTimeout(this.#watchdog);
    clearInterval(this.#reports);
    clearInterval(this.#proof);
    this.#watchdog = undefined;
    this.#feed?.close();
    this.#feed = undefined;
    this.#socket = undefined;
    this.#locRib = undefined;
    this.#sessions.clear();
  }
}

function peerOf({ endpoints, asn, routerId }: BmpSession, flags: number): BmpPeer {
  return { address: endpoints.remote, asn, routerId, flags };
}

function flagsOf(table: BmpTable, { fourOctetAs }: BmpSession): number {
  switch (table) {
    case "adj-rib-in-pre":
    case "loc-rib":
      return 0;
    case "adj-rib-in-post":
      return PEER_FLAG.POST_POLICY;
    case "adj-rib-out-post": {
      const width = fourOctetAs ? 0 : PEER_FLAG.TWO_OCTET_AS;
      return PEER_FLAG.POST_POLICY | PEER_FLAG.ADJ_RIB_OUT | width;
    }
  }
}
