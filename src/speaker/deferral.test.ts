import assert from "node:assert/strict";
import { test } from "node:test";
import type { NeighbourConfig, SpeakerConfig } from "./config.ts";
import { Deferral, GATHERING } from "./deferral.ts";
import type { Neighbour } from "./neighbour.ts";
import { address } from "./simulation.test.ts";

const NEIGHBOUR: NeighbourConfig = { name: "client", address: address("192.0.2.1"), asn: 65001 };
const REFLECTOR: SpeakerConfig = { asn: 65001, routerId: 1, clusterId: 1, neighbours: [NEIGHBOUR] };

/** Clients that are up and know of graceful restart; `looks`: how often one is asked for its session. */
function clients(count: number) {
  const seen = { looks: 0 };
  const session = () => ({
    negotiated: { gracefulRestart: { restarting: false } },
    context: { families: [true, false] },
    counters: [{ endOfRib: false }, { endOfRib: false }],
  });
  const all = Array.from({ length: count }, () => {
    const up = session();
    return {
      config: NEIGHBOUR,
      enabled: true,
      get up() {
        seen.looks++;
        return up;
      },
    } as unknown as Neighbour;
  });
  return { all, seen };
}

test("who knows nothing of graceful restart has let our routes go, and is told at once", () => {
  const deferral = new Deferral();
  deferral.begin(0);
  const [restartable] = clients(1).all;
  const other = { ...restartable, up: { negotiated: {} } } as unknown as Neighbour;
  assert.ok(!deferral.holds(other, 10));
  assert.ok(!deferral.isWaiting);
  assert.ok(deferral.holds(restartable, 10));
});

test("a reflector's clients are each looked at once, however many wait for one another", () => {
  const { all, seen } = clients(500);
  const deferral = new Deferral();
  deferral.begin(0);
  deferral.ownRoutesKnown();
  for (const each of all) assert.ok(deferral.holds(each, 10));
  for (const { up } of all.slice(0, -2)) up!.counters[0].endOfRib = true;
  seen.looks = 0;
  assert.equal(deferral.release(REFLECTOR, all, true, 5000).length, 0);
  assert.ok(seen.looks <= 3 * all.length, `${seen.looks} looks at ${all.length}`);
});

test("who alone has not said all is told, and the others wait for it", () => {
  const { all } = clients(3);
  const deferral = new Deferral();
  deferral.begin(0);
  deferral.ownRoutesKnown();
  for (const each of all) deferral.holds(each, 10);
  for (const { up } of all.slice(1)) up!.counters[0].endOfRib = true;
  assert.deepEqual(deferral.release(REFLECTOR, all, true, 5000), [all[0]]);
  all[0].up!.counters[0].endOfRib = true;
  assert.deepEqual(deferral.release(REFLECTOR, all, true, 5000), all.slice(1));
});

test("the end of gathering is a deadline until it has been worked on, however late that is asked", () => {
  const { all } = clients(2);
  const deferral = new Deferral();
  deferral.begin(0);
  deferral.ownRoutesKnown();
  for (const each of all) deferral.holds(each, 10);
  assert.equal(deferral.nextDeadline(REFLECTOR), GATHERING);
  deferral.release(REFLECTOR, all, true, GATHERING - 1);
  // A KEEPALIVE may be read meanwhile, which has nobody look for work.
  assert.equal(deferral.nextDeadline(REFLECTOR), GATHERING);
  deferral.release(REFLECTOR, all, true, GATHERING + 1);
  assert.equal(deferral.nextDeadline(REFLECTOR), 10 + 10_000);
});
