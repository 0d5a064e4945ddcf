import { renameSync, rmSync, writeFileSync } from "node:fs";
import { readSmallFile } from "./files.ts";

/** Who has been taken out of service by command: the node, and neighbours and ranges by name. */
export interface Drained {
  readonly node: boolean;
  readonly peers: readonly string[];
}

const LARGEST = 1 << 20;

/**
 * Remembers who is drained, beside the control socket: in a folder that a restart of the daemon leaves
 * alone and a reboot of the machine empties (/run). So whoever is out of service stays so while the
 * daemon is upgraded or fails, and the node is back in service after a reboot.
 */
export class DrainFile {
  readonly #file: string;

  /** `socket`: path of the control socket. */
  constructor(socket: string) {
    this.#file = `${socket}.drained`;
  }

  /** Throws where there is a file that says nothing. */
  read(): Drained {
    let text: string;
    try {
      text = readSmallFile(this.#file, LARGEST).toString("utf8");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return { node: false, peers: [] };
      throw error;
    }
    const { node, peers } = JSON.parse(text) as Partial<Drained>;
    const isNamed = Array.isArray(peers) && peers.every((name) => typeof name === "string");
    if (typeof node !== "boolean" || !isNamed) throw new Error(`${this.#file} makes no sense`);
    return { node, peers };
  }

  /** Throws where it cannot be written. */
  write(drained: Drained): void {
    if (!drained.node && drained.peers.length === 0) {
      rmSync(this.#file, { force: true });
      return;
    }
    const fresh = `${this.#file}.new`;
    // Whatever lies there, a link to another file above all, is not written into.
    rmSync(fresh, { force: true });
    writeFileSync(fresh, `${JSON.stringify(drained)}\n`, { mode: 0o600, flag: "wx" });
    renameSync(fresh, this.#file);
  }
}
