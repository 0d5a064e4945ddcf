import assert from "node:assert/strict";
import { test } from "node:test";
import { Fib, type InterfaceView, type KernelFact } from "../fib/index.ts";
import { NextHopTable, PrefixTable, formatAddress, formatQuad } from "../route/index.ts";
import { WHOLE_KERNEL, address, config, prefix } from "./fixture.test.ts";
import { HostView } from "./host.ts";
import { fibSettings } from "./settings.ts";

/** A host with these facts; `tell` adds some. */
function host(...facts: KernelFact[]): { view: HostView; tell: (fact: KernelFact) => void } {
  const fib = new Fib({
    prefixes: [new PrefixTable(0), new PrefixTable(1)],
    nextHops: new NextHopTable(),
    settings: fibSettings(config(""), WHOLE_KERNEL),
  });
  const view = new HostView(fib, 254);
  const tell = (fact: KernelFact): void => {
    view.fact(fact);
    fib.fact(fact, 0);
  };
  facts.forEach(tell);
  return { view, tell };
}

function link(index: number, name: string, more: { up?: boolean; gone?: boolean } = {}) {
  const rest = { running: true, mtu: 1500, mac: new Uint8Array(6), master: 0, linkKind: "" };
  return { kind: "link", index, name, up: true, ...rest, ...more } as const;
}

function has(index: number, text: string, gone = false): KernelFact {
  const [ip, length] = text.split("/");
  const fact = { kind: "address", interface: index, address: address(ip), length: Number(length) };
  return { ...fact, kind: "address", ...(gone && { gone }) };
}

interface RouteOptions {
  readonly type?: number;
  readonly gone?: boolean;
  readonly replace?: boolean;
}

function route(to: string, index: number, gateway: string, metric = 0, more: RouteOptions = {}) {
  return {
    kind: "route",
    prefix: prefix(to),
    table: 254,
    protocol: 3,
    type: 1,
    scope: 0,
    metric,
    hops: [{ interface: index, gateway: address(gateway), onlink: false }],
    ...more,
  } as const;
}

const LO = [link(1, "lo"), has(1, "127.0.0.1/8"), has(1, "::1/128")];
const ETH = [link(2, "eth0"), has(2, "192.168.1.101/24"), has(2, "fe80::2/64")];
const ETH1 = [link(3, "eth1"), has(3, "10.0.0.1/24"), has(3, "fd00::1/64")];
const name = (view: HostView): string | undefined => view.uplink()?.name;

test("the uplink is the default route's interface: IPv4 first, then the lowest metric", () => {
  const { view, tell } = host(...LO, ...ETH, ...ETH1);
  assert.equal(view.uplink(), undefined);
  tell(route("10.9.0.0/16", 2, "192.168.1.1"));
  assert.equal(view.uplink(), undefined);
  tell(route("0.0.0.0/0", 3, "10.0.0.2", 0, { type: 7 })); // unreachable leads nowhere
  assert.equal(view.uplink(), undefined);
  tell(route("::/0", 3, "fd00::2", 1));
  assert.equal(name(view), "eth1");
  tell(route("0.0.0.0/0", 2, "192.168.1.1", 100));
  assert.equal(name(view), "eth0");
  tell(route("0.0.0.0/0", 3, "10.0.0.2", 50));
  assert.equal(name(view), "eth1");
  tell(route("0.0.0.0/0", 3, "10.0.0.2", 50, { gone: true }));
  assert.equal(name(view), "eth0");
});

test("what concerns the uplink: default routes, their links, the one that is named", () => {
  const { view, tell } = host(...ETH, ...ETH1);
  const concerns = (fact: KernelFact, named?: string): boolean => view.concernsUplink(fact, named);
  assert.equal(concerns(link(2, "eth0")), false);
  assert.equal(concerns(link(2, "eth0"), "eth0"), true);
  tell(route("0.0.0.0/0", 2, "192.168.1.1"));
  assert.equal(concerns(route("0.0.0.0/0", 2, "192.168.1.1")), true);
  assert.equal(concerns(route("10.0.0.0/8", 2, "192.168.1.1")), false);
  assert.equal(concerns(link(2, "eth0")), true);
  assert.equal(concerns(link(3, "eth1")), false);
  assert.equal(concerns(has(2, "10.0.0.1/8")), false);
});

test("a replaced default route is gone", () => {
  const { view, tell } = host(...ETH, ...ETH1, route("0.0.0.0/0", 2, "192.168.1.1"));
  tell(route("0.0.0.0/0", 3, "10.0.0.2", 0, { replace: true }));
  assert.equal(name(view), "eth1");
  tell(route("0.0.0.0/0", 3, "10.0.0.2", 0, { gone: true }));
  assert.equal(view.uplink(), undefined);
});

test("of two routers that advertise themselves, one may go", () => {
  const { view, tell } = host(...ETH, ...ETH1);
  tell(route("::/0", 2, "fe80::a", 1024));
  tell(route("::/0", 3, "fe80::b", 1024));
  tell(route("::/0", 2, "fe80::a", 1024, { gone: true }));
  assert.equal(name(view), "eth1");
  // On one link, alike in their last 32 bits.
  tell(route("::/0", 2, "fe80::1:0:a", 512));
  tell(route("::/0", 2, "fe80::2:0:a", 512));
  tell(route("::/0", 2, "fe80::1:0:a", 512, { gone: true }));
  assert.equal(name(view), "eth0");
});

