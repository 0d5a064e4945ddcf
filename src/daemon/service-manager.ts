import { DatagramSocket, describeErrno, isSystemFault } from "../sysdep/index.ts";

/**
 * What systemd, or whoever starts services, is told: sd_notify(3). It hears when the daemon is ready,
 * reloads and stops, and with a watchdog (sd_watchdog_enabled(3)) that the main thread still turns: the
 * sign of life comes from there, so a daemon that hangs is found and started anew. Nothing is told where
 * nobody asked for it, by NOTIFY_SOCKET.
 */
export class ServiceManager {
  readonly #socket: DatagramSocket | undefined;
  readonly #watchdog: number;
  readonly #failed: (problem: string) => void;
  #timer: NodeJS.Timeout | undefined;
  #isFailing = false;

  /**
   * Takes what concerns it out of `environment`, so that nobody else speaks for the daemon.
   * `failed`: told that the manager cannot be told, once until it can be again.
   */
  constructor(environment: NodeJS.ProcessEnv, failed: (problem: string) => void) {
    const name = environment["NOTIFY_SOCKET"];
    this.#failed = failed;
    this.#watchdog = watchdogInterval(environment);
    for (const key of ["NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"]) delete environment[key];
    if (name === undefined || name === "") return;
    const socket = DatagramSocket.open(name);
    if (isSystemFault(socket)) failed(`NOTIFY_SOCKET=${name}: ${socket.message}`);
    else this.#socket = socket;
  }

  /** Up, or the reload is over. `status`: for people, one line. */
  ready(status: string): void {
    this.#send(`READY=1\nSTATUS=${status}`);
    if (this.#watchdog > 0) {
      this.#timer ??= setInterval(() => this.#send("WATCHDOG=1"), this.#watchdog);
    }
  }

  /** A new configuration is being read; ready() says the end of it. */
  reloading(): void {
    this.#send(`RELOADING=1\nMONOTONIC_USEC=${process.hrtime.bigint() / 1000n}`);
  }

  /** From here on it may take its time. The signs of life go on until close(). */
  stopping(): void {
    this.#send("STOPPING=1");
  }

  close(): void {
    clearInterval(this.#timer);
    this.#socket?.close();
  }

  #send(text: string): void {
    if (this.#socket === undefined) return;
    const sent = this.#socket.send(new TextEncoder().encode(text));
    if (sent < 0 && !this.#isFailing) {
      this.#failed(`the service manager cannot be told: ${describeErrno(-sent)}`);
    }
    this.#isFailing = sent < 0;
  }
}

/** Milliseconds between two signs of life: half of what is allowed; 0: none are wanted of this process. */
function watchdogInterval(environment: NodeJS.ProcessEnv): number {
  const { WATCHDOG_USEC: limit = "", WATCHDOG_PID: pid = `${process.pid}` } = environment;
  if (pid !== `${process.pid}` || !/^[1-9]\d{0,15}$/.test(limit)) return 0;
  // Not beyond what a timer can be set to.
  return Math.min(Math.max(1, Math.floor(Number(limit) / 2000)), 2 ** 31 - 1);
}
