import { isDeepStrictEqual } from "node:util";
import type { Logger } from "pino";
import type { MrtConfig } from "../config/index.ts";
import type { DumpOutcome } from "../control/index.ts";
import { bgpMessage, type MrtSession, stateChange } from "../monitor/index.ts";
import { MrtFile, writeDump } from "../observe/index.ts";
import { type Family, IPV4, IPV6 } from "../route/index.ts";
import type { Speaker, Tap, TappedPeer } from "../speaker/index.ts";
import type { DumpCount, tableDump } from "./table-dump.ts";
import type { Warnings } from "./warnings.ts";

export interface MrtRooms {
  readonly speaker: Pick<Speaker, "setTap">;
  /** The records of a dump. */
  readonly dump: (families: readonly Family[], count: DumpCount) => ReturnType<typeof tableDump>;
  readonly warnings: Pick<Warnings, "clear" | "set">;
  readonly logger: Pick<Logger, "error" | "info">;
}

/** Milliseconds that the last records have to get to the disk when the daemon ends. */
const LAST_WRITE = 2000;

const UPDATE = 2;
const HEADER_LENGTH = 19;

/** Keeps the log of updates, and makes dumps, as the configuration and operators say. */
export class MrtKeeper {
  readonly #rooms: MrtRooms;
  #config: MrtConfig = { updates: undefined, dump: undefined };
  #log: MrtFile | undefined;
  #rotation: NodeJS.Timeout | undefined;
  #dumps: NodeJS.Timeout | undefined;
  /** Files that are being dumped to. */
  readonly #underWay = new Set<string>();

  constructor(rooms: MrtRooms) {
    this.#rooms = rooms;
  }

  /** What did not change goes on as it is. */
  update(config: MrtConfig): void {
    const before = this.#config;
    this.#config = config;
    if (!isDeepStrictEqual(before.updates, config.updates)) this.#updateLog(config.updates);
    if (isDeepStrictEqual(before.dump, config.dump)) return;
    clearInterval(this.#dumps);
    const { dump } = config;
    if (dump === undefined) return;
    this.#dumps = setInterval(() => void this.dump(dump.file, [IPV4, IPV6]), dump.every);
    this.#dumps.unref();
  }

  /** The log of updates may have been moved away. */
  reopen(): void {
    this.#log?.reopen();
  }

  /** Makes a dump; what becomes of it is in the answer, and in the log. */
  async dump(file: string, families: readonly Family[]): Promise<DumpOutcome> {
    const count: DumpCount = { networks: 0, routes: 0 };
    const { logger } = this.#rooms;
    if (this.#underWay.has(file)) return `a dump to ${file} is under way`;
    this.#underWay.add(file);
    try {
      const name = await writeDump(file, this.#rooms.dump(families, count));
      const words = `${count.routes} routes to ${count.networks} networks`;
      logger.info({ event: "mrt-dumped", file: name, ...count }, `${name}: ${words}`);
      return { file: name, ...count };
    } catch (error) {
      const { message } = error as Error;
      logger.error({ event: "mrt-dump-failed", file }, `${file}: ${message}`);
      return message;
    } finally {
      this.#underWay.delete(file);
    }
  }

  /** Nothing is added any more, no dump is begun. */
  silence(): void {
    this.#rooms.speaker.setTap(undefined);
    clearInterval(this.#rotation);
    clearInterval(this.#dumps);
  }

  /** Writes what waits. A disk that hangs is not waited for. */
  async close(): Promise<void> {
    this.silence();
    const file = this.#config.updates?.file;
    if (this.#log === undefined || file === undefined) return;
    const late = Promise.withResolvers<boolean>();
    const timer = setTimeout(late.resolve, LAST_WRITE, false);
    const isClosed = await Promise.race([this.#log.close().then(() => true), late.promise]);
    clearTimeout(timer);
    if (isClosed) return;
    const words = `mrt.updates: ${file}: the disk is too slow, the last records are left out`;
    this.#rooms.logger.error({ event: "mrt-unfinished", file }, words);
  }

  #updateLog(wanted: MrtConfig["updates"]): void {
    const { speaker, warnings } = this.#rooms;
    clearInterval(this.#rotation);
    void this.#log?.close();
    this.#log = undefined;
    warnings.clear("mrt");
    speaker.setTap(undefined);
    if (wanted === undefined) return;
    const { file, rotate } = wanted;
    const log = new MrtFile({
      file,
      onProblem: (text) => warnings.set("mrt", `mrt.updates: ${text}`),
      onGood: () => warnings.clear("mrt"),
    });
    this.#log = log;
    speaker.setTap(tapInto(log));
    if (rotate === undefined) return;
    this.#rotation = setInterval(() => log.reopen(), rotate);
    this.#rotation.unref();
  }
}

function tapInto(log: MrtFile): Tap {
  return {
    update: (peer, form, bytes, start, end) => {
      const length = HEADER_LENGTH + end - start;
      const message = new Uint8Array(length).fill(0xff, 0, 16);
      message.set([length >>> 8, length & 0xff, UPDATE], 16);
      message.set(bytes.subarray(start, end), HEADER_LENGTH);
      log.write(bgpMessage(sessionOf(peer), message, form, Date.now()));
    },
    state: (peer, from, to) => log.write(stateChange(sessionOf(peer), from, to, Date.now())),
  };
}

function sessionOf({ asn, localAsn, interface: link, remote, local }: TappedPeer): MrtSession {
  return { peerAsn: asn, localAsn, interface: link, peer: remote, local };
}
