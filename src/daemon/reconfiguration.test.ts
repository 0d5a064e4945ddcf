import assert from "node:assert/strict";
import { symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, describe, test } from "node:test";
import fc from "fast-check";
import type { ConfigureRequest, ConfigureResult } from "../control/index.ts";
import { config, folderOf } from "./fixture.test.ts";
import type { Phase } from "./life.ts";
import { Reconfiguration } from "./reconfiguration.ts";
import { wholeConfig } from "./whole-config.ts";

const ROUTER_ID = 0x0a000001;

const named = (name: string) =>
  wholeConfig(config(`peers: [{ name: ${name}, address: 10.0.0.9, asn: 64600 }]`), 7);

/**
 * A life on a clock that stands still until pass(). Its files are `a.yaml`, which it has begun with,
 * `b.yaml` and so on: each has one peer, whose name is the file's. `bad.yaml` is refused.
 */
function begin(t: TestContext, file = "a.yaml") {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  let now = 0;
  const scene = {
    phase: "running" as Phase,
    /** What runs, in the order in which it was applied. */
    runs: [] as string[],
    logged: [] as { event: string; [key: string]: unknown }[],
    told: [] as string[],
    /** Of onChange. */
    changes: [] as string[],
    expired: 0,
    pass(milliseconds: number): void {
      now += milliseconds;
      t.mock.timers.tick(milliseconds);
    },
    configure(request: Partial<ConfigureRequest> = {}): ConfigureResult {
      const onExpired = (): void => void scene.expired++;
      return life.configure({ check: false, file: undefined, timeout: 0, onExpired, ...request });
    },
    get running(): string {
      return life.config.peers[0].name;
    },
    events: (): string[] => scene.logged.map(({ event }) => event),
  };
  const log = (line: object): void => void scene.logged.push(line as { event: string });
  const life = new Reconfiguration(
    {
      file,
      clock: () => now,
      logger: { error: log, info: log, warn: log },
      manager: {
        ready: (status) => void scene.told.push(status),
        reloading: () => void scene.told.push("reloading"),
      },
      phase: () => scene.phase,
      prepare: (path) => {
        const name = path.replace(/^.*\/|\.yaml$/g, "");
        if (name === "bad") return { kind: "refused", problems: ["bad.yaml:1:1: it is bad"] };
        return { kind: "prepared", whole: named(name), notes: [`peers ${name}: added`] };
      },
      apply: ({ config, speaker }) => {
        scene.runs.push(`${config.peers[0].name} ${speaker.routerId}`);
        return ["peer x: session reset"];
      },
      onChange: ({ outcome, file: of, lines }) => {
        scene.changes.push([outcome, of, ...lines].join("; "));
      },
      status: () => "it runs",
    },
    named("a"),
  );
  life.start(ROUTER_ID);
  return { life, scene };
}

