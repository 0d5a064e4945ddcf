import { ERRNO } from "../../src/sysdep/index.ts";
import * as libc from "../../src/sysdep/libc.ts";
import { until } from "./wait.ts";

const [AF_UNIX, SOCK_DGRAM, SOCK_NONBLOCK] = [1, 2, 0o4000];

/** In the place of systemd: a socket that sd_notify(3) sends to, and what has come. */
export class Notified {
  readonly #fd: number;
  readonly #seen: string[] = [];

  constructor(path: string) {
    this.#fd = libc.socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    const address = Buffer.from(`\x01\0${path}\0`);
    if (libc.bind(this.#fd, address) < 0) throw new Error(`cannot bind ${path}`);
  }

  /** All messages so far, in order. */
  messages(): readonly string[] {
    const bytes = new Uint8Array(4096);
    for (;;) {
      const length = libc.recvfrom(this.#fd, bytes, 0, new Uint8Array(0), new Uint32Array(1));
      if (length === -ERRNO.EAGAIN) return this.#seen;
      if (length < 0) throw new Error(`recvfrom: errno ${-length}`);
      this.#seen.push(Buffer.from(bytes.subarray(0, length)).toString());
    }
  }

  /** Waits until a message matches that came after the first `after` ones; answers its number. */
  async next(what: RegExp, after = 0): Promise<number> {
    await until(
      `a message like ${String(what)}`,
      () => this.messages().findIndex((text, index) => index >= after && what.test(text)) >= 0,
      { detail: () => this.#seen.join("\n---\n") },
    );
    return this.#seen.findIndex((text, index) => index >= after && what.test(text));
  }

  close(): void {
    libc.close(this.#fd);
  }
}
