// Who is told when a session comes up or is lost.

import type { Library, ObjectTypeName, Session, Varbind } from "./library.ts";
import { BGP } from "./bgp4-mib.ts";
import { BGP4V2, RECEIVED_ERROR } from "./bgp4v2-mib.ts";
import { addressOctets, inetAddress, lastError, stateNumber } from "./mib-values.ts";
import type { MibValue } from "./mib.ts";
import { oidText, type Oid } from "./oid.ts";
import { userOf, type SnmpUser } from "./snmp-agent.ts";
import { INSTANCE, type SnmpPeer } from "./snmp-state.ts";

export type NotificationNames = "rfc4273" | "rfc1657" | "both";

export interface Notification {
  readonly oid: Oid;
  readonly objects: readonly {
    readonly oid: Oid;
    readonly type: ObjectTypeName;
    readonly value: MibValue;
  }[];
}

/**
 * What is to be told of a neighbour whose session has come up, or was lost. Of one with an IPv4 address
 * by BGP4-MIB, of others by BGP4V2-MIB; nothing of one without an address.
 *
 * RFC 4273 wants bgpBackwardTransNotification at each fall of the state. Here it is sent when
 * Established is left, as other routers do: a neighbour that is away falls back with every attempt.
 */
export function notificationsOf(
  peer: SnmpPeer,
  isUp: boolean,
  names: NotificationNames,
): Notification[] {
  const { bgp, zone } = peer;
  const { neighbourAddress } = bgp;
  if (neighbourAddress === undefined) return [];
  const octets = addressOctets(neighbourAddress);
  if (octets.length !== 4) return [versionTwo(peer, inetAddress(neighbourAddress, zone), isUp)];
  const number = isUp ? 1 : 2;
  const cell = (column: number): Oid => [...BGP, 3, 1, column, ...octets];
  const address = { oid: cell(7), type: "IpAddress", value: octets.join(".") } as const;
  const rest = [
    { oid: cell(14), type: "OctetString", value: lastError(bgp) },
    { oid: cell(2), type: "Integer", value: stateShown(bgp, isUp) },
  ] as const;
  const current = { oid: [...BGP, 0, number], objects: [address, ...rest] };
  const older = { oid: [...BGP, 7, number], objects: rest };
  return [...(names === "rfc1657" ? [] : [current]), ...(names === "rfc4273" ? [] : [older])];
}

/** bgp4V2EstablishedNotification, bgp4V2BackwardTransitionNotification. */
function versionTwo(peer: SnmpPeer, address: readonly number[], isUp: boolean): Notification {
  const { bgp } = peer;
  const index = [INSTANCE, ...address];
  const cell = (table: number, column: number): Oid => [...BGP4V2, 1, table, 1, column, ...index];
  const session = [
    { oid: cell(2, 13), type: "Integer", value: stateShown(bgp, isUp) },
    { oid: cell(2, 6), type: "Gauge", value: bgp.ports?.local ?? 0 },
    { oid: cell(2, 9), type: "Gauge", value: bgp.ports?.remote ?? 0 },
  ] as const;
  const error = RECEIVED_ERROR.map((column) => ({
    oid: cell(3, column.number),
    type: column.type,
    value: column.value(peer) ?? 0,
  }));
  return { oid: [...BGP4V2, 0, isUp ? 1 : 2], objects: isUp ? session : [...session, ...error] };
}

/** A session that was lost may be back before that can be told. */
function stateShown(bgp: SnmpPeer["bgp"], isUp: boolean): number {
  return isUp ? stateNumber(bgp) : Math.min(stateNumber(bgp), 5);
}

export function varbindsOf({ objects }: Notification, { ObjectType }: Library): Varbind[] {
  return objects.map(({ oid, type, value }) => ({
    oid: oidText(oid),
    type: ObjectType[type],
    value,
  }));
}

/**
 * Of this process, in hundredths of a second. TimeTicks wrap (RFC 2578 §7.1.8), net-snmp's own do not and
 * cannot be written after 497 days; it takes them wherever it finds a 0 here.
 */
const upTime = (): number => Math.floor(process.uptime() * 100) % 2 ** 32 || 1;

/** An address without brackets, and a port; and how it is told. */
export interface NotificationTarget {
  readonly host: string;
  readonly port: number;
  readonly by:
    | { readonly kind: "user"; readonly user: SnmpUser }
    | { readonly kind: "community"; readonly community: string };
}

/**
 * A user is told by informs, which are answered, and sent again if they are not. `onProblem`: whether
 * somebody does not answer, after each answer and each that is missing.
 */
export class NotificationTargets {
  readonly #library: Library;
  readonly #targets: readonly { readonly session: Session; readonly target: NotificationTarget }[];
  readonly #onProblem: (text: string | undefined) => void;
  /** What is wrong with those that do not answer. */
  readonly #problems = new Map<NotificationTarget, string>();

  constructor(
    library: Library,
    targets: readonly NotificationTarget[],
    onProblem: (text: string | undefined) => void,
  ) {
    this.#library = library;
    this.#onProblem = onProblem;
    this.#targets = targets.map((target) => ({ target, session: this.#session(target) }));
  }

  send(notification: Notification): void {
    const oid = oidText(notification.oid);
    const varbinds = varbindsOf(notification, this.#library);
    for (const { target, session } of this.#targets) {
      const done = (error: Error | null): void => this.#noteAnswer(target, error);
      const options = { upTime: upTime() };
      if (target.by.kind === "user") session.inform(oid, varbinds, options, done);
      else session.trap(oid, varbinds, options, done);
    }
  }

  close(): void {
    for (const { session } of this.#targets) session.close();
  }

  #session(target: NotificationTarget): Session {
    const { host, port, by } = target;
    const transport = host.includes(":") ? "udp6" : "udp4";
    const options = { port, trapPort: port, transport } as const;
    const session =
      by.kind === "user"
        ? this.#library.createV3Session(host, userOf(this.#library, by.user), options)
        : this.#library.createSession(host, by.community, {
            ...options,
            version: this.#library.Version2c,
          });
    session.on("error", (error) => this.#noteAnswer(target, error));
    return session;
  }

  /** Told is what is wrong with the first that does not answer; undefined: all do, as far as is known. */
  #noteAnswer(target: NotificationTarget, error: Error | null): void {
    const where = `${target.host} port ${target.port}`;
    if (error === null) this.#problems.delete(target);
    else this.#problems.set(target, `notification to ${where}: ${error.message}`);
    const [first] = this.#problems.values();
    this.#onProblem(first);
  }
}
