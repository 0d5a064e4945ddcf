// birdwatcher's answers as strictly as Alice-LG reads them: where its Go code asserts a type, this throws;
// where that falls back to "unknown", this throws too, as nobody would see what was meant.

import assert from "node:assert/strict";

type Json = Readonly<Record<string, unknown>>;

export interface AliceMeta {
  readonly version: string;
  readonly cachedAt: Date;
  readonly ttl: Date;
}

export interface AliceNeighbour {
  readonly id: string;
  readonly address: string;
  readonly asn: number;
  readonly state: string;
  readonly since: Date;
  readonly description: string | undefined;
  readonly lastError: string;
  readonly received: number;
  readonly accepted: number;
  readonly filtered: number;
  readonly exported: number;
  readonly preferred: number;
}

export interface AliceRoute {
  readonly network: string;
  readonly neighbour: string;
  readonly gateway: string;
  readonly interface: string;
  readonly learntFrom: string;
  readonly metric: number;
  readonly primary: boolean;
  readonly age: Date;
  readonly type: readonly string[];
  readonly origin: string | undefined;
  readonly asPath: readonly number[];
  readonly nextHop: string | undefined;
  readonly localPref: number;
  readonly med: number;
  readonly communities: readonly (readonly number[])[];
  readonly largeCommunities: readonly (readonly number[])[];
  readonly extCommunities: readonly (readonly string[])[];
}

/** `api` and `ttl`; without them Alice-LG shows `error`, which this throws. */
export function readMeta(answer: Json): AliceMeta {
  if (answer["api"] === undefined) throw new Error(text(answer["error"]));
  const api = object(answer["api"]);
  assert.equal(api["result_from_cache"], false);
  const cachedAt = object(object(api["cache_status"])["cached_at"]);
  return {
    version: text(api["Version"]),
    cachedAt: serverTime(cachedAt["date"]),
    ttl: serverTime(answer["ttl"]),
  };
}

export function readStatus(answer: Json) {
  readMeta(answer);
  const status = object(answer["status"]);
  return {
    version: text(status["version"]),
    message: text(status["message"]),
    routerId: text(status["router_id"]),
    now: shortTime(status["current_server"]),
    lastReboot: shortTime(status["last_reboot"]),
    lastReconfig: shortTime(status["last_reconfig"]),
  };
}

export function readNeighbours(answer: Json): AliceNeighbour[] {
  readMeta(answer);
  return Object.entries(object(answer["protocols"])).map(([id, value]) => {
    const protocol = object(value);
    const routes = object(protocol["routes"]);
    assert.equal(protocol["protocol"], id);
    assert.equal(protocol["bird_protocol"], "BGP");
    const [accepted, filtered] = [integer(routes["imported"]), integer(routes["filtered"])];
    return {
      id,
      address: text(protocol["neighbor_address"]),
      asn: integer(protocol["neighbor_as"]),
      state: text(protocol["state"]),
      since: shortTime(protocol["state_changed"]),
      description: optionalText(protocol["description"]),
      lastError: optionalText(protocol["last_error"]) ?? "",
      received: accepted + filtered,
      accepted,
      filtered,
      exported: integer(routes["exported"]),
      preferred: integer(routes["preferred"]),
    };
  });
}

export function readNeighboursShort(answer: Json): Map<string, { state: string; since: Date }> {
  readMeta(answer);
  return new Map(
    Object.entries(object(answer["protocols"])).map(([id, value]) => {
      const { state, since } = object(value);
      return [id, { state: text(state), since: shortTime(since) }];
    }),
  );
}

export function readRoutes(answer: Json, key = "routes"): AliceRoute[] {
  readMeta(answer);
  return list(answer[key]).map((value) => readRoute(object(value)));
}

function readRoute(route: Json): AliceRoute {
  const bgp = object(route["bgp"] ?? {});
  const gateway = text(route["gateway"]);
  return {
    network: text(route["network"]),
    neighbour: text(route["from_protocol"]),
    gateway,
    interface: text(route["interface"]),
    learntFrom: text(route["learnt_from"]) || gateway,
    metric: integer(route["metric"]),
    primary: boolean(route["primary"]),
    age: shortTime(route["age"]),
    type: list(route["type"]).map(text),
    origin: optionalText(bgp["origin"]),
    asPath: list(bgp["as_path"] ?? []).map((word) => Number.parseInt(text(word), 10)),
    nextHop: optionalText(bgp["next_hop"]),
    localPref: Number(optionalText(bgp["local_pref"]) ?? "0"),
    med: Number(optionalText(bgp["med"]) ?? "0"),
    communities: numbers(bgp["communities"], 2),
    largeCommunities: numbers(bgp["large_communities"], 3),
    extCommunities: list(bgp["ext_communities"] ?? []).map((each) => {
      const words = list(each).map(text);
      assert.equal(words.length, 3, "others are ignored as malformed");
      return words;
    }),
  };
}

function numbers(value: unknown, length: number): number[][] {
  return list(value ?? []).map((each) => {
    const parts = list(each).map(integer);
    assert.equal(parts.length, length);
    return parts;
  });
}

/** Go's layout 2006-01-02T15:04:05Z07:00. */
function serverTime(value: unknown): Date {
  return date(value, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/, "");
}

/** Go's layout 2006-01-02 15:04:05, in the time zone of the configuration: UTC. */
function shortTime(value: unknown): Date {
  return date(value, /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/, "Z");
}

function date(value: unknown, layout: RegExp, zone: string): Date {
  const found = text(value);
  assert.match(found, layout);
  const time = new Date(found.replace(" ", "T") + zone);
  assert.ok(!Number.isNaN(time.getTime()), found);
  return time;
}

function object(value: unknown): Json {
  assert.ok(typeof value === "object" && value !== null && !Array.isArray(value), String(value));
  return value as Json;
}

function list(value: unknown): readonly unknown[] {
  assert.ok(Array.isArray(value), String(value));
  return value as readonly unknown[];
}

function text(value: unknown): string {
  assert.equal(typeof value, "string", String(value));
  return value as string;
}

function optionalText(value: unknown): string | undefined {
  return value === undefined ? undefined : text(value);
}

function integer(value: unknown): number {
  assert.ok(Number.isSafeInteger(value), String(value));
  return value as number;
}

function boolean(value: unknown): boolean {
  assert.equal(typeof value, "boolean", String(value));
  return value as boolean;
}
