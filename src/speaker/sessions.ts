// The sessions of all neighbours: which connection belongs to whom, when the next timer is due, and
// the actions that sessions ask for. What a session means for routes is the sink's affair.

import { formatAddress } from "../route/index.ts";
import type { Acceptance, Endpoints } from "./effects.ts";
import { Limiter } from "./limiter.ts";
import type { Neighbour } from "./neighbour.ts";
import { isRetained } from "./retention.ts";
import type { Outbox } from "./outbox.ts";
import { describeDownCause } from "./session/index.ts";
import type { CeaseRequest, DownCause, SessionAction } from "./session/index.ts";
import type { Body, SessionSink } from "./session-sink.ts";
import { BGP_PORT, idleTimeoutOf } from "./settings.ts";
import type { Traces } from "./trace.ts";

/** The actions that the sink hears of. */
const HEARD: ReadonlySet<SessionAction["kind"]> = new Set([
  "established",
  "down",
  "update",
  "route-refresh",
]);

type Established = Extract<SessionAction, { kind: "established" }>;

interface Connection {
  readonly neighbour: Neighbour;
  readonly incoming: boolean;
  endpoints: Endpoints | undefined;
}

export class Sessions {
  readonly #outbox: Outbox;
  readonly #traces: Traces;
  readonly #sink: SessionSink;
  readonly #connections = new Map<number, Connection>();
  /** Ids are not used again, so a late report of a closed connection is about nobody. */
  #nextConnection = 1;
  /** Never later than the first deadline of all. */
  #earliest = Infinity;
  readonly #watched = new Set<Neighbour>();
  readonly #refusals = new Limiter();

  constructor(outbox: Outbox, traces: Traces, sink: SessionSink) {
    this.#outbox = outbox;
    this.#traces = traces;
    this.#sink = sink;
  }

  // What the speaker wants of a neighbour

  add(neighbour: Neighbour, now: number): void {
    this.#watched.add(neighbour);
    if (neighbour.range !== undefined) this.#restartIdle(neighbour, now);
    if (neighbour.enabled) neighbour.session.start(now);
    this.drive(neighbour, now);
  }

  /** Ends the session for good. */
  remove(neighbour: Neighbour, now: number, cease: CeaseRequest): void {
    this.stop(neighbour, now, cease);
    this.#watched.delete(neighbour);
  }

  stop(neighbour: Neighbour, now: number, cease: CeaseRequest | undefined): void {
    neighbour.session.stop(now, cease);
    this.drive(neighbour, now);
  }

  start(neighbour: Neighbour, now: number): void {
    neighbour.session.start(now);
    this.drive(neighbour, now);
  }

  restart(neighbour: Neighbour, now: number, cease: CeaseRequest): void {
    neighbour.session.restart(now, cease);
    this.drive(neighbour, now);
  }

  // What the transport reports

  accept(endpoints: Endpoints, now: number): Acceptance {
    const owner = this.#sink.ownerOf(endpoints, now);
    if (typeof owner === "string") {
      this.#refused(endpoints, owner, now);
      return { kind: "refused", why: owner };
    }
    const connection = this.#nextConnection++;
    this.#connections.set(connection, { neighbour: owner, incoming: true, endpoints });
    const socket = this.#sink.socketOf(owner);
    return { kind: "accepted", connection, neighbour: owner.name, socket };
  }

  connected(id: number, endpoints: Endpoints, now: number): void {
    const connection = this.#connections.get(id);
    if (connection === undefined) return;
    const { neighbour, incoming } = connection;
    connection.endpoints = endpoints;
    if (neighbour.attempt === id) neighbour.attempt = 0;
    this.#traces.connected(neighbour, endpoints, incoming);
    neighbour.session.connected(id, now, { incoming });
    this.drive(neighbour, now);
  }

  /**
   * This node's addresses changed, and so may what stands as own next hop on the connection: a session
   * that is not Established yet comes up with what is true then.
   * @returns the neighbour whose Established session the connection carries
   */
  endpointsChanged(id: number, endpoints: Endpoints): Neighbour | undefined {
    const connection = this.#connections.get(id);
    if (connection !== undefined) connection.endpoints = endpoints;
    return this.upOn(id);
  }

  connectFailed(id: number, error: string, now: number): void {
    const connection = this.#take(id);
    if (connection === undefined) return;
    connection.neighbour.session.connectFailed(now, error);
    this.drive(connection.neighbour, now);
  }

  disconnected(id: number, error: string | undefined, now: number): void {
    const connection = this.#take(id);
    if (connection === undefined) return;
    connection.neighbour.session.disconnected(id, now, error);
    this.drive(connection.neighbour, now);
  }