test("a link that is down is no uplink: the kernel drops its routes in silence", () => {
  const { view, tell } = host(...ETH, ...ETH1);
  tell(route("0.0.0.0/0", 2, "192.168.1.1", 1));
  tell(route("0.0.0.0/0", 3, "10.0.0.2", 2));
  assert.equal(name(view), "eth0");
  tell(link(2, "eth0", { up: false }));
  assert.equal(name(view), "eth1");
});

test("what a dump does not have any more is gone, its event lost", () => {
  const { view, tell } = host(...ETH, ...ETH1);
  tell(route("0.0.0.0/0", 2, "192.168.1.1", 1));
  tell(route("0.0.0.0/0", 3, "10.0.0.2", 2));
  view.dumpBegin("routes");
  tell(route("0.0.0.0/0", 3, "10.0.0.2", 2));
  view.dumpEnd("links");
  assert.equal(name(view), "eth0");
  view.dumpEnd("routes");
  assert.equal(name(view), "eth1");
});

test("the router id is the uplink's IPv4 address, else the first that is no loopback's", () => {
  const id = (...facts: KernelFact[]): string => formatQuad(host(...facts).view.routerId());
  assert.equal(id(...LO), "0.0.0.0");
  assert.equal(id(...LO, link(2, "eth0"), has(2, "fd00::1/64")), "0.0.0.0");
  assert.equal(id(...ETH1, ...LO, ...ETH), "192.168.1.101");
  assert.equal(id(...ETH, ...ETH1, route("0.0.0.0/0", 3, "10.0.0.2")), "10.0.0.1");
  assert.equal(id(...LO, has(1, "10.255.0.1/32"), ...ETH), "10.255.0.1");
  // An uplink without IPv4 does not have one to give.
  const six = [link(4, "eth2"), has(4, "fd01::1/64"), route("::/0", 4, "fd01::2")];
  assert.equal(id(...LO, ...ETH, ...six), "192.168.1.101");
});

function local(view: HostView, text: string): Record<string, unknown> | undefined {
  const found = view.localAddresses(address(text));
  if (found === undefined) return undefined;
  const { interface: index, interfaceName, ipv4, ipv6, linkLocal } = found;
  const shown = [ipv4, ipv6, linkLocal].map((one) => one && formatAddress(one));
  return { on: `${index} ${interfaceName}`, next: shown };
}

test("next hops for both families come from the interface of the session's address", () => {
  const { view } = host(...LO, ...ETH, has(2, "192.168.1.102/24"), has(2, "fd02::2/64"), ...ETH1);
  const on = "2 eth0";
  // IPv4 session, IPv6 routes (RFC 2545, with the link-local address beside the global one).
  assert.deepEqual(local(view, "192.168.1.101"), {
    on,
    next: ["192.168.1.101", "fd02::2", "fe80::2"],
  });
  // A second address of the interface: itself, not the first one.
  assert.deepEqual(local(view, "192.168.1.102")?.["next"], ["192.168.1.102", "fd02::2", "fe80::2"]);
  // IPv6 session, IPv4 routes.
  assert.deepEqual(local(view, "fd02::2"), { on, next: ["192.168.1.101", "fd02::2", "fe80::2"] });
  // Over link-local addresses there is the global one too, where the interface has one.
  assert.deepEqual(local(view, "fe80::2"), { on, next: ["192.168.1.101", "fd02::2", "fe80::2"] });
  assert.deepEqual(local(view, "10.0.0.1"), {
    on: "3 eth1",
    next: ["10.0.0.1", "fd00::1", undefined],
  });
  assert.equal(local(view, "10.0.0.77"), undefined);
});

test("127.0.0.1 and ::1 are not announced beside a router's own address on lo", () => {
  const { view } = host(...LO, has(1, "10.255.0.1/32"));
  assert.deepEqual(local(view, "10.255.0.1"), {
    on: "1 lo",
    next: ["10.255.0.1", undefined, undefined],
  });
});

test("own addresses and interfaces by name follow the kernel", () => {
  const { view, tell } = host(...LO, ...ETH1);
  const all = (): string[] => view.addresses().map((own) => formatAddress(own.address));
  assert.deepEqual(all(), ["127.0.0.1", "::1", "10.0.0.1", "fd00::1"]);
  assert.deepEqual(
    view.addresses().map((own) => own.interface),
    [1, 1, 3, 3],
  );
  const found: InterfaceView | undefined = view.byName("eth1");
  assert.deepEqual([found?.index, found?.mtu], [3, 1500]);
  assert.equal(view.byName("eth9"), undefined);
  tell(has(3, "10.0.0.1/24", true));
  assert.deepEqual(all(), ["127.0.0.1", "::1", "fd00::1"]);
  tell(link(3, "eth1", { gone: true }));
  assert.deepEqual(all(), ["127.0.0.1", "::1"]);
});
