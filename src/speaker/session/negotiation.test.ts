import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeOpen, encodeOpen, type Capability, type OpenMessage } from "bgp-ts";
import type { Negotiated } from "./actions.ts";
import { keepaliveTime, localCapabilities, localOpen, negotiate } from "./negotiation.ts";
import { DEFAULT_SETTINGS, END_OF_RIB_ONLY, type SessionSettings } from "./settings.ts";

const SETTINGS: SessionSettings = {
  ...DEFAULT_SETTINGS,
  localAsn: 64512,
  peerAsn: 64600,
  routerId: 1,
  families: [true, true],
};
const IPV4: Capability = { kind: "multiprotocol", afi: 1, safi: 1 };
const IPV6: Capability = { kind: "multiprotocol", afi: 2, safi: 1 };

function agree(settings: Partial<SessionSettings>, theirs: readonly Capability[]): Negotiated {
  const open: OpenMessage = {
    kind: "open",
    version: 4,
    asn: 64600,
    holdTime: 30,
    routerId: 2,
    capabilities: theirs,
  };
  const outcome = negotiate({ ...SETTINGS, ...settings }, open);
  assert.ok("negotiated" in outcome);
  return outcome.negotiated;
}

test("our capabilities are the settings, then what the speaker adds", () => {
  assert.deepEqual(
    localCapabilities({ ...SETTINGS, capabilities: [{ kind: "role", role: 3 }] }).map(
      ({ kind }) => kind,
    ),
    [
      "multiprotocol",
      "multiprotocol",
      "route-refresh",
      "enhanced-route-refresh",
      "four-octet-as",
      "extended-message",
      "graceful-restart",
      "role",
    ],
  );
  const plain = {
    families: [true, false],
    routeRefresh: false,
    enhancedRouteRefresh: false,
    fourOctetAs: false,
    extendedMessages: false,
    gracefulRestart: undefined,
  } as const;
  assert.deepEqual(localCapabilities({ ...SETTINGS, ...plain }), [IPV4]);
});

test("the AS number presented is the one in the OPEN and in its capability", () => {
  const settings = { ...SETTINGS, localAsnPresented: 65000 };
  assert.equal(localOpen(settings).asn, 65000);
  assert.deepEqual(
    localOpen(settings).capabilities.find(({ kind }) => kind === "four-octet-as"),
    { kind: "four-octet-as", asn: 65000 },
  );
  assert.equal(agree({ localAsnPresented: 64600 }, [IPV4]).external, false);
});

test("families: those of both sides (RFC 4760 §8)", () => {
  assert.deepEqual(agree({}, [IPV4, IPV6]).families, [true, true]);
  assert.deepEqual(agree({}, [IPV6]).families, [false, true]);
  assert.deepEqual(agree({ families: [true, false] }, [IPV4, IPV6]).families, [true, false]);
  assert.deepEqual(agree({}, []).families, [true, false], "none named: IPv4");
});

test("what needs both sides", () => {
  const all: Capability[] = [
    IPV4,
    { kind: "route-refresh" },
    { kind: "enhanced-route-refresh" },
    { kind: "four-octet-as", asn: 64600 },
    { kind: "extended-message" },
  ];
  const with4 = agree({}, all);
  const flags = (n: Negotiated) => [
    n.routeRefresh,
    n.enhancedRouteRefresh,
    n.fourOctetAs,
    n.extendedMessages,
  ];
  assert.deepEqual(flags(with4), [true, true, true, true]);
  assert.deepEqual(flags(agree({}, [IPV4])), [false, false, false, false]);
  assert.deepEqual(flags(agree({ extendedMessages: false }, all)), [true, true, true, false]);
});

test("the longest message, each way (RFC 8654 §4)", () => {
  const long: Capability = { kind: "extended-message" };
  const lengths = (n: Negotiated) => [n.maximumSend, n.maximumReceive];
  assert.deepEqual(lengths(agree({}, [IPV4, long])), [65535, 65535]);
  assert.deepEqual(lengths(agree({}, [IPV4])), [4096, 65535]);
  assert.deepEqual(lengths(agree({ extendedMessages: false }, [IPV4, long])), [65535, 4096]);
});

test("ADD-PATH: who sends what the other receives (RFC 7911 §4)", () => {
  const addPath = (send: boolean, receive: boolean): Capability => ({
    kind: "add-path",
    families: [{ afi: 1, safi: 1, send, receive }],
  });
  const both = agree({ capabilities: [addPath(false, true)] }, [IPV4, addPath(true, true)]);
  assert.deepEqual(both.addPathReceive, [true, false]);
  assert.deepEqual(both.addPathSend, [false, false]);
  const sends = agree({ capabilities: [addPath(true, false)] }, [IPV4, addPath(true, true)]);
  assert.deepEqual(sends.addPathSend, [true, false]);
  assert.deepEqual(agree({}, [IPV4, addPath(true, true)]).addPathReceive, [false, false]);
});

