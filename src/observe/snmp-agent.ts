// An agent of its own: SNMPv3 over UDP, for users with authentication and privacy alone.

import { createHash } from "node:crypto";
import { once } from "node:events";
import { setImmediate } from "node:timers/promises";
import type { Agent, Library, Mib, User } from "./library.ts";

export interface SnmpAgentOptions {
  readonly library: Library;
  /** An address without brackets. */
  readonly host: string;
  readonly port: number;
  readonly users: readonly SnmpUser[];
  /** What the engine's id is made from; it must not change (RFC 3411 §5). */
  readonly identity: string;
  readonly mib: Mib;
  readonly refresh: () => Promise<void>;
}

/** Pass phrases, of 8 characters at least (RFC 3414 §11.2). */
export interface SnmpUser {
  readonly name: string;
  readonly auth: { readonly type: "sha" | "sha256" | "sha512"; readonly key: string };
  readonly privacy: { readonly type: "aes"; readonly key: string };
}

export function userOf(library: Library, { name, auth, privacy }: SnmpUser): User {
  return {
    name,
    level: library.SecurityLevel.authPriv,
    authProtocol: library.AuthProtocols[auth.type],
    authKey: auth.key,
    privProtocol: library.PrivProtocols[privacy.type],
    privKey: privacy.key,
  };
}

/** Objects in an answer to GetBulk; more would not fit a datagram. */
const MOST = 50;

/** Requests that wait for a table to be read; one more is dropped, as UDP may. */
const WAITING = 64;

/** Octets of a request; a thousand names in one would hold the event loop. */
const LONGEST = 4096;

export class SnmpAgent {
  readonly #agent: Agent;

  private constructor(agent: Agent) {
    this.#agent = agent;
  }

  /** Rejects with the system's error when it cannot listen there. */
  static async open(options: SnmpAgentOptions): Promise<SnmpAgent> {
    const { library, host, port, users, mib } = options;
    const transport = host.includes(":") ? "udp6" : "udp4";
    const agent = library.createAgent(
      {
        ...{ address: host, port, transport },
        engineID: engineId(options.identity),
        // Without one, whoever names no user at all would be answered.
        accessControlModelType: library.AccessControlModelType.Simple,
      },
      // What nobody can answer is nobody's business: garbage, strangers.
      () => undefined,
      mib,
    );
    await listening(agent);
    for (const user of users) agent.getAuthorizer().addUser(userOf(library, user));
    limitBulk(agent);
    readFirst(agent, options.refresh);
    return new SnmpAgent(agent);
  }

  close(): Promise<void> {
    return new Promise((resolve) => this.#agent.close(resolve));
  }
}

/**
 * net-snmp does not wait for the socket, and takes its failure for a message that is wrong. One that
 * cannot listen is given back: it is tried again every few seconds, for as long as it takes.
 */
async function listening({ listener }: Agent): Promise<void> {
  const sockets = Object.values(listener.sockets);
  try {
    await Promise.all(sockets.map((socket) => once(socket, "listening")));
  } catch (error) {
    for (const socket of sockets) socket.close();
    throw error;
  }
}

/** Behind the end of the MIB net-snmp goes on for as many repetitions as it was asked for. */
function limitBulk(agent: Agent): void {
  const original = agent.getBulkRequest.bind(agent);
  agent.getBulkRequest = (socket, message, from) => {
    message.pdu.maxRepetitions = Math.min(message.pdu.maxRepetitions, MOST);
    original(socket, message, from);
  };
}

/**
 * Nothing is answered before what the MIB shows is young enough; and one request in a turn of the event
 * loop, whoever sends it: a stranger's costs the derivation of a key before it is known for one.
 */
function readFirst(agent: Agent, refresh: () => Promise<void>): void {
  const original = agent.onMsg.bind(agent);
  let waiting = 0;
  let turn = Promise.resolve();
  for (const socket of Object.values(agent.listener.sockets)) {
    socket.removeAllListeners("message");
    socket.on("message", (bytes: Buffer, from: unknown) => {
      if (waiting >= WAITING || bytes.length > LONGEST) return;
      waiting++;
      turn = turn
        .then(refresh)
        .then(() => original(socket, bytes, from))
        .catch(() => undefined)
        .then(() => setImmediate())
        .finally(() => waiting--);
    });
  }
}

/** RFC 3411 §5: the first bit set, a number of net-snmp's author (47491), format 128 and octets. */
export function engineId(identity: string): string {
  return `8000b98380${createHash("sha256").update(identity).digest("hex").slice(0, 24)}`;
}
