// SNMP as a whole: the MIB, who asks for it, and who is told.

import type { Library } from "./library.ts";
import { AgentXClient, type AgentXMaster } from "./agentx.ts";
import { BGP, bgp4Mib } from "./bgp4-mib.ts";
import { BGP4V2, bgp4v2Mib } from "./bgp4v2-mib.ts";
import { Mib, type Scalar, type Table } from "./mib.ts";
import { forgetKeys, loadNetSnmp, mibTypes } from "./net-snmp.ts";
import {
  NotificationTargets,
  notificationsOf,
  varbindsOf,
  type NotificationNames,
  type NotificationTarget,
} from "./notifications.ts";
import { SnmpAgent, type SnmpUser } from "./snmp-agent.ts";
import { SnmpState } from "./snmp-state.ts";
import { systemMib } from "./system-mib.ts";
import type { ObservedViews } from "./views.ts";

export interface SnmpSettings {
  readonly agentx: AgentXMaster | undefined;
  readonly listen: { readonly host: string; readonly port: number } | undefined;
  readonly users: readonly SnmpUser[];
  readonly targets: readonly NotificationTarget[];
  readonly notifications: NotificationNames;
  readonly maximumPaths: number;
  /** The node's name. */
  readonly name: string;
}

export interface SnmpOptions {
  readonly settings: SnmpSettings;
  readonly views: ObservedViews;
  /** Monotonic milliseconds. */
  readonly clock: () => number;
  /** The master agent: what is wrong; undefined: nothing, any more. */
  readonly onMaster: (text: string | undefined) => void;
  /** Targets of notifications, likewise. */
  readonly onTarget: (text: string | undefined) => void;
}

export class Snmp {
  readonly #options: SnmpOptions;
  readonly #library: Library;
  readonly #state: SnmpState;
  readonly #targets: NotificationTargets;
  #subagent: AgentXClient | undefined;
  #agent: SnmpAgent | undefined;
  readonly #changes: { readonly name: string; readonly isUp: boolean }[] = [];
  #isClosed = false;

  private constructor(options: SnmpOptions, library: Library) {
    const { settings, views, clock, onTarget } = options;
    this.#options = options;
    this.#library = library;
    this.#state = new SnmpState(views, clock, settings.maximumPaths);
    this.#targets = new NotificationTargets(library, settings.targets, onTarget);
  }

  /** Rejects with the system's error when it cannot listen. A master agent is waited for by nobody. */
  static async open(options: SnmpOptions): Promise<Snmp> {
    const snmp = new Snmp(options, await loadNetSnmp());
    try {
      await snmp.#open();
    } catch (error) {
      await snmp.close();
      throw error;
    }
    return snmp;
  }

  async #open(): Promise<void> {
    const { agentx, listen, users, name } = this.#options.settings;
    const refresh = (): Promise<void> => this.#state.refresh();
    const bgp = [...bgp4Mib(this.#state), ...bgp4v2Mib(this.#state)];
    if (listen !== undefined) {
      const mib = this.#mib([...bgp, ...systemMib(this.#state, name)]);
      const identity = `underlay ${name}`;
      const { host, port } = listen;
      this.#agent = await SnmpAgent.open({
        ...{ library: this.#library, host, port, users, identity, mib, refresh },
      });
    }
    if (agentx !== undefined) {
      this.#subagent = new AgentXClient({
        library: this.#library,
        master: agentx,
        mib: this.#mib(bgp),
        regions: [BGP, BGP4V2],
        refresh,
        onProblem: this.#options.onMaster,
      });
    }
  }

  #mib(objects: readonly (Scalar | Table<unknown>)[]): Mib {
    return new Mib(objects, mibTypes(this.#library));
  }

  /**
   * A neighbour's session has come up, or was lost. Told of in the next turn: many come and go at once,
   * and to find them takes one look at all neighbours.
   */
  changed(name: string, isUp: boolean): void {
    if (this.#changes.push({ name, isUp }) === 1) setImmediate(() => this.#tell());
  }

  #tell(): void {
    const changes = this.#changes.splice(0);
    if (this.#isClosed) return;
    const { notifications } = this.#options.settings;
    const peers = this.#state.named(new Set(changes.map(({ name }) => name)));
    for (const { name, isUp } of changes) {
      const peer = peers.get(name);
      for (const each of peer === undefined ? [] : notificationsOf(peer, isUp, notifications)) {
        this.#subagent?.notify(each.oid, varbindsOf(each, this.#library));
        this.#targets.send(each);
      }
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#targets.close();
    await Promise.all([this.#subagent?.close(), this.#agent?.close()]);
    forgetKeys(this.#library);
  }
}
