import {
  type Address,
  formatAddress,
  formatPrefix,
  isLinkLocal,
  isMulticast,
  isUnspecified,
  networkAddress,
  parseAddress,
  IPV6,
} from "../route/index.ts";
import { checkUnnumbered, checkUnnumberedKeys } from "./check-unnumbered.ts";
import { type Checker, unknownName } from "./checker.ts";
import { type MergedPeer, groupOf, mergePeers } from "./merge.ts";
import { checkKnobs } from "./peer-knobs.ts";
import { quote } from "./problem.ts";

/** The checks of the neighbours, each with the keys of its group. */
export function checkPeers(check: Checker): void {
  const names = new Set<string>();
  const endpoints = new Map<string, string>();
  const ranges = new Map<string, "dash" | "underscore">();
  for (const peer of check.loose.peers?.filter((one) => one !== undefined) ?? []) {
    const { range, name, dynamicNames = "dash" } = peer;
    if (range !== undefined && name !== undefined) ranges.set(name, dynamicNames);
  }
  const linkLocal = new Map<string, MergedPeer>();
  const all = mergePeers(check.loose);
  for (const merged of all) {
    checkPeerName(check, merged, names);
    checkDynamicNames(check, merged, ranges);
    checkReferences(check, merged);
    checkEndpoint(check, merged, endpoints);
    checkSharedKey(check, merged, linkLocal);
    checkAsn(check, merged);
    checkTransport(check, merged);
    checkTimers(check, merged);
    checkFamilies(check, merged);
    checkKnobs(check, merged);
    checkRestart(check, merged);
  }
  checkUnnumberedKeys(check, all);
}

function checkPeerName(check: Checker, { peer, path }: MergedPeer, names: Set<string>): void {
  if (peer.name === undefined) {
    check.missing([...path, "name"], "found no name, expected one: what the neighbour is called");
    return;
  }
  if (names.has(peer.name)) {
    check.problem([...path, "name"], `found the name ${quote(peer.name)} twice, expected it once`);
  }
  names.add(peer.name);
}

/** The neighbours out of a range are called after it and their address: `nodes-192.0.2.7`. */
function checkDynamicNames(
  check: Checker,
  { peer: { name = "" }, path }: MergedPeer,
  ranges: ReadonlyMap<string, "dash" | "underscore">,
): void {
  const found = [...ranges].find(([range, style]) => {
    if (!name.startsWith(range)) return false;
    const [separator, rest] = [name[range.length], name.slice(range.length + 1)];
    if (style === "dash") return separator === "-" && parseAddress(rest) !== undefined;
    const texts = [".", ":"].map((sign) => rest.replaceAll("_", sign));
    return separator === "_" && texts.some((text) => parseAddress(text) !== undefined);
  });
  if (found === undefined) return;
  const [range] = found;
  const what = `which a neighbour out of the range ${quote(range)} may get`;
  check.problem([...path, "name"], `found the name ${quote(name)}, ${what}: expected another one`);
}

function checkReferences(check: Checker, { peer, at }: MergedPeer): void {
  const { groups = {}, filters = {} } = check.loose;
  if (peer.group !== undefined && !Object.hasOwn(groups, peer.group)) {
    unknownName(check, at("group"), "group", peer.group, Object.keys(groups));
  }
  for (const key of ["import", "export"] as const) {
    const name = peer[key];
    if (name !== undefined && !Object.hasOwn(filters, name)) {
      unknownName(check, at(key), "filter", name, Object.keys(filters));
    }
  }
}

