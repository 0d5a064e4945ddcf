import { notice, utf8Length } from "./reply.ts";

/** Bytes that may wait for a client that echoes the log; BIRD's. */
export const ECHO_BYTES = { least: 256, usual: 4096, most: 65536 } as const;

/** A line of the log, as it goes out. */
interface Waiting {
  readonly line: string;
  readonly bytes: number;
}

/**
 * Lines of the log on their way to one client. A storm, or a client that reads slowly, costs so many bytes
 * and no more: the oldest lines give way to new ones, and how many they were is said where they are missing.
 */
export class Echo {
  readonly #size: number;
  readonly #waiting: Waiting[] = [];
  #bytes = 0;
  #lost = 0;

  /** `size`: bytes that may wait. */
  constructor(size: number) {
    this.#size = size;
  }

  get isEmpty(): boolean {
    return this.#waiting.length === 0;
  }

  add(text: string): void {
    const line = notice(text, this.#size);
    const bytes = utf8Length(line);
    this.#waiting.push({ line, bytes });
    this.#bytes += bytes;
    while (this.#bytes > this.#size) {
      this.#bytes -= this.#waiting.shift()?.bytes ?? 0;
      this.#lost++;
    }
  }

  /** The oldest lines, about so many characters of them at most. */
  take(characters: number): string {
    let text = this.#lost === 0 ? "" : notice(`<${this.#lost} messages lost>`);
    this.#lost = 0;
    let count = 0;
    while (count < this.#waiting.length && text.length < characters) {
      text += this.#waiting[count].line;
      this.#bytes -= this.#waiting[count++].bytes;
    }
    this.#waiting.splice(0, count);
    return text;
  }
}
