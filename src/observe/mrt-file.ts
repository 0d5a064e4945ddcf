import { type FileHandle, open } from "node:fs/promises";
import { fileName } from "./file-name.ts";

/** Octets that may wait for the disk; beyond, records are left out. */
const MOST_WAITING = 1 << 24;

/** Milliseconds until a file that could not be written is tried again. */
const RETRY_AFTER = 10_000;

export interface MrtFileOptions {
  /** What %Y, %m and so on in it are is said when the file is opened (file-name.ts). */
  readonly file: string;
  /** Cannot be written, or not fast enough; records are missing. Said once, until onGood(). */
  readonly onProblem: (text: string) => void;
  readonly onGood: () => void;
  /** Milliseconds; for tests. */
  readonly retryAfter?: number;
}

/**
 * A file that records are added to. Nobody waits for it: what the disk does not take is left out, and
 * the file ends with a whole record all the same.
 */
export class MrtFile {
  readonly #options: MrtFileOptions;
  #waiting: Uint8Array[] = [];
  #bytes = 0;
  #handle: FileHandle | undefined;
  /** Octets in the file, all of whole records. */
  #good = 0;
  #isStale = false;
  #isBroken = false;
  #hasFailed = false;
  #working: Promise<void> | undefined;
  #retry: NodeJS.Timeout | undefined;

  constructor(options: MrtFileOptions) {
    this.#options = options;
  }

  /** A whole record. */
  write(record: Uint8Array): void {
    if (this.#isBroken) return;
    if (this.#bytes + record.length > MOST_WAITING) {
      this.#complain("the disk is too slow, records are left out");
      return;
    }
    this.#waiting.push(record);
    this.#bytes += record.length;
    this.#work();
  }

  /** What follows goes into a file that is opened anew: by another name, or the old was moved away. */
  reopen(): void {
    this.#isStale = true;
    this.#work();
  }

  /** Writes what waits, and closes. Never rejects: some disks say that they are full only now. */
  async close(): Promise<void> {
    while (this.#working !== undefined) await this.#working;
    clearTimeout(this.#retry);
    this.#isBroken = true;
    const handle = this.#handle;
    this.#handle = undefined;
    await handle?.close().catch((error: Error) => this.#complain(error.message));
  }

  #work(): void {
    this.#working ??= this.#writeAll().finally(() => {
      this.#working = undefined;
      if (this.#waiting.length > 0) this.#work();
    });
  }

  async #writeAll(): Promise<void> {
    try {
      while (this.#isStale || this.#waiting.length > 0) {
        if (this.#isStale) await this.#closeStale();
        if (this.#waiting.length > 0) await this.#writeWaiting();
      }
    } catch (error) {
      await this.#fail(error as Error);
    }
  }

  async #closeStale(): Promise<void> {
    this.#isStale = false;
    const handle = this.#handle;
    this.#handle = undefined;
    await handle?.close();
  }

  async #writeWaiting(): Promise<void> {
    const handle = this.#handle ?? (await this.#open());
    const chunk = Buffer.concat(this.#waiting);
    this.#waiting = [];
    this.#bytes = 0;
    await writeWhole(handle, chunk);
    this.#good += chunk.length;
    if (!this.#hasFailed) return;
    this.#hasFailed = false;
    this.#options.onGood();
  }

  async #open(): Promise<FileHandle> {
    const handle = await open(fileName(this.#options.file, new Date()), "a", 0o644);
    this.#handle = handle;
    this.#good = (await handle.stat()).size;
    return handle;
  }

  /** A disk that is full may have taken half of a record. */
  async #fail(error: Error): Promise<void> {
    this.#isBroken = true;
    this.#waiting = [];
    this.#bytes = 0;
    const handle = this.#handle;
    this.#handle = undefined;
    await handle?.truncate(this.#good).catch(() => undefined);
    await handle?.close().catch(() => undefined);
    this.#complain(`${error.message}; records are left out until it can be written`);
    this.#retry = setTimeout(() => {
      this.#isBroken = false;
    }, this.#options.retryAfter ?? RETRY_AFTER).unref();
  }

  #complain(text: string): void {
    if (this.#hasFailed) return;
    this.#hasFailed = true;
    this.#options.onProblem(`${this.#options.file}: ${text}`);
  }
}

/** All of it: a write may take a part. */
export async function writeWhole(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) {
    at += (await handle.write(bytes, at, bytes.length - at)).bytesWritten;
  }
}
