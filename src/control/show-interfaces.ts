import {
  type Address,
  IPV4,
  IPV6,
  formatAddress,
  isLinkLocal,
  isLoopback,
} from "../route/index.ts";
import type { Answer, CommandContext } from "./answer.ts";
import type { Arguments } from "./lexer.ts";
import { globMatcher } from "./pattern.ts";
import { type Reply, type ReplyLine, last, more } from "./reply.ts";
import type { InterfaceView } from "./views.ts";

type InterfaceAddress = InterfaceView["addresses"][number];

/** `show interfaces [summary] [NAME | "PATTERN"]`. BIRD knows no names here. */
export function showInterfaces(args: Arguments, { views }: CommandContext): Answer {
  const summary = args.keyword("summary");
  const pattern = args.next()?.text;
  const links = (): InterfaceView[] => {
    const matches = pattern === undefined ? () => true : globMatcher(pattern);
    return [...views.interfaces()].filter(({ name }) => matches(name));
  };
  const end = (isEmpty: boolean) =>
    isEmpty && pattern !== undefined ? last(8001, "Interface not found") : last(0);
  return {
    text: () => (summary ? summaryLines(links(), end) : interfaceLines(links(), end)),
    json: () => {
      const found = links();
      const { code, text } = end(found.length === 0);
      return { kind: "list", values: interfaceValues(found), code, text };
    },
  };
}

type End = (isEmpty: boolean) => ReplyLine;

function* interfaceLines(links: readonly InterfaceView[], end: End): Reply {
  for (const link of links) {
    const master = link.master === undefined ? "" : ` master=${link.master}`;
    yield more(1001, `${link.name} ${isUp(link)} (index=${link.index}${master})`);
    yield more(1004, `\t${flags(link).join(" ")}`);
    // BIRD has nothing like it; readers know lines by their code.
    if (link.uplink) yield more(1004, "\tUplink: ARP and NDP are answered here");
    if (link.pods) yield more(1004, "\tLeads to local pods");
    for (const one of link.addresses) {
      const preferred = isPreferred(one, link.addresses) ? "Preferred, " : "";
      yield more(1003, `\t${addressText(one)} (${preferred}scope ${scope(one.address)})`);
    }
  }
  yield end(links.length === 0);
}

function* summaryLines(links: readonly InterfaceView[], end: End): Reply {
  let header = true;
  for (const link of links) {
    if (header) yield more(2005, summaryRow("Interface", "State", "IPv4 address", "IPv6 address"));
    header = false;
    const first = (family: number): string => {
      const found = link.addresses.find(
        (one) => one.address.family === family && !(family === IPV6 && isLinkLocal(one.address)),
      );
      return found === undefined ? "" : addressText(found);
    };
    yield more(1005, summaryRow(link.name, isUp(link), first(IPV4), first(IPV6)));
  }
  yield end(links.length === 0);
}

function summaryRow(name: string, state: string, ipv4: string, ipv6: string): string {
  return `${name.padEnd(10)} ${state.padEnd(6)} ${ipv4.padEnd(18)} ${ipv6}`;
}

function isUp(link: InterfaceView): "up" | "down" {
  return link.up && link.running ? "up" : "down";
}

function flags(link: InterfaceView): string[] {
  const words = [link.pointToPoint ? "PtP" : "MultiAccess"];
  if (link.broadcast) words.push("Broadcast");
  if (link.multicast) words.push("Multicast");
  words.push(link.up ? "AdminUp" : "AdminDown", link.running ? "LinkUp" : "LinkDown");
  if (link.loopback) words.push("Loopback", "Ignored");
  words.push(`MTU=${link.mtu}`);
  return words;
}

function addressText({ address, length }: InterfaceAddress): string {
  return `${formatAddress(address)}/${length}`;
}

/** The first address of its family and scope class is the one that BIRD would use. */
function isPreferred(one: InterfaceAddress, all: readonly InterfaceAddress[]): boolean {
  const alike = all.filter(
    ({ address }) =>
      address.family === one.address.family && isLinkLocal(address) === isLinkLocal(one.address),
  );
  return alike[0] === one;
}

/** BIRD's words for how far an address reaches. */
function scope(address: Address): "host" | "link" | "site" | "univ" {
  if (isLoopback(address)) return "host";
  if (isLinkLocal(address)) return "link";
  return isPrivate(address) ? "site" : "univ";
}

/** RFC 1918, RFC 4193. */
function isPrivate({ family, w0 }: Address): boolean {
  if (family === IPV6) return w0 >>> 25 === 0x7e;
  return w0 >>> 24 === 10 || w0 >>> 20 === 0xac1 || w0 >>> 16 === 0xc0a8;
}

function* interfaceValues(links: readonly InterfaceView[]): Iterable<unknown> {
  for (const link of links) {
    yield { ...link, addresses: link.addresses.map(addressText) };
  }
}
