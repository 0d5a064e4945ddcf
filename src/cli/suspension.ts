/**
 * A program that is stopped (Ctrl-Z, or SIGTSTP from elsewhere) gives the terminal back before, and
 * takes it again when it goes on.
 */
export class Suspension {
  readonly #leave: () => void;
  readonly #enter: () => void;

  /** `enter` may be called twice. The shell may have used the terminal meanwhile, in its own mode. */
  constructor(leave: () => void, enter: () => void) {
    this.#leave = leave;
    this.#enter = enter;
  }

  open(): void {
    process.on("SIGTSTP", this.#stop);
    process.on("SIGCONT", this.#enter);
  }

  close(): void {
    process.off("SIGTSTP", this.#stop);
    process.off("SIGCONT", this.#enter);
  }

  /** As the terminal does where it is not told to leave keys alone: all that belong to the job stop. */
  stopJob(): void {
    process.kill(0, "SIGTSTP");
  }

  /** Comes back when it goes on: at once where there is no shell that could see to that. */
  readonly #stop = (): void => {
    this.#leave();
    process.off("SIGTSTP", this.#stop);
    process.kill(process.pid, "SIGTSTP");
    process.on("SIGTSTP", this.#stop);
    this.#enter();
  };
}