describe("a configuration on trial", () => {
  test("is undone by itself when nobody confirms it, and whoever began it is told", (t) => {
    const { life, scene } = begin(t);
    const result = scene.configure({ file: "b.yaml", timeout: 60_000 });
    assert.equal(result.outcome, "applied");
    assert.equal(result.undoIn, 60_000);
    assert.deepEqual(result.notes, ["peers b: added", "peer x: session reset"]);
    scene.pass(59_999);
    assert.equal(scene.running, "b");
    assert.equal(life.view().undoIn, 1);
    scene.pass(1);
    assert.equal(scene.running, "a");
    assert.equal(scene.expired, 1);
    assert.equal(life.view().undoIn, undefined);
    assert.equal(life.view().file, "a.yaml");
    // As it was: with the router id that it had started with.
    assert.deepEqual(scene.runs, ["b 7", `a ${ROUTER_ID}`]);
    assert.deepEqual(scene.events(), ["configured", "configure-undone"]);
    assert.deepEqual(scene.logged[1], {
      event: "configure-undone",
      by: "timeout",
      file: "a.yaml",
      changes: ["peers a: added", "peers b: removed", "peer x: session reset"],
    });
    const unconfirmed = "it runs; its configuration is unconfirmed";
    assert.deepEqual(scene.told, ["reloading", unconfirmed, "reloading", "it runs"]);
    assert.deepEqual(scene.changes, [
      "applied; b.yaml; peers b: added; peer x: session reset",
      "undone; b.yaml; peers a: added; peers b: removed; peer x: session reset",
    ]);
    const { configuredAt, generation, ...counts } = life.facts;
    assert.deepEqual([configuredAt, generation], [60_000, 2]);
    assert.deepEqual(counts, { applied: 1, refused: 0, undone: 1, isLastGood: true });
    scene.pass(100_000);
    assert.equal(scene.runs.length, 2);
  });

  test("stays when it is confirmed, and can still be undone", (t) => {
    const { life, scene } = begin(t);
    scene.configure({ file: "b.yaml", timeout: 60_000 });
    assert.equal(life.confirm(), "confirmed");
    assert.equal(life.confirm(), "nothing");
    scene.pass(100_000);
    assert.equal(scene.running, "b");
    assert.equal(life.undo().outcome, "undone");
    assert.equal(scene.running, "a");
    assert.deepEqual(scene.events(), ["configured", "configure-confirmed", "configure-undone"]);
    assert.equal(scene.logged[2]["by"], "operator");
  });

  test("is undone at once when that is asked for, and then no more", (t) => {
    const { life, scene } = begin(t);
    scene.configure({ file: "b.yaml", timeout: 60_000 });
    assert.deepEqual(life.undo().notes, [
      "peers a: added",
      "peers b: removed",
      "peer x: session reset",
    ]);
    assert.equal(life.undo().outcome, "nothing");
    scene.pass(100_000);
    assert.deepEqual(scene.runs, ["b 7", `a ${ROUTER_ID}`]);
    assert.equal(scene.expired, 0);
  });

  test("another one with a timeout begins the time anew, and leads back to before both", (t) => {
    const { life, scene } = begin(t);
    scene.configure({ file: "b.yaml", timeout: 60_000 });
    scene.pass(50_000);
    scene.configure({ file: "c.yaml", timeout: 30_000 });
    scene.pass(29_999);
    assert.equal(scene.running, "c");
    scene.pass(1);
    assert.equal(scene.running, "a");
    assert.equal(life.undo().outcome, "nothing");
  });

  test("one without a timeout stays, and undo leads back to before both", (t) => {
    const { life, scene } = begin(t);
    scene.configure({ file: "b.yaml", timeout: 60_000 });
    scene.configure({ file: "c.yaml" });
    scene.pass(100_000);
    assert.equal(scene.running, "c");
    assert.equal(life.undo().outcome, "undone");
    assert.equal(scene.running, "a");
  });

  test("what is refused or only checked changes neither it nor its time", (t) => {
    const { life, scene } = begin(t);
    scene.configure({ file: "b.yaml", timeout: 60_000 });
    assert.equal(scene.configure({ file: "bad.yaml" }).outcome, "refused");
    assert.equal(scene.changes.at(-1), "refused; bad.yaml; bad.yaml:1:1: it is bad");
    assert.equal(scene.configure({ file: "c.yaml", check: true }).outcome, "checked");
    assert.equal(life.view().undoIn, 60_000);
    scene.pass(60_000);
    assert.equal(scene.running, "a");
  });

  test("SIGHUP is refused meanwhile, and says why", (t) => {
    const { life, scene } = begin(t);
    scene.configure({ file: "b.yaml", timeout: 60_000 });
    scene.pass(17_500);
    life.hangUp();
    assert.equal(scene.running, "b");
    assert.equal(life.view().undoIn, 42_500);
    assert.deepEqual(scene.logged[1], {
      event: "configure-refused",
      file: "a.yaml",
      problems: [
        'SIGHUP while the configuration of b.yaml waits to be confirmed (43 s are left): nothing was read, for a signal confirms nothing; "underlayctl configure confirm" keeps what runs, "underlayctl configure undo" takes it back, and then SIGHUP reads the file',
      ],
    });
    assert.equal(life.facts.refused, 1);
    assert.equal(scene.told.at(-1), "it runs; its configuration is unconfirmed");
    life.confirm();
    life.hangUp();
    assert.equal(scene.running, "a");
  });

  test("the daemon's end leaves it as it is, and says what the next start reads", (t) => {
    const { life, scene } = begin(t);
    scene.configure({ file: "b.yaml", timeout: 60_000 });
    scene.phase = "ending";
    life.end();
    life.end();
    const [, line, more] = scene.logged;
    assert.deepEqual(line, { event: "configure-unconfirmed", file: "b.yaml" });
    assert.equal(more, undefined);
    assert.equal(scene.configure({ file: "c.yaml" }).outcome, "ending");
    assert.equal(life.undo().outcome, "ending");
    assert.equal(life.view().ending, true);
    scene.pass(100_000);
    assert.deepEqual(scene.runs, ["b 7"]);
  });

  test("can last longer than a timer counts", (t) => {
    const { scene } = begin(t);
    scene.configure({ file: "b.yaml", timeout: 86_400_000 });
    for (let hour = 0; hour < 23; hour++) scene.pass(3_600_000);
    assert.equal(scene.running, "b");
    scene.pass(3_600_000);
    assert.equal(scene.running, "a");
  });
});

