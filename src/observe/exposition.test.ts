import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { parseExposition, type ParsedFamily } from "../../test/support/exposition.ts";
import { exposition } from "./exposition.ts";
import { EVERYTHING, bfd, peer, range, views } from "./fixture.test.ts";
import { METRICS, type ObservedViews } from "./index.ts";

const FIGURES = {
  resident: 1e8,
  heap: 1e7,
  arrayBuffers: 1e6,
  cpu: 1.5,
  loopActive: 2,
  loopIdle: 3,
};

function textOf(observed: ObservedViews): string {
  return [...exposition(observed, FIGURES)].join("");
}

function parsed(observed: ObservedViews): Map<string, ParsedFamily> {
  return parseExposition(textOf(observed));
}

/** Values by the text of their labels. */
function values(families: Map<string, ParsedFamily>, name: string): Record<string, number> {
  const { samples = [] } = families.get(name) ?? {};
  return Object.fromEntries(
    samples.map(({ labels, value }) => [Object.values(labels).join(" "), value]),
  );
}

const ALL = views(EVERYTHING, {
  bfdSessions: () => [bfd("tor-a", "Up"), bfd("nodes-10.1.0.2", "Down")],
});

test("the whole of it is right to the letter, and every family of the table is there", () => {
  const families = parsed(ALL);
  assert.deepEqual(
    [...families.keys()],
    METRICS.map(({ name }) => name),
  );
  for (const { name, type, help, labels } of METRICS) {
    const found = families.get(name);
    assert.deepEqual([found?.type, found?.help], [type, help]);
    assert.match(help, /[.]$/, name);
    const own = Object.keys(found?.samples[0].labels ?? {}).filter((label) => label !== "le");
    assert.deepEqual(own, labels, name);
  }
});

test("a neighbour's own series", () => {
  const families = parsed(ALL);
  assert.deepEqual(values(families, "underlay_bgp_peer_info"), {
    "tor-a 10.0.0.2  64600 64512 external": 1,
    "tor-b 10.0.0.2  64600 64512 external": 1,
  });
  assert.deepEqual(values(families, "underlay_bgp_peer_state"), { "tor-a": 6, "tor-b": 1 });
  assert.deepEqual(values(families, "underlay_bgp_peer_enabled"), { "tor-a": 1, "tor-b": 0 });
  assert.deepEqual(values(families, "underlay_bgp_peer_hold_time_seconds"), { "tor-a": 9 });
  assert.deepEqual(values(families, "underlay_bgp_peer_last_update_timestamp_seconds"), {
    "tor-a": 1_700_000_100.25,
  });
  assert.deepEqual(values(families, "underlay_bgp_peer_routes_received"), {
    "tor-a ipv4": 34,
    "tor-a ipv6": 34,
  });
  assert.equal(values(families, "underlay_bgp_peer_sessions_lost_total")["tor-a"], 2);
  assert.equal(values(families, "underlay_bgp_peer_messages_sent_total")["tor-a update"], 20);
  assert.deepEqual(values(families, "underlay_bfd_session_up"), { "tor-a": 1 });
  assert.equal(values(families, "underlay_bfd_sessions")["Down"], 1);
});

test("who came out of a range has no series of his own, and what is counted of all never falls", () => {
  const families = parsed(ALL);
  const states = values(families, "underlay_bgp_range_peers");
  assert.deepEqual([states["nodes Established"], states["nodes OpenSent"]], [1, 1]);
  assert.equal(values(families, "underlay_bgp_range_routes_accepted")["nodes ipv4"], 30);
  // Two who are there and those who were: 3 each.
  assert.equal(values(families, "underlay_bgp_range_sessions_established_total")["nodes"], 9);
  assert.equal(values(families, "underlay_bgp_range_messages_received_total")["nodes update"], 60);

  const crowd = (size: number) => [
    range("nodes"),
    ...Array.from({ length: size }, (_, i) => peer(`nodes-${i}`, { template: "nodes" })),
  ];
  const lines = (size: number): number => textOf(views(crowd(size))).split("\n").length;
  assert.equal(lines(5000), lines(1));
  // One whose range is no longer configured is about to leave.
  assert.doesNotMatch(textOf(views([peer("x", { template: "gone" })])), /"(x|gone)"/);
});

test("whatever a label says, the text stays whole", () => {
  const name = 'a"b\\c\nd';
  const families = parsed(views([peer(name)]));
  assert.deepEqual(Object.keys(values(families, "underlay_bgp_peer_up")), [name]);
});

test("it pauses: no piece is long", () => {
  const many = Array.from({ length: 1000 }, (_, i) => peer(`p${i}`));
  const pieces = [...exposition(views(many), FIGURES)];
  assert.ok(Math.max(...pieces.map((piece) => piece.split("\n").length)) < 300);
  assert.ok(pieces.filter((piece) => piece === "").length >= 1000 / 32, "while it collects, too");
});

test("README.md says what there is, and nothing else", () => {
  const rows = METRICS.map(({ name, type, labels, help }) => [
    `\`${name}\``,
    type,
    labels.map((label) => `\`${label}\``).join(" "),
    help,
  ]);
  const page = readFileSync(join(import.meta.dirname, "README.md"), "utf8");
  const [prose, all] = page.split("## All metrics");
  const lines = all.split("\n").filter((line) => line.startsWith("| `"));
  const cells = (line: string): string[] => line.split("|").map((cell) => cell.trim());
  assert.deepEqual(
    lines.map((line) => cells(line).slice(1, -1)),
    rows,
  );
  const known = METRICS.map(({ name }) => name);
  const named = [...prose.matchAll(/\b(?:underlay|process)_[a-z_]+/g)].map(([name]) => name);
  assert.deepEqual(
    named.filter((name) => !known.includes(name)),
    [],
  );
});
