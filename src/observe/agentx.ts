// A subagent of a master agent, such as Debian's snmpd (AgentX, RFC 2741).

import type { AgentXAnswer, Library, Mib, Subagent, Varbind } from "./library.ts";
import { answerRequests } from "./agentx-answers.ts";
import { AgentXFrames } from "./agentx-frames.ts";
import { oidText, type Oid } from "./oid.ts";

/** Where the master agent is: the path of its socket, or host and TCP port. */
export type AgentXMaster = string | { readonly host: string; readonly port: number };

export interface AgentXOptions {
  readonly library: Library;
  readonly master: AgentXMaster;
  readonly mib: Mib;
  /** The subtrees that are registered. */
  readonly regions: readonly Oid[];
  /** Sees to it that what the MIB shows is not too old. */
  readonly refresh: () => Promise<void>;
  /** What is wrong, once for each time that it goes wrong; undefined: it works again. */
  readonly onProblem: (text: string | undefined) => void;
  /** Milliseconds until it tries again, and between two looks at whether the master is there. */
  readonly retryAfter?: number;
  readonly pingEvery?: number;
}

/** snmpd is restarted in a second or two. */
const RETRY_AFTER = 5000;
/** A master that hangs does not close the connection. */
const PING_EVERY = 60_000;
/** Answers that may be missing: more, and the master is not there. */
const PATIENCE = 10_000;
/** That the master has at the end to take what has been written to it. */
const FAREWELL = 500;

/** Stays connected, and registered, for as long as it is not closed. */
export class AgentXClient {
  readonly #options: AgentXOptions;
  #subagent: Subagent | undefined;
  #isOpen = false;
  #isClosed = false;
  #timer: NodeJS.Timeout | undefined;
  #pings: NodeJS.Timeout | undefined;
  #ping: NodeJS.Timeout | undefined;

  constructor(options: AgentXOptions) {
    this.#options = options;
    this.#connect();
  }

  /** Registered, and asked by the master. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** For the master's own targets; lost where there is no master at the moment. */
  notify(notification: Oid, varbinds: readonly Varbind[]): void {
    if (this.#isOpen) this.#subagent?.notify(oidText(notification), varbinds, () => undefined);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#stopTimers();
    const { socket } = this.#subagent ?? {};
    if (socket === undefined || socket.closed) return;
    const closed = new Promise<void>((resolve) => socket.once("close", resolve));
    // It is told; and whether or not it answers, this is the end.
    if (this.#isOpen) this.#subagent?.close(() => undefined);
    // One that is still connecting has nothing to say, and would wait for the system to give up.
    if (socket.connecting) socket.destroy();
    else socket.destroySoon();
    const timer = setTimeout(() => socket.destroy(), FAREWELL);
    await closed;
    clearTimeout(timer);
  }

  #connect(): void {
    const { library, master, mib } = this.#options;
    const isPath = typeof master === "string";
    const subagent = library.createSubagent({
      master: isPath ? "" : master.host,
      masterPort: isPath ? master : master.port,
      description: "underlay",
      mib,
    });
    this.#subagent = subagent;
    answerRequests(subagent, mib, library);
    const { socket } = subagent;
    const frames = new AgentXFrames();
    let reading = Promise.resolve();
    let reason = "it has closed the connection";
    // net-snmp would take what comes at once for one message.
    socket.removeAllListeners("data");
    socket.on("data", (bytes: Buffer) => {
      const messages = frames.add(bytes);
      if (messages === undefined) {
        reason = "it does not speak AgentX";
        socket.destroy();
        return;
      }
      // Each in its turn: the one before may wait for a table to be read.
      for (const message of messages) {
        reading = reading.then(() => this.#answer(subagent, message));
      }
    });
    subagent.on("error", (error: NodeJS.ErrnoException) => {
      reason = REASONS[error.code ?? ""] ?? error.message;
    });
    subagent.on("close", () => this.#lost(reason));
    socket.once("connect", () => this.#open(subagent));
  }

  async #answer(subagent: Subagent, message: Buffer): Promise<void> {
    try {
      await this.#options.refresh();
      if (!subagent.socket.destroyed) subagent.onMsg(message);
    } catch {
      // It cannot be read, or answered: the master is not to wait for what will never come.
      subagent.socket.destroy();
    }
  }

  #open(subagent: Subagent): void {
    this.#await(subagent);
    subagent.open((_, { error }) => {
      if (this.#isRefused(subagent, error, "open")) return;
      this.#register(subagent, 0);
    });
  }

  /** One after the other: the first refusal is the reason. */
  #register(subagent: Subagent, at: number): void {
    const { regions, mib, onProblem, pingEvery = PING_EVERY } = this.#options;
    const region = regions[at];
    if (region === undefined) {
      clearTimeout(this.#ping);
      this.#isOpen = true;
      onProblem(undefined);
      this.#pings = setInterval(() => this.#sendPing(subagent), pingEvery).unref();
      return;
    }
    const oid = oidText(region);
    const { provider } = mib.getProviderNodeForInstance(NOTHING);
    subagent.registerProvider({ ...provider, name: oid, oid }, (_, { error }: AgentXAnswer) => {
      if (this.#isRefused(subagent, error, `register ${oid}`)) return;
      this.#register(subagent, at + 1);
    });
  }

  /** The answer to an administrative message (RFC 2741 §6.2.16); anything but 0 ends the connection. */
  #isRefused(subagent: Subagent, error: number, what: string): boolean {
    if (error === 0) return false;
    const why = ERRORS[error] ?? `error ${error}`;
    subagent.emit("error", new Error(`it refuses to ${what}: ${why}`));
    subagent.socket.destroy();
    return true;
  }

  #sendPing(subagent: Subagent): void {
    this.#await(subagent);
    subagent.ping((_, { error }) => {
      clearTimeout(this.#ping);
      this.#isRefused(subagent, error, "go on");
    });
  }

  /** A master that does not answer is none. */
  #await(subagent: Subagent): void {
    clearTimeout(this.#ping);
    this.#ping = setTimeout(() => {
      subagent.emit("error", new Error("it does not answer"));
      subagent.socket.destroy();
    }, PATIENCE).unref();
  }

  #lost(reason: string): void {
    this.#isOpen = false;
    this.#stopTimers();
    if (this.#isClosed) return;
    const { master, onProblem, retryAfter = RETRY_AFTER } = this.#options;
    const name = typeof master === "string" ? master : `${master.host} port ${master.port}`;
    onProblem(`master agent at ${name}: ${reason}; it is tried again`);
    this.#timer = setTimeout(() => this.#connect(), retryAfter).unref();
  }

  #stopTimers(): void {
    clearTimeout(this.#timer);
    clearTimeout(this.#ping);
    clearInterval(this.#pings);
  }
}

/** Whatever is asked about, all of it is one provider's. */
const NOTHING = { oid: "", valueType: 0, value: undefined, getNextInstanceNode: () => null };

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "there is no such socket: is `master agentx` in snmpd's configuration?",
  ECONNREFUSED: "nobody listens there",
  EACCES: "this process may not connect to it: see snmpd's agentXPerms",
};

/** RFC 2741 §6.2.16. */
const ERRORS: Readonly<Record<number, string>> = {
  256: "openFailed",
  257: "notOpen",
  263: "duplicateRegistration: another BGP daemon may be there",
  266: "requestDenied",
  267: "processingError",
};
