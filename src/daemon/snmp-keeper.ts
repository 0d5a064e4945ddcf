import { isDeepStrictEqual } from "node:util";
import type { Endpoint, SnmpConfig, SnmpUserConfig } from "../config/index.ts";
import { type ObservedViews, Snmp, type SnmpSettings } from "../observe/index.ts";
import { formatAddress } from "../route/index.ts";
import { readPassPhrase } from "./settings.ts";
import type { Warnings } from "./warnings.ts";

export interface SnmpKeeperOptions {
  readonly views: ObservedViews;
  readonly warnings: Pick<Warnings, "clear" | "set">;
  readonly clock: () => number;
  /** Milliseconds until it tries again what failed. */
  readonly retryAfter?: number;
}

const RETRY_AFTER = 10_000;

/** What SNMP is told to do: the configuration, with its secrets read. Throws SettingsError. */
export function snmpSettings(config: SnmpConfig, name: string): SnmpSettings {
  const users = new Map(config.users.map((user) => [user.name, secretsOf(user)]));
  return {
    agentx: typeof config.agentx === "object" ? place(config.agentx) : config.agentx,
    listen: config.listen && place(config.listen),
    users: [...users.values()],
    targets: config.targets.map(({ to, user: userName, community }) => {
      const user = users.get(userName ?? "");
      const by =
        user === undefined
          ? ({ kind: "community", community: communityOf(community?.file ?? "") } as const)
          : ({ kind: "user", user } as const);
      return { ...place(to), by };
    }),
    notifications: config.notifications,
    maximumPaths: config.maxPaths,
    name,
  };
}

const place = ({ address, port }: Endpoint) => ({ host: formatAddress(address), port });

const communityOf = (file: string): string => readPassPhrase("snmp: community", file, 1);

/** RFC 3414 §11.2: eight characters at least. */
const SHORTEST = 8;

function secretsOf({ name, auth, privacy }: SnmpUserConfig): SnmpSettings["users"][number] {
  const whose = `snmp: user ${name}`;
  return {
    name,
    auth: { type: auth.type, key: readPassPhrase(whose, auth.file, SHORTEST) },
    privacy: { type: privacy.type, key: readPassPhrase(whose, privacy.file, SHORTEST) },
  };
}

/** Keeps SNMP as the configuration says. What fails is a warning, and routing goes on. */
export class SnmpKeeper {
  readonly #options: SnmpKeeperOptions;
  #wanted: SnmpSettings | undefined;
  #snmp: Snmp | undefined;
  #retry: NodeJS.Timeout | undefined;
  #working = Promise.resolve();
  #isClosed = false;

  constructor(options: SnmpKeeperOptions) {
    this.#options = options;
  }

  /** One after the other. */
  update(wanted: SnmpSettings | undefined): Promise<void> {
    this.#working = this.#working.then(() => this.#update(wanted));
    return this.#working;
  }

  /** A neighbour's session has come up, or was lost. */
  changed(name: string, isUp: boolean): void {
    this.#snmp?.changed(name, isUp);
  }

  close(): Promise<void> {
    this.#isClosed = true;
    return this.update(undefined);
  }

  async #update(wanted: SnmpSettings | undefined): Promise<void> {
    clearTimeout(this.#retry);
    const { warnings } = this.#options;
    try {
      const isSame = isDeepStrictEqual(wanted, this.#wanted);
      if (isSame && (wanted === undefined || this.#snmp !== undefined)) return;
      await this.#snmp?.close();
      this.#snmp = undefined;
      this.#wanted = wanted;
      warnings.clear("snmp");
      warnings.clear("notification");
      if (wanted !== undefined) await this.#open(wanted);
    } catch (error) {
      warnings.set("snmp", (error as Error).message);
      if (this.#isClosed) return;
      const { retryAfter = RETRY_AFTER } = this.#options;
      this.#retry = setTimeout(() => void this.update(wanted), retryAfter).unref();
    }
  }

  async #open(settings: SnmpSettings): Promise<void> {
    const { views, warnings, clock } = this.#options;
    const { listen } = settings;
    this.#snmp = await Snmp.open({
      settings,
      views,
      clock,
      onMaster: (text) => {
        if (text === undefined) warnings.clear("snmp");
        else warnings.set("snmp", `snmp: ${text}`);
      },
      onTarget: (text) => {
        if (text === undefined) warnings.clear("notification");
        else warnings.set("notification", `snmp: ${text}`);
      },
    }).catch((error: Error) => {
      const where = listen === undefined ? "" : `.listen: ${listen.host} port ${listen.port}`;
      throw new Error(`snmp${where}: ${error.message}; it is tried again`);
    });
  }
}