function checkEndpoint(check: Checker, merged: MergedPeer, seen: Map<string, string>): void {
  const { peer, path, at, own } = merged;
  if (peer.address !== undefined && peer.range !== undefined) {
    check.problem(at("range"), "found address and range, expected one of them");
    return;
  }
  const { interface: link } = peer;
  if (peer.address === undefined && peer.range === undefined && link === undefined) {
    const message = "found none of address, range and interface, expected one of them";
    check.missing([...path, "address"], message, [...path, "range"], [...path, "interface"]);
    return;
  }
  if (link !== undefined && (peer.address ?? peer.range) !== undefined) {
    const found = peer.address === undefined ? "range" : "address";
    const expected =
      "expected one of them (a link-local address has its interface as fe80::1%eth0)";
    check.problem(at("interface"), `found ${found} and interface, ${expected}`);
    return;
  }
  if (link !== undefined) checkUnnumbered(check, merged);
  else if (peer.address !== undefined) checkAddress(check, merged, peer.address);
  else checkRange(check, merged);
  const endpoint = describeEndpoint(merged);
  const other = seen.get(endpoint);
  if (other !== undefined) {
    const key = (["address", "range", "interface"] as const).find((each) => own(each)) ?? "address";
    check.problem(at(key), `found ${endpoint}, which is the peer ${quote(other)} already`);
  }
  seen.set(endpoint, peer.name ?? "");
}

/**
 * The kernel finds the key of a connection that comes in by the neighbour's address alone: an
 * interface counts only for VRFs (TCP_MD5SIG_FLAG_IFINDEX). So one link-local address on two links,
 * fe80::1 of each ToR say, can have one password or none.
 */
function checkSharedKey(check: Checker, merged: MergedPeer, seen: Map<string, MergedPeer>): void {
  const { peer, path, own, at } = merged;
  if (peer.address?.zone === undefined) return;
  const address = formatAddress(peer.address.address);
  const other = seen.get(address);
  seen.set(address, other ?? merged);
  if (other === undefined || other.peer.password?.file === peer.password?.file) return;
  const name = quote(other.peer.name ?? "");
  const expected = `expected the password of the peer ${name}, which has the same address on another interface`;
  const where = own("password") ? at("password") : [...path, "address"];
  check.problem(where, `found ${address} with another password, ${expected}`);
}

/** A more specific range inside another one, and an address inside a range, are exceptions. */
function describeEndpoint({ peer }: MergedPeer): string {
  if (peer.range !== undefined) return formatPrefix(peer.range);
  if (peer.interface !== undefined) return `the interface ${peer.interface}`;
  if (peer.address === undefined) return "";
  const zone = peer.address.zone === undefined ? "" : `%${peer.address.zone}`;
  return formatAddress(peer.address.address) + zone;
}

function checkAddress(
  check: Checker,
  { at, own }: MergedPeer,
  { address, zone }: { readonly address: Address; readonly zone: string | undefined },
): void {
  const text = formatAddress(address);
  if (isUnspecified(address) || isMulticast(address) || isNobody(address)) {
    check.problem(at("address"), `found ${text}, expected the address of one neighbour`);
  }
  const scoped = address.family === IPV6 && isLinkLocal(address);
  if (scoped && zone === undefined) {
    check.problem(at("address"), `found ${text}, expected its interface too, as ${text}%eth0`);
  } else if (!scoped && zone !== undefined) {
    const expected = `expected ${text}: only link-local addresses have an interface`;
    check.problem(at("address"), `found ${text}%${zone}, ${expected}`);
  }
  for (const key of ["max", "idleTimeout", "dynamicNames"] as const) {
    if (own(key)) check.problem(at(key), `found ${key} without a range, expected it with a range`);
  }
}

/** 0.0.0.0/8 is this network, and 240.0.0.0/4 reserved, to the broadcast at its end (RFC 6890). */
function isNobody({ family, w0 }: Address): boolean {
  return family !== IPV6 && (w0 >>> 24 === 0 || w0 >>> 28 === 15);
}

function checkRange(check: Checker, { peer, at, own }: MergedPeer): void {
  const first = peer.range === undefined ? undefined : networkAddress(peer.range);
  if (
    first !== undefined &&
    (isMulticast(first) || (first.family === IPV6 && isLinkLocal(first)))
  ) {
    const expected = "expected a range of addresses that need no interface to be reached";
    check.problem(at("range"), `found ${formatAddress(first)}, ${expected}`);
  }
  if (peer.passive === false && own("passive")) {
    const reason = "a range waits until its neighbours connect";
    check.problem(at("passive"), `found passive: false with a range, expected true: ${reason}`);
  }
  for (const key of ["port", "connectRetry"] as const) {
    if (own(key)) {
      check.problem(at(key), `found ${key} with a range, which never connects by itself`);
    }
  }
}

