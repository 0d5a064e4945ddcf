import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeOpen, encodeOpen, type Capability, type OpenMessage } from "bgp-ts";
import type { Negotiated } from "./actions.ts";
import { keepaliveTime, localCapabilities, localOpen, negotiate } from "./negotiation.ts";
import { DEFAULT_SETTINGS, HELPER, type SessionSettings } from "./settings.ts";

const SETTINGS: SessionSettings = {
  ...DEFAULT_SETTINGS,
  localAsn: 64512,
  peerAsn: 64600,
  routerId: 1,
  families: [true, true],
};
const FRESH = { restarting: false, forwarding: [false, false] } as const;
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
  const outcome = negotiate({ ...SETTINGS, ...settings }, open, FRESH);
  assert.ok("negotiated" in outcome);
  return outcome.negotiated;
}

test("our capabilities are the settings, then what the speaker adds", () => {
  assert.deepEqual(
    localCapabilities({ ...SETTINGS, capabilities: [{ kind: "role", role: 3 }] }, FRESH).map(
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
  assert.deepEqual(localCapabilities({ ...SETTINGS, ...plain }, FRESH), [IPV4]);
});

test("the AS number presented is the one in the OPEN and in its capability", () => {
  const settings = { ...SETTINGS, localAsnPresented: 65000 };
  assert.equal(localOpen(settings, FRESH).asn, 65000);
  assert.deepEqual(
    localOpen(settings, FRESH).capabilities.find(({ kind }) => kind === "four-octet-as"),
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
    localCapabilities({ ...SETTINGS, ...settings }, FRESH).filter(
      ({ kind }) => kind === "add-path",
    );
  assert.deepEqual(announced({}), []);
  const addPath = { send: [true, true], receive: [false, false] } as const;
  assert.deepEqual(announced({ addPath, families: [false, true] }), [
    { kind: "add-path", families: [{ afi: 2, safi: 1, send: true, receive: false }] },
  ]);
  const mixed = { send: [true, false], receive: [true, true] } as const;
  assert.deepEqual(announced({ addPath: mixed, families: [true, true] }), [
    {
      kind: "add-path",
      families: [
        { afi: 1, safi: 1, send: true, receive: true },
        { afi: 2, safi: 1, send: false, receive: true },
      ],
    },
  ]);
  const four = { send: [true, false], receive: [false, false] } as const;
  assert.deepEqual(announced({ addPath: four, families: [true, true] }), [
    { kind: "add-path", families: [{ afi: 1, safi: 1, send: true, receive: false }] },
  ]);
  assert.deepEqual(announced({ addPath: four, families: [false, true] }), []);
});

test("IPv6 next hops for IPv4 routes are offered where they are wanted, for IPv4 (RFC 8950 §4)", () => {
  const offered = (settings: Partial<SessionSettings>): Capability[] =>
    localCapabilities({ ...SETTINGS, ...settings }, FRESH).filter(
      ({ kind }) => kind === "extended-next-hop",
    );
  const entries = [{ afi: 1, safi: 1, nextHopAfi: 2 }];
  assert.deepEqual(offered({ extendedNextHop: true, families: [true, true] }), [
    { kind: "extended-next-hop", entries },
  ]);
  assert.deepEqual(offered({ extendedNextHop: true, families: [false, true] }), []);
  assert.deepEqual(offered({}), []);
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

const THEIRS: Capability & { readonly kind: "graceful-restart" } = {
  kind: "graceful-restart",
  restarting: false,
  notification: true,
  time: 120,
  families: [{ afi: 1, safi: 1, forwarding: true }],
};
const LONG: Capability = {
  kind: "long-lived-graceful-restart",
  families: [{ afi: 1, safi: 1, forwarding: true, staleTime: 5000 }],
};
const FULL = { time: 30, families: [true, true], longLived: 0 } as const;

test("graceful restart: the neighbour's terms, where we speak of it too", () => {
  const both = agree({ gracefulRestart: FULL }, [IPV4, THEIRS]);
  assert.deepEqual(both.gracefulRestart, {
    time: 120,
    families: [true, false],
    forwarding: [true, false],
    restarting: false,
    notification: true,
    longLived: false,
    staleTime: [0, 0],
    longLivedForwarding: [false, false],
  });
  assert.equal(both.keepsOurRoutes, true);
  assert.equal(agree({ gracefulRestart: FULL }, [IPV4]).keepsOurRoutes, false);
  assert.equal(agree({ gracefulRestart: undefined }, [IPV4, THEIRS]).gracefulRestart, undefined);
  const twice = agree({}, [IPV4, THEIRS, { ...THEIRS, time: 9 }]);
  assert.equal(twice.gracefulRestart?.time, 9, "of several, the last (RFC 4724 §3)");
});

test("long-lived stale routes: the shorter time of both, and only beside graceful restart", () => {
  const times = (longLived: number, ...theirs: Capability[]) =>
    agree({ gracefulRestart: { ...FULL, longLived } }, [IPV4, ...theirs]).gracefulRestart;
  assert.deepEqual(times(100, THEIRS, LONG)?.staleTime, [100, 0]);
  assert.deepEqual(times(9000, THEIRS, LONG)?.staleTime, [5000, 0]);
  assert.deepEqual(times(0, THEIRS, LONG)?.staleTime, [0, 0], "we keep none");
  assert.equal(times(0, THEIRS, LONG)?.longLived, false);
  assert.equal(times(100, LONG), undefined, "RFC 9494 §3: ignored without graceful restart");
});

test("what our OPEN says of restarts: R and F as they are, N always", () => {
  const said = (restarting: boolean, forwarding: readonly [boolean, boolean], longLived = 0) => {
    const gracefulRestart = { ...FULL, longLived };
    const open = localOpen({ ...SETTINGS, gracefulRestart }, { restarting, forwarding });
    return open.capabilities.filter(({ kind }) => kind.endsWith("graceful-restart"));
  };
  const families = [
    { afi: 1, safi: 1, forwarding: true },
    { afi: 2, safi: 1, forwarding: false },
  ];
  const restart = { kind: "graceful-restart", notification: true, time: 30 } as const;
  assert.deepEqual(said(true, [true, false]), [{ ...restart, restarting: true, families }]);
  assert.deepEqual(said(false, [true, false], 60), [
    { ...restart, restarting: false, families },
    {
      kind: "long-lived-graceful-restart",
      families: families.map((family) => ({ ...family, staleTime: 60 })),
    },
  ]);
});

test("graceful restart without a family: we want End-of-RIB, and nothing is kept for us", () => {
  assert.equal(DEFAULT_SETTINGS.gracefulRestart, HELPER);
  const message = encodeOpen(localOpen(SETTINGS, FRESH));
  const open = decodeOpen(message, 19, message.length);
  assert.ok(open.kind === "open");
  const capability = open.capabilities.find((each) => each.kind === "graceful-restart");
  const expected = { restarting: false, notification: true, time: 0, families: [] };
  assert.deepEqual(capability, { kind: "graceful-restart", ...expected });
  assert.equal(agree({}, [IPV4, THEIRS]).keepsOurRoutes, false);
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
  assert.deepEqual(localCapabilities(settings, FRESH).at(-1), { kind: "role", role: 3 });
  agree({ role: 3 }, [{ kind: "role", role: 0 }]);
  const open: OpenMessage = {
    ...{ kind: "open", version: 4, asn: 64600, holdTime: 30, routerId: 2 },
    capabilities: [{ kind: "role", role: 4 }],
  };
  const outcome = negotiate(settings, open, FRESH);
  assert.ok("trouble" in outcome);
  const { notification, cause } = outcome.trouble;
  assert.deepEqual([notification?.code, notification?.subcode], [2, 11]);
  assert.equal(cause.detail, "its role is peer, expected provider");
  assert.ok(
    "trouble" in negotiate({ ...settings, roleStrict: true }, { ...open, capabilities: [] }, FRESH),
  );
});
