import type { Logger } from "pino";

export type WarningWatch = (text: string, isOver: boolean) => void;

/**
 * What an operator should look at, by subject: logged when it comes, shown by `show status` until it
 * is over.
 */
export class Warnings {
  readonly #logger: Pick<Logger, "error">;
  readonly #texts = new Map<string, string>();
  #watch: WarningWatch | undefined;

  constructor(logger: Pick<Logger, "error">) {
    this.#logger = logger;
  }

  /** The event's name is made from the subject: `cni-failed`. What stands already is not said again. */
  set(
    subject: "cni" | "control" | "listen" | "metrics" | "mrt" | "notification" | "snmp" | "web",
    text: string,
  ): void {
    if (this.#texts.get(subject) === text) return;
    this.#texts.set(subject, text);
    this.#logger.error({ event: `${subject}-failed` }, text);
    this.#watch?.(text, false);
  }

  clear(subject: "cni" | "listen" | "metrics" | "mrt" | "notification" | "snmp" | "web"): void {
    const text = this.#texts.get(subject);
    if (text === undefined) return;
    this.#texts.delete(subject);
    this.#watch?.(text, true);
  }

  /** Told of each that comes, and goes; undefined: nobody is. */
  watch(watch: WarningWatch | undefined): void {
    this.#watch = watch;
  }

  list(): string[] {
    return [...this.#texts.values()];
  }
}