  /** @returns whether the sink has heard of it: not of KEEPALIVEs */
  receive(id: number, bytes: Uint8Array, start: number, end: number, now: number): boolean {
    const neighbour = this.#connections.get(id)?.neighbour;
    if (neighbour === undefined) return false;
    const received = neighbour.session.counters.received;
    const before = neighbour.traced.packets ? { ...received } : received;
    neighbour.session.receive(id, bytes, start, end, now);
    if (before !== received) this.#traces.received(neighbour, before, received);
    return this.drive(neighbour, now);
  }

  /** The neighbour whose Established session this connection carries. */
  upOn(id: number): Neighbour | undefined {
    const neighbour = this.#connections.get(id)?.neighbour;
    return neighbour?.up?.connection === id ? neighbour : undefined;
  }

  // The send hold timer (RFC 9687): bytes wait; some are taken; none waits any more.

  stalled(id: number, now: number): void {
    const neighbour = this.upOn(id);
    if (neighbour === undefined) return;
    neighbour.session.stalled(id, now);
    this.drive(neighbour, now);
  }

  progressed(id: number, now: number): void {
    const neighbour = this.upOn(id);
    if (neighbour === undefined) return;
    neighbour.session.progressed(id, now);
    this.drive(neighbour, now);
  }

  flowing(id: number, now: number): void {
    const neighbour = this.upOn(id);
    if (neighbour === undefined) return;
    neighbour.session.flowing(id);
    this.drive(neighbour, now);
  }

  // Time

  nextDeadline(): number {
    return this.#earliest;
  }

  /**
   * `unread`: see Session.expire().
   * @returns whether the sink has heard of it: not of KEEPALIVEs that were due
   */
  expire(now: number, unread?: (connection: number) => boolean): boolean {
    let earliest = Infinity;
    let isHeard = false;
    for (const neighbour of this.#watched) {
      if (neighbour.deadline <= now && this.#expireOne(neighbour, now, unread)) isHeard = true;
      if (this.#watched.has(neighbour)) earliest = Math.min(earliest, neighbour.deadline);
    }
    this.#earliest = earliest;
    return isHeard;
  }

  #expireOne(neighbour: Neighbour, now: number, unread?: (connection: number) => boolean): boolean {
    neighbour.session.expire(now, unread);
    const isHeard = this.drive(neighbour, now);
    if (neighbour.idleDeadline > now) return isHeard;
    if (mayBeForgotten(neighbour, now)) {
      this.#sink.idle(neighbour, now);
      return true;
    }
    this.#restartIdle(neighbour, now);
    this.#note(neighbour);
    return isHeard;
  }

  // Actions

  /**
   * Carries out what the session asks for, and what that leads to.
   * @returns whether the sink has heard of any of it
   */
  drive(neighbour: Neighbour, now: number): boolean {
    const { session } = neighbour;
    let actions = session.take();
    let isHeard = false;
    while (actions.length > 0) {
      let isBroken = false;
      for (const action of actions) {
        // What came behind the UPDATE that ended the session is not looked at (RFC 4271 §6.3).
        if (isBroken && action.kind === "update") continue;
        if (HEARD.has(action.kind)) isHeard = true;
        if (this.#perform(neighbour, action, now)) isBroken = true;
      }
      actions = session.take();
    }
    this.#note(neighbour);
    return isHeard;
  }

  /** True: an UPDATE ended the session. */
  #perform(neighbour: Neighbour, action: SessionAction, now: number): boolean {
    switch (action.kind) {
      case "connect":
        this.#connect(neighbour);
        return false;
      case "cancel-connect":
        this.#hangUp(neighbour.attempt, false);
        neighbour.attempt = 0;
        return false;
      case "send":
        this.#traces.sent(neighbour, action.bytes);
        this.#outbox.push({ kind: "write", connections: [action.connection], bytes: action.bytes });
        return false;
      case "close":
        this.#hangUp(action.connection, action.linger);
        return false;
      case "established":
        this.#established(neighbour, action, now);
        return false;
      case "down":
        if (neighbour.range !== undefined) this.#restartIdle(neighbour, now);
        this.#sink.down(neighbour, action.cause, action.ending, now);
        return false;
      case "failed":
        this.#failed(neighbour, action.cause, now);
        return false;
      case "waiting":
        this.#waiting(neighbour, action.cause, now);
        return false;
      case "update":
        return this.#update(neighbour, action, now);
      case "route-refresh":
        this.#sink.refresh(neighbour, action.message, now);
        return false;
      case "state":
        this.#traces.state(neighbour, action.from, action.to);
        this.#sink.changed(neighbour, action.from, action.to, now);
        return false;
    }
  }

  #update(neighbour: Neighbour, body: Body, now: number): boolean {
    if (neighbour.up?.connection !== body.connection) return false;
    const { session } = neighbour;
    // Something that has come behind this one may have ended it already.
    const was = session.state;
    const fault = this.#sink.update(neighbour, body, now);
    if (fault !== undefined) session.updateFault(fault, now);
    return fault !== undefined || (was === "Established" && session.state !== was);
  }

