import { join } from "node:path";
import type { ControlConfig } from "../config/index.ts";
import { IPV4, IPV6 } from "../route/index.ts";
import { ControlServer, type ControlTroubles } from "./control-server.ts";
import type { Views } from "./views.ts";

/** The control socket, and those that calicoctl asks: it wants one for the sessions over each family. */
export class ControlSockets {
  readonly #servers: ControlServer[] = [];

  /** Rejects where one of them cannot be listened at; none is left then. */
  static async open(
    { socket, calico }: ControlConfig,
    views: Views,
    troubles: ControlTroubles,
  ): Promise<ControlSockets> {
    const wanted: [string, Views][] = [[socket, views]];
    if (calico !== undefined) {
      wanted.push([join(calico, "bird.ctl"), views.over(IPV4)]);
      wanted.push([join(calico, "bird6.ctl"), views.over(IPV6)]);
    }
    const sockets = new ControlSockets();
    try {
      for (const [path, each] of wanted) {
        sockets.#servers.push(await ControlServer.open(path, each, troubles));
      }
    } catch (error) {
      await sockets.close();
      throw error;
    }
    return sockets;
  }

  /** Ends all conversations; see ControlServer. The control socket goes last. */
  async close(farewell?: string): Promise<void> {
    for (const server of this.#servers.toReversed()) await server.close(farewell);
  }
}
