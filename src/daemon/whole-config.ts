import type { Config } from "../config/index.ts";
import type { SnmpSettings } from "../observe/index.ts";
import type { SpeakerConfig } from "../speaker/index.ts";
import { snmpSettings } from "./snmp-keeper.ts";
import { speakerConfig } from "./settings.ts";

/**
 * A configuration with all that the files have said which it names: filters, keys, pass phrases. It can
 * run, and run again, whatever has become of these files since.
 */
export interface WholeConfig {
  readonly config: Config;
  readonly speaker: SpeakerConfig;
  readonly snmp: SnmpSettings | undefined;
}

/**
 * Reads what the configuration names. `routerId`: host order, where it gives none; 0: not known yet.
 * Throws SettingsError.
 */
export function wholeConfig(config: Config, routerId: number): WholeConfig {
  return {
    config,
    speaker: speakerConfig(config, config.node.routerId ?? routerId),
    snmp: config.snmp && snmpSettings(config.snmp, config.node.name),
  };
}
