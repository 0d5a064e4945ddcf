import { statSync } from "node:fs";
import {
  type BfdConfig,
  type Config,
  type FilterConfig,
  type PeerConfig,
  formatProblem,
  parseBgpFilter,
} from "../config/index.ts";
import type { FibSettings } from "../fib/index.ts";
import type { KernelInfo } from "../kernel/index.ts";
import { type FilterRule, type Prefix, parsePrefix } from "../route/index.ts";
import type { BfdSettings, FilterSpec, NeighbourConfig, SpeakerConfig } from "../speaker/index.ts";
import { readConfigFile, readSmallFile, systemText } from "./files.ts";

/** The configuration, as each room wants to be told. */

/** A password that could not be read, or is none: nothing is applied then. */
export class SettingsError extends Error {}

const MD5_KEY_LENGTH = 80; // TCP_MD5SIG_MAXKEYLEN
const SHA1_KEY_LENGTH = 20; // RFC 5880 §6.7.4

const LONGEST_PASS_PHRASE = 255;

/** A file with a password in its first line has no reason to be larger. */
const LARGEST_FILE = 4096;

/** The first line of a file with a secret: 1 to `longest` bytes. `whose`: for the error's text. */
function readSecret(whose: string, file: string, longest: number): Uint8Array {
  let text: string;
  try {
    text = readSmallFile(file, LARGEST_FILE).toString("latin1");
  } catch (error) {
    throw new SettingsError(`${whose}: password file ${systemText(file, error)}`);
  }
  const key = Buffer.from(text.split(/\r?\n/, 1)[0], "latin1");
  if (key.length === 0) throw new SettingsError(`${whose}: ${file} begins with an empty line`);
  if (key.length > longest) {
    throw new SettingsError(`${whose}: the password in ${file} is over ${longest} bytes`);
  }
  return Uint8Array.from(key);
}

/** A pass phrase out of a file's first line, of `shortest` bytes at least. Throws SettingsError. */
export function readPassPhrase(whose: string, file: string, shortest: number): string {
  const key = Buffer.from(readSecret(whose, file, LONGEST_PASS_PHRASE));
  if (key.length < shortest) {
    throw new SettingsError(`${whose}: the pass phrase in ${file} has less than ${shortest} bytes`);
  }
  return key.toString("utf8");
}

/** What is wrong with password files though they can be used: others can read them too. */
export function passwordWarnings(config: Config): string[] {
  const files = new Set(
    config.peers.flatMap(({ password, bfd }) =>
      [password?.file ?? [], bfd?.auth?.file ?? []].flat(),
    ),
  );
  for (const { auth, privacy } of config.snmp?.users ?? []) {
    files.add(auth.file).add(privacy.file);
  }
  for (const { community } of config.snmp?.targets ?? []) {
    if (community !== undefined) files.add(community.file);
  }
  return [...files]
    .filter((file) => ((statSync(file, { throwIfNoEntry: false })?.mode ?? 0) & 0o004) !== 0)
    .map(
      (file) =>
        `everybody on this machine can read the password in ${file}: give it to the user that underlayd runs as and nobody else (chown USER ${file} && chmod 400 ${file})`,
    );
}

/** A peer of the configuration is a neighbour to the speaker, but for its secrets. */
function neighbour(peer: PeerConfig): NeighbourConfig {
  const { name, password, bfd } = peer;
  const whose = `peer ${name}`;
  const key = password && readSecret(whose, password.file, MD5_KEY_LENGTH);
  return { ...peer, key, bfd: bfd && bfdSettings(bfd, whose) };
}

function bfdSettings({ auth, ...settings }: BfdConfig, whose: string): BfdSettings {
  if (auth === undefined) return settings;
  const { type, keyId, file } = auth;
  const key = readSecret(`${whose}: bfd`, file, SHA1_KEY_LENGTH);
  return { ...settings, authentication: { type, keyId, key } };
}

/** A filter's rules, out of its file where they stand in one. */
function filterSpec({ name, rules, file }: FilterConfig): FilterSpec {
  if (file === undefined) return { name, rules };
  let text: string;
  try {
    text = readConfigFile(file);
  } catch (error) {
    throw new SettingsError(`filter ${name}: ${systemText(file, error)}`);
  }
  const read: FilterRule[] = [];
  const problems: string[] = [];
  for (const each of parseBgpFilter(text, file)) {
    if ("message" in each) problems.push(formatProblem(each));
    else read.push(each);
  }
  if (problems.length > 0) throw new SettingsError(`filter ${name}: ${problems.join("; ")}`);
  return { name, rules: read };
}

/** `routerId`: host order, the configured one or what was derived. Throws SettingsError. */
export function speakerConfig(config: Config, routerId: number): SpeakerConfig {
  return {
    asn: config.node.asn,
    routerId,
    clusterId: config.reflector?.clusterId,
    decision: config.decision,
    neighbours: config.peers.map(neighbour),
    filters: config.filters.map(filterSpec),
    blocks: config.pods.blocks,
    statics: [...config.static, ...config.announce],
    aggregates: config.aggregates,
    restart: config.restart,
  };
}

/** Tables that filters put single routes into, besides that of all the others. */
export function furtherTables({ kernel, filters }: Config): number[] {
  const tables = filters.flatMap(({ rules }) => rules.flatMap(({ set }) => set?.kernelTable ?? []));
  return [...new Set(tables)].filter((table) => table !== kernel.table);
}

const EVERYWHERE: readonly Prefix[] = ["0.0.0.0/0", "::/0"].flatMap(
  (text) => parsePrefix(text) ?? [],
);

/**
 * `info`: what is used in the kernel: the configuration allows it and the kernel has it. `silent`: the
 * node is out of service.
 */
export function fibSettings(config: Config, info: KernelInfo, silent = false): FibSettings {
  const { kernel, pods } = config;
  return {
    mode: config.mode,
    silent,
    install: kernel.install,
    table: kernel.table,
    metric: kernel.metric,
    tables: furtherTables(config),
    protocol: kernel.protocol,
    multipath: kernel.multipath,
    ...info,
    discards: config.aggregates.map(({ prefix }) => prefix),
    manageSysctls: kernel.manageSysctls,
    pods: {
      pool: pods.pool,
      blocks: pods.blocks,
      interfaces: pods.interfaces,
      advertise: pods.advertise,
      ...(pods.uplink !== undefined && { uplink: pods.uplink }),
    },
    onlink: kernel.onlink.flatMap((name) =>
      EVERYWHERE.map((prefix) => ({ prefix, interface: name })),
    ),
  };
}
