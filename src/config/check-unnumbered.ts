import { IPV6, isLinkLocal } from "../route/index.ts";
import type { Checker } from "./checker.ts";
import type { MergedPeer } from "./merge.ts";
import { quote } from "./problem.ts";

/** The checks of a peer that is known by its interface alone (unnumbered peering). */
export function checkUnnumbered(check: Checker, { peer, at, own }: MergedPeer): void {
  const reasons = {
    max: "it belongs to a range",
    idleTimeout: "it belongs to a range",
    source: "the session is between link-local addresses",
    multihop: "the neighbour is at the other end of the link",
  } as const;
  for (const key of Object.keys(reasons) as (keyof typeof reasons)[]) {
    if (own(key)) check.problem(at(key), `found ${key} with an interface: ${reasons[key]}`);
  }
  if (peer.bfd?.multihop === true) {
    const path = [...at("bfd"), "multihop"];
    check.problem(path, `found multihop: true with an interface: ${reasons.multihop}`);
  }
}

/**
 * Where an unnumbered neighbour will connect from is not known, so its key is for all of fe80::/10,
 * on every interface (see checkSharedKey): with a password, all of them have the same, and no
 * link-local neighbour is without one. One that has an address may have another one.
 */
export function checkUnnumberedKeys(check: Checker, peers: readonly MergedPeer[]): void {
  const first = peers.find(({ peer }) => isUnnumbered(peer) && peer.password !== undefined);
  if (first === undefined) return;
  const name = quote(first.peer.name ?? "");
  const file = first.peer.password?.file;
  for (const { peer, path, own, at } of peers) {
    const mustBeSame = isUnnumbered(peer);
    if (!mustBeSame && !hasLinkLocalAddress(peer)) continue;
    if (peer.password === undefined) {
      const expected = `expected one: the peer ${name} has one for every link-local address`;
      const key = mustBeSame ? "interface" : "address";
      check.problem([...path, key], `found no password, ${expected}`);
    } else if (mustBeSame && peer.password.file !== file) {
      const expected = `expected the password of the peer ${name}, as both are known by interface`;
      check.problem(own("password") ? at("password") : path, `found another password, ${expected}`);
    }
  }
}

function isUnnumbered({ interface: link, address, range }: MergedPeer["peer"]): boolean {
  return link !== undefined && address === undefined && range === undefined;
}

function hasLinkLocalAddress({ address }: MergedPeer["peer"]): boolean {
  return address?.address.family === IPV6 && isLinkLocal(address.address);
}
