import { isDeepStrictEqual } from "node:util";
import type { ListenConfig } from "../config/index.ts";
import type { Transport } from "../transport/index.ts";
import type { Warnings } from "./warnings.ts";

export interface ListenKeeperRooms {
  readonly transport: Pick<Transport, "listen" | "updateKeys">;
  readonly warnings: Pick<Warnings, "clear" | "set">;
}

/** Keeps the transport listening where the configuration says, with the neighbours' keys. */
export class ListenKeeper {
  readonly #rooms: ListenKeeperRooms;
  /** Where it listens: after a failure still what worked last. */
  #listening: ListenConfig | undefined;
  #working = Promise.resolve();

  constructor(rooms: ListenKeeperRooms) {
    this.#rooms = rooms;
  }

  /** At the start; rejects with what is in the way. */
  async open(settings: ListenConfig): Promise<void> {
    await this.#rooms.transport.listen(settings);
    this.#listening = settings;
  }

  /**
   * After a reload. What fails is a warning, and is tried again by the next one, whatever that is
   * about. One after the other: two reloads at once would take each other's addresses.
   */
  update(settings: ListenConfig): Promise<void> {
    this.#working = this.#working.then(() => this.#update(settings));
    return this.#working;
  }

  async #update(settings: ListenConfig): Promise<void> {
    const { transport, warnings } = this.#rooms;
    try {
      if (isDeepStrictEqual(settings, this.#listening)) transport.updateKeys();
      else await this.open(settings);
      warnings.clear("listen");
    } catch (error) {
      warnings.set("listen", (error as Error).message);
    }
  }
}
