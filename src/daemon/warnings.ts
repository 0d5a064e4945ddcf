import type { Logger } from "pino";

/**
 * What an operator should look at, by subject: logged when it comes, shown by `show status` until it
 * is over.
 */
export class Warnings {
  readonly #logger: Pick<Logger, "error">;
  readonly #texts = new Map<string, string>();

  constructor(logger: Pick<Logger, "error">) {
    this.#logger = logger;
  }

  /** The event's name is made from the subject: `cni-failed`. What stands already is not said again. */
  set(
    subject: "cni" | "control" | "listen" | "metrics" | "mrt" | "notification" | "snmp",
    text: string,
  ): void {
    if (this.#texts.get(subject) === text) return;
    this.#texts.set(subject, text);
    this.#logger.error({ event: `${subject}-failed` }, text);
  }

  clear(subject: "cni" | "listen" | "metrics" | "mrt" | "notification" | "snmp"): void {
    this.#texts.delete(subject);
  }

  list(): string[] {
    return [...this.#texts.values()];
  }
}
