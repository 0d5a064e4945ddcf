import { connect, type Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { preferThread } from "../../src/sysdep/index.ts";
import { obey, say, wallClock, type Told } from "./telling.ts";

/**
 * Asks a daemon several questions over and over, each on a connection of its own, and notes how long
 * each took to be answered whole.
 *
 * Its one argument is an {@link AskerSpec} as JSON. Tells "ready" when all connections are there; obeys
 * "ask", and "stop", upon which it tells {@link Asked}.
 */
export interface AskerSpec {
  /** The control socket. */
  readonly socket: string;
  /** A line for the socket, or a path for `metrics`; by whatever it is to be called. */
  readonly questions: Readonly<Record<string, string>>;
  /** Port of 127.0.0.1 that paths are asked of. */
  readonly metrics: number;
}

export interface Asked extends Told {
  /** Milliseconds, as often as each was answered. */
  readonly times: Readonly<Record<string, readonly number[]>>;
}

/** Milliseconds between an answer and the next question: an impatient operator, not an attack. */
const PAUSE = 10;
/** The end of a reply of BIRD's: the last line that has begun is one with a blank behind its code. */
const ENDED = /(?:^|\n)\d{4} [^\n]*\n$/;

// It sleeps nearly all the time: what it waits for is the daemon, and no processor.
preferThread();

const spec = JSON.parse(process.argv[2]) as AskerSpec;
const times: Record<string, number[]> = {};
let asking = false;

/** Resolves with a connection that has been greeted. */
function greeted(): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(spec.socket);
    socket.setEncoding("latin1");
    socket.on("error", reject);
    socket.once("data", () => resolve(socket));
  });
}

function answered(socket: Socket, question: string): Promise<void> {
  return new Promise((resolve) => {
    let tail = "";
    const read = (text: string): void => {
      tail = (tail + text).slice(-1024);
      if (!ENDED.test(tail)) return;
      socket.off("data", read);
      resolve();
    };
    socket.on("data", read);
    socket.write(`${question}\n`);
  });
}

/**
 * By hand: the first fetch() of a program takes it 40 ms of CPU time (measured), in which it would note
 * no other answer either.
 */
function scraped(path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(spec.metrics, "127.0.0.1");
    let head = "";
    socket.on(
      "data",
      (part: Buffer) => (head = head === "" ? part.toString("latin1", 0, 12) : head),
    );
    socket.on("error", reject);
    socket.on("close", () => {
      if (head === "HTTP/1.1 200") resolve();
      else reject(new Error(`${path} is answered with "${head}"`));
    });
    socket.write(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n`);
  });
}

async function ask(name: string, question: string, socket: Socket | undefined): Promise<void> {
  const noted: number[] = (times[name] = []);
  while (asking) {
    const begun = wallClock();
    await (socket === undefined ? scraped(question) : answered(socket, question));
    noted.push(wallClock() - begun);
    await pause(PAUSE);
  }
}

const connections = new Map<string, Socket | undefined>();
for (const [name, question] of Object.entries(spec.questions)) {
  connections.set(name, question.startsWith("/") ? undefined : await greeted());
}
let running: Promise<unknown> = Promise.resolve();
obey((order) => {
  asking = order === "ask";
  if (asking) {
    const all = [...connections].map(([name, socket]) => ask(name, spec.questions[name], socket));
    running = Promise.all(all);
  } else {
    void running.then(() => say("asked", { times }));
  }
});
say("ready");
