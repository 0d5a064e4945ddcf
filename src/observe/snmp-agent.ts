// An agent of its own: SNMPv3 over UDP, for users with authentication and privacy alone.

import { createHash } from "node:crypto";
import { once } from "node:events";
import { setImmediate } from "node:timers/promises";
import type { Agent, Library, Mib, User } from "./library.ts";
import { answerManagers } from "./snmp-answers.ts";
import { addressed } from "./snmp-engine.ts";

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
    answerManagers(agent, mib, library);
    readFirst(agent, options);
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

/**
 * Nothing is answered before what the MIB shows is young enough; and one request in a turn of the event
 * loop, whoever sends it: what is wrong with it is known only when it has been read.
 */
function readFirst(agent: Agent, { identity, refresh }: SnmpAgentOptions): void {
  const original = agent.onMsg.bind(agent);
  const engine = Buffer.from(engineId(identity), "hex");
  let waiting = 0;
  let turn = Promise.resolve();
  for (const socket of Object.values(agent.listener.sockets)) {
    socket.removeAllListeners("message");
    socket.on("message", (bytes: Buffer, from: unknown) => {
      if (waiting >= WAITING || bytes.length > LONGEST) return;
      const request = addressed(bytes, engine);
      if (request === undefined) return;
      waiting++;
      turn = turn
        .then(refresh)
        .then(() => original(socket, request, from))
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
