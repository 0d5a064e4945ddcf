import assert from "node:assert/strict";
import { test } from "node:test";
import { PLAIN } from "../../route/index.ts";
import { World, path, range } from "./helpers.test.ts";
import { ExportPolicy, type FilterRule, type FilterSpec, ImportPolicy } from "./index.ts";
import { tryFilter } from "./filter-trial.ts";
import { SOURCE } from "./source.ts";

const IN = { external: true, localAsn: 64512, peerAsn: 64600, routerId: 1 };

function filter(...rules: FilterRule[]): FilterSpec {
  return { name: "f", rules };
}

/** What an import policy makes of a route by this filter. */
function imported(world: World, spec: FilterSpec, text: string, id = world.set(ROUTE)) {
  const policy = new ImportPolicy({ ...IN, filter: spec }, world);
  const result = policy.evaluate(id, ...world.route(text));
  return { id, result, handling: world.attributes.handling(result) };
}

const ROUTE = { asPath: path(64600) };

test("a rule says how routes are handled here, and their attributes stay as they are", () => {
  const world = new World();
  const spec = filter(
    { match: { prefix: [range("172.16.0.0/12 le 32")] }, then: "accept", set: { weight: 7 } },
    { then: "accept" },
  );
  const { id, result, handling } = imported(world, spec, "172.16.1.0/24");
  assert.notEqual(result, id);
  assert.deepEqual(handling, { ...PLAIN, weight: 7 });
  assert.deepEqual(world.attributes.encoded(result), world.attributes.encoded(id));
  assert.equal(world.attributes.nextHop(result), world.attributes.nextHop(id));
  assert.equal(imported(world, spec, "10.0.0.0/8", id).result, id);
});

test("of several rules the last word counts, each key by itself", () => {
  const world = new World();
  const spec = filter(
    { then: "next", set: { weight: 1 } },
    { then: "next", set: { weight: 2 } },
    { then: "accept", set: { med: 5 } },
  );
  const { result, handling } = imported(world, spec, "172.16.1.0/24");
  assert.equal(handling.weight, 2);
  assert.equal(world.attributes.med(result), 5);
});

test("what goes out is handled by whoever receives it", () => {
  const world = new World();
  const spec = filter({ then: "accept", set: { weight: 7 } });
  const { result } = imported(world, spec, "172.16.1.0/24");
  const policy = new ExportPolicy({ external: true, localAsn: 64512, filter: spec }, world);
  const sent = policy.evaluate(result, ...world.route("172.16.1.0/24"), SOURCE.EXTERNAL, 2);
  assert.notEqual(sent, 0);
  assert.equal(world.attributes.handling(sent), PLAIN);
});

test("a trial shows it, on import", () => {
  const world = new World();
  const spec = filter({ then: "accept", set: { weight: 7 } });
  const [family, prefix] = world.route("172.16.1.0/24");
  const route = { id: world.set(ROUTE), source: SOURCE.EXTERNAL, prefix };
  const trial = (direction: "import" | "export") =>
    tryFilter(spec, world.attributes, world.prefixes[family], route, {
      ...{ direction, external: true, localAsn: 64512 },
    });
  assert.equal(trial("import").handling.weight, 7);
  assert.equal(trial("export").handling, PLAIN);
});