describe("a configuration that is not on trial", () => {
  test("can be undone once, and by none before there was another", (t) => {
    const { life, scene } = begin(t);
    assert.equal(life.undo().outcome, "nothing");
    assert.equal(life.confirm(), "nothing");
    scene.configure({ file: "b.yaml" });
    scene.configure({ file: "c.yaml" });
    life.undo();
    assert.equal(scene.running, "b");
    assert.equal(life.undo().outcome, "nothing");
  });

  test("is not touched while the daemon starts", (t) => {
    const { life, scene } = begin(t);
    scene.phase = "starting";
    const { outcome, problems } = scene.configure({ file: "b.yaml" });
    assert.deepEqual([outcome, problems], ["refused", ["the daemon is still starting: try again"]]);
    life.hangUp();
    assert.deepEqual(scene.runs, []);
  });

  test("another file than the daemon's own is told from another name of it", (t) => {
    const folder = folderOf(t);
    const own = join(folder, "a.yaml");
    writeFileSync(own, "");
    symlinkSync(own, join(folder, "link.yaml"));
    writeFileSync(join(folder, "b.yaml"), "");
    const { life, scene } = begin(t, own);
    const next = (file: string | undefined) => scene.configure({ file }).nextFile;
    assert.equal(next(undefined), undefined);
    assert.equal(next(`${folder}/./a.yaml`), undefined);
    assert.equal(next(join(folder, "link.yaml")), undefined);
    assert.equal(next(join(folder, "b.yaml")), own);
    assert.equal(life.view().nextFile, own);
    assert.equal(next("b.yaml"), own);
  });
});

test("whatever is done in whatever order: what is not on trial has been settled by somebody", (t) => {
  const milliseconds = fc.integer({ min: 1, max: 90_000 });
  const step = fc.oneof(
    fc.record({ does: fc.constant("configure" as const), milliseconds }),
    fc.record({ does: fc.constant("pass" as const), milliseconds }),
    fc.record({
      does: fc.constantFrom("settle", "refuse", "confirm", "undo", "hang up"),
      milliseconds: fc.constant(0),
    }),
  );
  let undone = 0;
  fc.assert(
    fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
      t.mock.timers.reset();
      const { life, scene } = begin(t);
      const settled = new Set(["a"]);
      const check = (): void => {
        if (life.view().undoIn === undefined) assert.ok(settled.has(scene.running));
        else assert.ok(!settled.has(scene.running));
      };
      for (const [at, { does, milliseconds }] of steps.entries()) {
        const file = `n${at}.yaml`;
        if (does === "configure") scene.configure({ file, timeout: milliseconds });
        else if (does === "pass") scene.pass(milliseconds);
        else if (does === "refuse") scene.configure({ file: "bad.yaml" });
        else if (does === "undo") life.undo();
        else if (does === "confirm" && life.confirm() === "confirmed") settled.add(scene.running);
        else if (does === "settle") {
          settled.add(`n${at}`);
          scene.configure({ file });
        } else if (does === "hang up") life.hangUp();
        check();
      }
      scene.pass(90_000);
      assert.equal(life.view().undoIn, undefined);
      check();
      undone += life.facts.undone;
    }),
    { numRuns: 200, seed: 1 },
  );
  assert.ok(undone > 50, "some of it is undone");
});
