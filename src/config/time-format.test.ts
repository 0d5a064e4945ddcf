import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseConfig } from "./index.ts";
import { readTimeFormat } from "./time-format.ts";

const field = (letter: string, digits = 6) => ({ field: letter, digits });
const TIME = [field("H"), ":", field("M"), ":", field("S")];
const DATE = [field("Y"), "-", field("m"), "-", field("d")];

function parsed(control: string) {
  return parseConfig(
    `node: { name: a, asn: 64512, routerId: 192.0.2.1 }\ncontrol: { ${control} }\n`,
    { hostname: "a", file: "a.yaml" },
  );
}

describe("timeFormat", () => {
  it("words of BIRD's, conversions, and a limit", () => {
    assert.deepEqual(readTimeFormat("%s"), {
      ...{ recent: [field("s")], limit: Infinity, older: [field("s")] },
    });
    assert.deepEqual(readTimeFormat("iso long ms")?.recent, [
      ...[...DATE, " ", ...TIME, ".", field("f", 3)],
    ]);
    const short = { recent: TIME, limit: 72_000_000, older: DATE };
    assert.deepEqual(readTimeFormat("iso short"), short);
    assert.deepEqual(readTimeFormat("%T limit 20h %F"), short);
    assert.deepEqual(readTimeFormat("100%% %2f")?.recent, ["100", "%", " ", field("f", 2)]);
  });

  it("what is none", () => {
    const wrong = ["", "iso", "now", "%", "%Q", "%3S", "%0f", "%T limit %F", "%T limit soon %F"];
    for (const text of [...wrong, "%T\n", `%T${"x".repeat(70)}`, "toString"]) {
      assert.equal(readTimeFormat(text), undefined, text);
    }
  });

  it("one for the tables, or one for each kind", () => {
    const both = parsed('timeFormat: "%s"');
    assert.ok(both.ok, JSON.stringify(both));
    const { base, protocol, route } = both.config.control.timeFormats;
    assert.deepEqual([protocol.recent, route.recent], [[field("s")], [field("s")]]);
    assert.deepEqual(base, readTimeFormat("iso long ms"));
    const apart = parsed("timeFormat: { base: iso long, protocol: epoch }");
    assert.ok(apart.ok, JSON.stringify(apart));
    const formats = apart.config.control.timeFormats;
    assert.deepEqual(formats.base, readTimeFormat("iso long"));
    assert.deepEqual(formats.protocol.recent, [field("s")]);
    assert.deepEqual(formats.route.older, DATE);
    for (const wrong of ["timeFormat: soon", "timeFormat: { log: epoch }"]) {
      const refused = parsed(wrong);
      assert.ok(!refused.ok);
      assert.match(JSON.stringify(refused.problems), /timeFormat|log/, wrong);
    }
  });
});
