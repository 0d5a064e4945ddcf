import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { FixedViews, converse } from "./fixture.test.ts";
import { ControlConnection } from "./index.ts";
import type { PlanItem, PlanView, PlannedPeer } from "./index.ts";

const NONE = { appear: 0, vanish: 0, change: 0 };
const PEER: PlannedPeer = {
  ...{ name: "tor-a", address: "192.0.2.1", kind: "kept", what: "", loses: false, leaks: 0 },
  ...{ obstacle: undefined, announced: NONE, accepted: NONE },
};
const ITEM: PlanItem = {
  ...{ what: "announced", change: "appear", peer: "tor-a", prefix: "10.1.0.0/16" },
  ...{ rule: "filter out: rule 2", leak: undefined },
};

class Planned implements PlanView {
  readonly kind = "plan";
  readonly file = "/etc/u.yaml";
  readonly notes: readonly string[] = [];
  peers: readonly PlannedPeer[] = [PEER];
  kernel = { routes: NONE, blackholes: NO_LISTS, settings: [] as string[], install: true };
  done = 0;
  readonly total = 200;
  changes = 0;
  disturbed: readonly string[] = [];
  items: readonly (PlanItem | undefined)[] = [];
  closed = 0;
  onStep: () => void = () => undefined;

  *walk(): Generator<PlanItem | undefined> {
    for (const item of this.items) {
      this.onStep();
      yield item;
    }
  }

  close(): void {
    this.closed++;
  }
}

const NO_LISTS = { added: [] as string[], removed: [] as string[] };

function views(planned: PlanView): FixedViews {
  const fixed = new FixedViews();
  fixed.planned = planned;
  return fixed;
}

/** The lines of a reply. */
function reply(line: string, fixed: FixedViews): string[] {
  return converse(`${line}\n`, fixed).split("\n").slice(0, -1);
}

/** The values of the reply to a program. */
function json(line: string, fixed: FixedViews): unknown[] {
  return reply(`underlay json ${line}`, fixed)
    .filter((row) => /^(?:1100-| )/.test(row))
    .map((row): unknown => JSON.parse(row.replace(/^(?:1100-| )/, "")));
}