test("ADD-PATH is announced for the families wanted, in the directions wanted (RFC 7911 §4)", () => {
  const announced = (settings: Partial<SessionSettings>) =>
    localCapabilities({ ...SETTINGS, ...settings }).filter(({ kind }) => kind === "add-path");
  assert.deepEqual(announced({}), []);
  const addPath = { send: true, receive: false };
  assert.deepEqual(announced({ addPath, families: [false, true] }), [
    { kind: "add-path", families: [{ afi: 2, safi: 1, send: true, receive: false }] },
  ]);
});

test("IPv6 next hops for IPv4 routes (RFC 8950 §4)", () => {
  const entry = (afi: number): Capability => ({
    kind: "extended-next-hop",
    entries: [{ afi, safi: 1, nextHopAfi: 2 }],
  });
  assert.equal(agree({ capabilities: [entry(1)] }, [IPV4, entry(1)]).extendedNextHop, true);
  assert.equal(agree({ capabilities: [entry(1)] }, [IPV4, entry(2)]).extendedNextHop, false);
  assert.equal(agree({}, [IPV4, entry(1)]).extendedNextHop, false);
});

test("graceful restart: the neighbour's, where we have one too", () => {
  const restart: Capability & { readonly kind: "graceful-restart" } = {
    kind: "graceful-restart",
    restarting: false,
    notification: true,
    time: 120,
    families: [{ afi: 1, safi: 1, forwarding: true }],
  };
  const ours = { ...restart, time: 30 };
  const both = agree({ gracefulRestart: ours }, [IPV4, restart]);
  assert.deepEqual(both.gracefulRestart, restart);
  assert.equal(both.keepsOurRoutes, true);
  assert.equal(agree({ gracefulRestart: ours }, [IPV4]).keepsOurRoutes, false);
  assert.equal(agree({ gracefulRestart: undefined }, [IPV4, restart]).gracefulRestart, undefined);
  const twice = agree({}, [IPV4, restart, { ...restart, time: 9 }]);
  assert.equal(twice.gracefulRestart?.time, 9, "of several, the last (RFC 4724 §3)");
});

test("graceful restart without a family: we want End-of-RIB, and nothing is kept for us", () => {
  const message = encodeOpen(localOpen(SETTINGS));
  const open = decodeOpen(message, 19, message.length);
  assert.ok(open.kind === "open");
  const capability = open.capabilities.find((each) => each.kind === "graceful-restart");
  assert.deepEqual(capability, { kind: "graceful-restart", ...END_OF_RIB_ONLY });
  const theirs: Capability = { ...capability, time: 120 };
  assert.equal(agree({}, [IPV4, theirs]).keepsOurRoutes, false);
});

test("KEEPALIVE interval: a third, or what is set, or a third of what the neighbour made shorter", () => {
  const interval = (keepalive: number | undefined, holdTime: number) =>
    keepaliveTime({ ...SETTINGS, holdTime: 90, keepalive }, holdTime);
  assert.equal(interval(undefined, 90), 30);
  assert.equal(interval(undefined, 9), 3);
  assert.equal(interval(10, 90), 10);
  assert.equal(interval(40, 90), 40);
  assert.equal(interval(40, 30), 10);
  assert.equal(interval(5, 30), 5);
  assert.equal(interval(5, 0), 0);
});

test("RFC 9234 §4.2: a role is told, and one that does not fit refuses the OPEN with 2/11", () => {
  const settings = { ...SETTINGS, role: 3 };
  assert.deepEqual(localCapabilities(settings).at(-1), { kind: "role", role: 3 });
  agree({ role: 3 }, [{ kind: "role", role: 0 }]);
  const open: OpenMessage = {
    ...{ kind: "open", version: 4, asn: 64600, holdTime: 30, routerId: 2 },
    capabilities: [{ kind: "role", role: 4 }],
  };
  const outcome = negotiate(settings, open);
  assert.ok("trouble" in outcome);
  const { notification, cause } = outcome.trouble;
  assert.deepEqual([notification?.code, notification?.subcode], [2, 11]);
  assert.equal(cause.detail, "its role is peer, expected provider");
  assert.ok(
    "trouble" in negotiate({ ...settings, roleStrict: true }, { ...open, capabilities: [] }),
  );
});