  #connect(neighbour: Neighbour): void {
    const connection = this.#nextConnection++;
    this.#connections.set(connection, { neighbour, incoming: false, endpoints: undefined });
    neighbour.attempt = connection;
    const { config, address } = neighbour;
    const { port = BGP_PORT } = config;
    this.#traces.step(neighbour, `connecting to ${formatAddress(address)}, port ${port}`);
    this.#outbox.push({
      kind: "connect",
      connection,
      neighbour: neighbour.name,
      remote: address,
      port,
      local: config.source,
      interface: config.interface,
      key: config.key,
      socket: this.#sink.socketOf(neighbour),
    });
  }

  #hangUp(id: number, linger: boolean): void {
    if (!this.#connections.delete(id)) return;
    this.#outbox.push({ kind: "close", connection: id, linger });
  }

  #take(id: number): Connection | undefined {
    const connection = this.#connections.get(id);
    this.#connections.delete(id);
    if (connection?.neighbour.attempt === id) connection.neighbour.attempt = 0;
    return connection;
  }

  #established(neighbour: Neighbour, established: Established, now: number): void {
    const { connection, negotiated, opens } = established;
    const endpoints = this.#connections.get(connection)?.endpoints;
    if (endpoints === undefined) {
      throw new Error(`connection ${connection} is Established without ends`);
    }
    neighbour.idleDeadline = Infinity;
    this.#sink.established(neighbour, { connection, endpoints, opens }, negotiated, now);
  }

  #failed(neighbour: Neighbour, cause: DownCause, now: number): void {
    const text = describeDownCause(cause);
    const more = this.#rarely(neighbour, `failed ${text}`, text, cause, now);
    if (more !== undefined) this.#outbox.event("info", "session-attempt-failed", text, more);
  }

  /** The neighbour's connections may come anew every second, and the words tell of other seconds each time. */
  #waiting(neighbour: Neighbour, cause: DownCause, now: number): void {
    const text = describeDownCause(cause);
    const more = this.#rarely(neighbour, `waiting ${cause.kind}`, text, cause, now);
    if (more !== undefined) this.#outbox.event("info", "session-waiting", text, more);
  }

  /** What belongs to the line about it; undefined: there was one of its kind within the minute. */
  #rarely(neighbour: Neighbour, kind: string, text: string, cause: DownCause, now: number) {
    const suppressed = neighbour.limiter.pass(kind, now);
    if (suppressed < 0) this.#traces.step(neighbour, text);
    const more = { neighbour: neighbour.name, fields: { cause: cause.kind, suppressed } };
    return suppressed < 0 ? undefined : more;
  }

  #refused(endpoints: Endpoints, why: string, now: number): void {
    const remote = formatAddress(endpoints.remote);
    const suppressed = this.#refusals.pass(remote, now);
    if (suppressed < 0) return;
    this.#outbox.event("warn", "connection-refused", `connection from ${remote}: ${why}`, {
      fields: { remote, suppressed },
    });
  }

  #restartIdle(neighbour: Neighbour, now: number): void {
    neighbour.idleDeadline = now + idleTimeoutOf(neighbour.range?.config ?? neighbour.config);
  }

  #note(neighbour: Neighbour): void {
    neighbour.deadline = Math.min(neighbour.session.nextDeadline(), neighbour.idleDeadline);
    if (this.#watched.has(neighbour)) {
      this.#earliest = Math.min(this.#earliest, neighbour.deadline);
    }
  }
}

/**
 * Nothing is there of an idle neighbour out of a range, and nothing is known about it that it could
 * shed by coming back: that an operator has disabled it, or that it is to stay away for now.
 */
function mayBeForgotten(neighbour: Neighbour, now: number): boolean {
  const { enabled, up, session } = neighbour;
  const isGone = up === undefined && session.connection === undefined;
  return isGone && enabled && !session.refuses(now) && !isRetained(neighbour);
}