describe("plan", () => {
  test("ends with one plain line, and a code by which scripts know what to do", () => {
    const cases: [string, Partial<Planned>, string][] = [
      ["0100 nothing would change", {}, "nothing"],
      [
        "0100 announced prefixes: 2 appear; kernel routes: 1 changes: safe to apply",
        {
          peers: [{ ...PEER, announced: { ...NONE, appear: 2 } }],
          kernel: { ...new Planned().kernel, routes: { ...NONE, change: 1 } },
        },
        "safe",
      ],
      [
        "8100 1 session reset: look at it before you apply it",
        { peers: [{ ...PEER, kind: "reset", what: "hold time changed", loses: true }] },
        "look",
      ],
      [
        "8100 accepted paths: 1 vanishes: look at it before you apply it",
        { peers: [{ ...PEER, accepted: { ...NONE, vanish: 1 } }] },
        "look",
      ],
      [
        "8100 nothing would change for the others: ask again, sessions came, went or changed meanwhile",
        { disturbed: ["tor-a"] },
        "look",
      ],
      [
        "8100 LEAK: 1 prefix to tor-a; announced prefixes: 1 appears",
        { peers: [{ ...PEER, announced: { ...NONE, appear: 1 }, leaks: 1 }] },
        "leak",
      ],
    ];
    for (const [line, change, outcome] of cases) {
      const planned = Object.assign(new Planned(), change);
      assert.equal(reply("plan", views(planned)).at(-1), line);
      const [row] = json("plan", views(planned));
      assert.equal((row as { outcome: string }).outcome, outcome);
      assert.equal(planned.closed, 2);
    }
  });

  test("names sessions with the reason, prefixes with the rule, and says how many it leaves out", () => {
    const planned = Object.assign(new Planned(), {
      notes: ["peers tor-a: holdTime changed"],
      peers: [
        { ...PEER, kind: "reset", what: "hold time changed", loses: true, leaks: 1 },
        { ...PEER, name: "tor-b", kind: "added" },
        { ...PEER, name: "tor-c" },
      ].map((peer) => ({ ...peer, announced: { ...NONE, appear: peer.leaks * 5 } })),
      items: [undefined, ITEM, { ...ITEM, leak: "learnt from tor-b (AS 65002)" }],
      changes: 3,
      disturbed: ["tor-c"],
    });
    assert.deepEqual(reply('plan "/etc/u.yaml"', views(planned)), [
      "1107-Plan of /etc/u.yaml: nothing is applied",
      "   peers tor-a: holdTime changed",
      " Sessions: 1 stay as they are",
      "   tor-a: session resets (hold time changed)",
      "   tor-b: is new; what it will send is not known",
      " Routes: 200 prefixes, as they would be with all sessions up",
      " Announced to tor-a: 5 appear, 1 of them LEAKS",
      "   + 10.1.0.0/16  filter out: rule 2",
      "   + 10.1.0.0/16  LEAK (learnt from tor-b (AS 65002)): filter out: rule 2",
      "   + ... and 3 more",
      " Kernel routes: none changes",
      " Meanwhile 3 best paths have changed: ask again for their sake",
      " Meanwhile sessions came, went or changed, of which nothing is said: tor-c",
      "8100 LEAK: 1 prefix to tor-a; 1 session reset, 1 added; announced prefixes: 5 appear",
    ]);
  });

  test("all of them come as they are found; so many as are wanted; and how far it is", () => {
    const planned = Object.assign(new Planned(), { items: [ITEM, undefined, ITEM] });
    planned.onStep = () => (planned.done += 50);
    const fixed = views(planned);
    const lines = reply("plan all progress", fixed);
    assert.deepEqual(lines.slice(1, 6), [
      " announced to tor-a: + 10.1.0.0/16  filter out: rule 2",
      "1108-100 of 200 prefixes",
      "1107-announced to tor-a: + 10.1.0.0/16  filter out: rule 2",
      " Sessions: 1 stay as they are",
      " Routes: 200 prefixes, as they would be with all sessions up",
    ]);
    assert.equal(json("plan all", fixed).length, 3);
    reply("plan first 7", fixed);
    reply("plan", fixed);
    assert.deepEqual(
      fixed.planQuestions.map(({ most }) => most),
      [Infinity, Infinity, 7, 20],
    );
    assert.match(reply("plan first 2000", fixed).join(), /^9001 syntax error, first 2000/);
    assert.match(reply("plan /etc/u.yaml", fixed).join(), /^9001 /);
  });

  test("a file that cannot be applied: every problem, and an error", () => {
    const fixed = new FixedViews();
    fixed.planned = { kind: "refused", file: "u.yaml", problems: ["u.yaml:3:5: no", "and no"] };
    assert.deepEqual(reply("plan", fixed), [
      "1107-Plan of u.yaml: it would be refused, and the running one stays",
      "8002-u.yaml:3:5: no",
      "8002 and no",
    ]);
    assert.deepEqual(json("plan", fixed), [
      { file: "u.yaml", problems: ["u.yaml:3:5: no", "and no"] },
    ]);
  });

  test("a program gets thousands of neighbours and prefixes in one value, made in pieces", () => {
    const peers = Array.from({ length: 1000 }, (_, i) => ({ ...PEER, name: `peer-${i}` }));
    const planned = Object.assign(new Planned(), { peers, items: [ITEM, undefined, ITEM] });
    const connection = new ControlConnection(views(planned));
    connection.pull();
    connection.receive("underlay json plan\n");
    let [pieces, text] = [0, ""];
    for (; connection.pending; pieces++) text += connection.pull();
    assert.ok(pieces > 10, `${pieces} pieces`);
    const [, row] = /^1100-(.*)\n0100 nothing would change\n$/.exec(text) ?? [];
    const value = JSON.parse(row) as Record<string, unknown>;
    const plain = (part: unknown): unknown => JSON.parse(JSON.stringify(part));
    assert.deepEqual(value["items"], plain([ITEM, ITEM]));
    assert.deepEqual(value["peers"], plain(peers));
    assert.equal(value["prefixes"], planned.total);
  });

  test("ends where another configuration is applied under it, and is closed", () => {
    const planned = Object.assign(new Planned(), { items: [ITEM, ITEM] });
    const fixed = views(planned);
    planned.onStep = () => fixed.generation++;
    assert.match(reply("plan", fixed).at(-1) ?? "", /^8004 another configuration was applied/);
    assert.equal(planned.closed, 1);
  });

  test("is closed where the client goes, whatever it has got by then", () => {
    for (const line of ["plan", "plan all", "underlay json plan", "underlay json plan all"]) {
      for (let pulls = 1; pulls < 5; pulls++) {
        const planned = Object.assign(new Planned(), { items: [ITEM, undefined, ITEM] });
        const connection = new ControlConnection(views(planned));
        connection.pull();
        connection.receive(`${line}\n`);
        for (let i = 0; i < pulls; i++) connection.pull(1);
        connection.end();
        assert.equal(planned.closed, 1, `${line}, after ${pulls}`);
        assert.equal(connection.holding, false);
      }
    }
  });
});

test("one too many at a time is told to wait, in both forms", () => {
  const views = new FixedViews();
  views.planned = { kind: "busy", text: "4 plans are under way" };
  assert.equal(converse("plan\n", views), "8001 4 plans are under way\n");
  assert.match(converse("underlay json plan all\n", views), /8001 4 plans are under way\n$/);
});