function checkAsn(check: Checker, { peer, path, at }: MergedPeer): void {
  const { node, reflector } = check.loose;
  if (peer.asn === undefined) {
    const unknownGroup = peer.group !== undefined && !groupOf(check.loose, peer.group);
    if (unknownGroup) return;
    const message =
      peer.group === undefined
        ? "found no asn, expected the neighbour's AS number or a group that has it"
        : `found no asn here nor in the group ${quote(peer.group)}, expected the neighbour's AS number`;
    check.missing([...path, "asn"], message);
    return;
  }
  const local = peer.localAsn ?? node?.asn;
  if (local === undefined) return;
  const internal = peer.asn === local || peer.asn === "internal";
  if (peer.client === true && !internal) {
    const expected = `expected client: false, or asn ${local}: only internal neighbours are clients`;
    check.problem(at("client"), `found client: true with asn ${peer.asn}, ${expected} (RFC 4456)`);
  } else if (peer.client === true && reflector === undefined) {
    check.problem(
      at("client"),
      "found client: true and no reflector, expected reflector.clusterId",
    );
  }
  if (peer.multihop !== undefined && internal) {
    const reason = "an internal neighbour may be any number of hops away";
    check.problem(at("multihop"), `found multihop with an internal neighbour: ${reason}`);
  }
}

function checkTransport(check: Checker, { peer, at }: MergedPeer): void {
  if (peer.ttlSecurity !== undefined && peer.multihop !== undefined) {
    const expected = "expected one of them: ttlSecurity says how many hops there are";
    check.problem(at("multihop"), `found ttlSecurity and multihop, ${expected}`);
  }
  if (peer.source !== undefined && (isUnspecified(peer.source) || isMulticast(peer.source))) {
    const text = formatAddress(peer.source);
    check.problem(at("source"), `found ${text}, expected an address of this node`);
  }
  const family = peer.address?.address.family ?? peer.range?.family;
  if (peer.source !== undefined && family !== undefined && peer.source.family !== family) {
    const wanted = family === IPV6 ? "IPv6" : "IPv4";
    check.problem(
      at("source"),
      `found ${formatAddress(peer.source)}, expected an ${wanted} address as the neighbour's is`,
    );
  }
  for (const key of ["type", "keyId", "file"] as const) {
    const auth = peer.bfd?.auth;
    if (auth === undefined || auth[key] !== undefined) continue;
    const expected = "expected auth: { type: sha1, keyId: 1, file: /... }";
    check.missing([...at("bfd"), "auth", key], `found no ${key}, ${expected}`);
  }
  if (peer.password !== undefined && peer.password.file === undefined) {
    check.missing([...at("password"), "file"], "found no file, expected password: { file: /... }");
  }
}

function checkTimers(check: Checker, { peer, at }: MergedPeer): void {
  const { keepalive, holdTime = 90 } = peer;
  if (keepalive === undefined) return;
  if (holdTime === 0) {
    check.problem(at("keepalive"), "found keepalive with holdTime 0, which sends no keepalives");
  } else if (keepalive >= holdTime) {
    check.problem(
      at("keepalive"),
      `found ${keepalive}s, expected less than the hold time of ${holdTime}s, a third of it at best`,
    );
  }
}

function checkFamilies(check: Checker, { peer, at }: MergedPeer): void {
  const { families } = peer;
  if (families === undefined) return;
  if (families.length === 0) {
    check.problem(at("families"), "found no family, expected ipv4, ipv6 or both");
  } else if (new Set(families).size < families.length) {
    check.problem(at("families"), "found a family twice, expected each once");
  }
}

/** RFC 9494 §3: the capability means nothing without that of graceful restart. */
function checkRestart(check: Checker, { peer, at }: MergedPeer): void {
  const { gracefulRestart, longLivedStaleTime = 0 } = peer;
  if (gracefulRestart !== "off" || longLivedStaleTime === 0) return;
  const found = "found longLivedStaleTime with gracefulRestart: off";
  check.problem(at("longLivedStaleTime"), `${found}, expected gracefulRestart: full or helper`);
}
