import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { Net } from "../support/net.ts";
import { announcement, rawUpdate } from "../support/neighbour.ts";
import { until } from "../support/wait.ts";
import { Scene, SKIP } from "./scene.ts";

/** Attributes as bytes: flags, type, length, value. */
const ORIGIN = [0x40, 1, 1, 0];
const AS_PATH = [0x40, 2, 6, 2, 1, 0, 0, 0xfc, 0x58]; // AS_SEQUENCE of 64600
const NEXT_HOP = [0x40, 3, 4, 10, 0, 0, 2];
const GOOD = [ORIGIN, AS_PATH, NEXT_HOP];
/** 192.0.2.0/24 */
const PREFIX = "192.0.2.0/24";
const NLRI = [24, 192, 0, 2];

interface Case {
  readonly what: string;
  readonly attributes: readonly (readonly number[])[];
  readonly nlri?: readonly number[];
}

/** RFC 7606 §7 and §3: the routes of the UPDATE are treated as withdrawn, the session stays. */
const TREAT_AS_WITHDRAW: readonly Case[] = [
  { what: "ORIGIN with an undefined value", attributes: [[0x40, 1, 1, 3], AS_PATH, NEXT_HOP] },
  { what: "ORIGIN of two octets", attributes: [[0x40, 1, 2, 0, 0], AS_PATH, NEXT_HOP] },
  { what: "ORIGIN flagged as optional", attributes: [[0xc0, 1, 1, 0], AS_PATH, NEXT_HOP] },
  { what: "no ORIGIN", attributes: [AS_PATH, NEXT_HOP] },
  { what: "no AS_PATH", attributes: [ORIGIN, NEXT_HOP] },
  {
    what: "an AS_PATH segment that is longer than the attribute",
    attributes: [ORIGIN, [0x40, 2, 6, 2, 9, 0, 0, 0xfc, 0x58], NEXT_HOP],
  },
  {
    what: "an AS_PATH segment without AS numbers",
    attributes: [ORIGIN, [0x40, 2, 2, 2, 0], NEXT_HOP],
  },
  {
    what: "an AS_PATH segment of an unknown type",
    attributes: [ORIGIN, [0x40, 2, 6, 9, 1, 0, 0, 0xfc, 0x58], NEXT_HOP],
  },
  { what: "NEXT_HOP of five octets", attributes: [ORIGIN, AS_PATH, [0x40, 3, 5, 10, 0, 0, 2, 0]] },
  { what: "no NEXT_HOP", attributes: [ORIGIN, AS_PATH] },
  { what: "MULTI_EXIT_DISC of three octets", attributes: [...GOOD, [0x80, 4, 3, 0, 0, 1]] },
  { what: "COMMUNITIES of three octets", attributes: [...GOOD, [0xc0, 8, 3, 0, 0, 1]] },
  { what: "COMMUNITIES of no octets", attributes: [...GOOD, [0xc0, 8, 0]] },
  { what: "LARGE_COMMUNITY of four octets", attributes: [...GOOD, [0xc0, 32, 4, 0, 0, 0, 1]] },
  { what: "an attribute longer than all attributes", attributes: [...GOOD, [0xc0, 8, 200, 0]] },
  { what: "one octet too many behind the attributes", attributes: [...GOOD, [0x40]] },
];

/** RFC 7606 §7.6, §7.7, §3 g: the attribute is as if it were not there, the route counts. */
const ATTRIBUTE_DISCARD: readonly Case[] = [
  { what: "ATOMIC_AGGREGATE of one octet", attributes: [...GOOD, [0x40, 6, 1, 0]] },
  { what: "AGGREGATOR of five octets", attributes: [...GOOD, [0xc0, 7, 5, 0, 0, 0, 0, 0]] },
  { what: "ORIGIN a second time", attributes: [...GOOD, [0x40, 1, 1, 9]] },
];

describe("UPDATEs that break the rules of RFC 7606", { skip: SKIP }, () => {
  const net = new Net();
  let scene: Scene;
  before(async () => {
    scene = await Scene.open(net);
    await scene.start();
    scene.neighbour.announce(["198.51.100.0/24"], "10.0.0.2");
  });
  after(() => net.close());

  const faults = (): number =>
    scene.underlay.log().filter(({ event }) => event === "malformed-update").length;

  for (const { what, attributes, nlri = NLRI } of TREAT_AS_WITHDRAW) {
    it(`${what}: treat-as-withdraw`, async () => {
      scene.neighbour.announce([PREFIX], "10.0.0.2");
      await scene.leads(PREFIX, "10.0.0.2");
      scene.neighbour.send(rawUpdate({ attributes, nlri }));
      await scene.leads(PREFIX, "");
    });
  }

  for (const { what, attributes, nlri = NLRI } of ATTRIBUTE_DISCARD) {
    it(`${what}: attribute discard`, async () => {
      scene.neighbour.send(rawUpdate({ attributes, nlri }));
      await scene.leads(PREFIX, "10.0.0.2");
      scene.neighbour.withdraw(PREFIX);
      await scene.leads(PREFIX, "");
    });
  }

  it("the session has lasted through all of them, and other routes with it", async () => {
    await scene.leads("198.51.100.0/24", "10.0.0.2");
    assert.equal(scene.neighbour.sessions, 1);
    assert.deepEqual(
      scene.neighbour.heard("message").filter(({ type }) => type === 3),
      [],
      "no NOTIFICATION",
    );
    assert.ok(faults() > 0, "they are logged");
  });

  const RESETS: readonly (readonly [string, Uint8Array, string])[] = [
    ["a prefix of 33 bits", rawUpdate({ attributes: GOOD, nlri: [33, 192, 0, 2, 1, 0] }), "030a"],
    ["attributes beyond the message", tooLong(), "0301"],
    ["a message of 18 octets", message(18, 4), "0102"],
    ["a message of an unknown type", message(19, 77), "0103"],
    ["a marker that is none", broken(), "0101"],
  ];
  for (const [what, bytes, code] of RESETS) {
    it(`${what}: the session is reset with the right NOTIFICATION, and comes back`, async () => {
      const { neighbour } = scene;
      const sessions = neighbour.sessions;
      const { connection } = neighbour.heard("established").at(-1)!;
      neighbour.send(bytes);
      const last = await until("a NOTIFICATION", () =>
        neighbour
          .heard("message")
          .find((each) => each.type === 3 && each.connection === connection),
      );
      // By itself it waits longer each time: a neighbour that errs goes on erring.
      if (sessions > 1) await scene.underlay.ctl("restart", "peer");
      await neighbour.established(sessions + 1);
      assert.equal(last.body?.slice(0, 4), code);
      neighbour.announce(["198.51.100.0/24"], "10.0.0.2");
      await scene.leads("198.51.100.0/24", "10.0.0.2");
    });
  }
});

/** An UPDATE whose Total Path Attribute Length is larger than what is left of it. */
function tooLong(): Uint8Array {
  const bytes = announcement(64600, [PREFIX], "10.0.0.2");
  bytes[21] = 0x0f;
  return bytes;
}

function message(length: number, type: number): Uint8Array {
  return Uint8Array.from([...new Array<number>(16).fill(0xff), length >> 8, length & 0xff, type]);
}

function broken(): Uint8Array {
  const bytes = message(19, 4);
  bytes[3] = 0;
  return bytes;
}
