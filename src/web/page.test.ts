import assert from "node:assert/strict";
import { setImmediate } from "node:timers/promises";
import { test } from "node:test";
import { prefix, ROUTES } from "../control/fixture.test.ts";
import type { RouteView } from "../control/index.ts";
import { Turns } from "../http/index.ts";
import { FixedWebViews, ask, served } from "./fixture.test.ts";
import { Page } from "./page.ts";

interface PlaceRow {
  readonly network: string;
  readonly ways: readonly Record<string, unknown>[];
  readonly isAway?: boolean;
  readonly block?: string;
}

interface PlaceState {
  readonly blocks: readonly PlaceRow[];
  readonly singles: readonly PlaceRow[];
  readonly moreBlocks: number;
  readonly moreSingles: number;
}

/** A route of the neighbour's; `path`: another AS path, by which a way differs. */
function learnt(network: string, more: Partial<RouteView> & { path?: number } = {}): RouteView {
  const { path = 65001, ...rest } = more;
  const [{ attributes }] = ROUTES;
  assert.ok(attributes !== undefined);
  const asPath = [{ type: 2 as const, asns: [path] }];
  return { ...ROUTES[0], network: prefix(network), attributes: { ...attributes, asPath }, ...rest };
}

function own(network: string, protocol: "blocks" | "pods"): RouteView {
  const source = protocol === "pods" ? "device" : "static";
  return { ...ROUTES[2], network: prefix(network), protocol, source };
}

async function state(t: Parameters<typeof served>[0], views: FixedWebViews): Promise<PlaceState> {
  const base = await served(t, views, { page: true });
  return (await ask(base, "/page/state")) as unknown as PlaceState;
}

test("its files, with their types, and nothing beside them", async (t) => {
  const base = await served(t, new FixedWebViews(), { page: true });
  const types: Readonly<Record<string, RegExp>> = {
    "/": /^text\/html; charset=utf-8$/,
    "/page.css": /^text\/css; charset=utf-8$/,
    "/page.js": /^text\/javascript; charset=utf-8$/,
    "/icon.svg": /^image\/svg\+xml$/,
  };
  for (const [path, type] of Object.entries(types)) {
    const answer = await fetch(base + path);
    assert.equal(answer.status, 200, path);
    assert.match(answer.headers.get("content-type") ?? "", type);
    assert.ok((await answer.text()).length > 100, path);
  }
  for (const path of [
    "/tsconfig.json",
    "/page/",
    "/page/page.js",
    "/..%2fpage.ts",
    "/index.html",
  ]) {
    assert.equal((await fetch(base + path)).status, 404, path);
  }
  assert.equal((await fetch(`${base}/status`)).status, 200, "the API is beside it");
});

test("the page has no script, style or address of its own that its policy forbids", async (t) => {
  const base = await served(t, new FixedWebViews(), { page: true });
  const html = await fetch(base).then((answer) => answer.text());
  assert.doesNotMatch(html, /<script>|<style|style=|\son\w+=|https?:/);
  const script = await fetch(`${base}/page.js`).then((answer) => answer.text());
  assert.doesNotMatch(
    script,
    /innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|https?:/,
  );
});

test("the node, its sessions, and what happened", async (t) => {
  const views = new FixedWebViews();
  const line = { kind: "moved" as const, at: 1, until: 2, count: 3, subject: "a", detail: "b" };
  views.lines = [{ ...line, things: ["x"] }];
  views.plainStatus = {
    ...views.plainStatus,
    warnings: ["look here"],
    sysctls: [
      { path: "net/ipv4/ip_forward", wanted: "1", found: "0", state: "wrong" },
      { path: "net/ipv6/x", wanted: "1", found: "1", state: "right" },
    ],
  };
  const base = await served(t, views, { page: true });
  const found = await ask(base, "/page/state");
  const { name, routerId, kernel, settings } = found["node"] as Record<string, unknown>;
  assert.deepEqual([name, routerId], ["vm", "10.0.0.1"]);
  assert.deepEqual(kernel, { installed: 4, pending: 0, unresolved: 0, failed: 1 });
  assert.deepEqual(settings, [{ path: "net/ipv4/ip_forward", found: "0", wanted: "1" }]);
  assert.deepEqual(found["warnings"], ["look here"]);
  assert.deepEqual(found["happenings"], views.lines);
  const sessions = found["sessions"] as Record<string, unknown>[];
  assert.deepEqual(
    sessions.map((each) => [each["name"], each["state"], each["isUp"], each["range"]]),
    [
      ["Mesh_10_0_0_2", "Established", true, undefined],
      ["Node_10_0_0_99", "Active", false, undefined],
      ["nodes", "Active", false, "10.0.0.0/24"],
      ["off1", "down", false, undefined],
    ],
  );
  assert.equal(sessions[1]["error"], "Socket: No route to host");
});

test("blocks in the order of their addresses, with all ways that share the traffic", async (t) => {
  const views = new FixedWebViews();
  const other = learnt("10.244.2.0/24", { primary: false, protocol: "Node", path: 7 });
  views.table = [
    learnt("10.244.9.0/24"),
    learnt("10.244.2.0/24"),
    { ...other, reason: "multipath" },
    { ...other, reason: "AS path is longer" },
    own("10.244.1.0/24", "blocks"),
  ];
  const { blocks, singles } = await state(t, views);
  assert.deepEqual(
    blocks.map(({ network, ways }) => [network, ...ways.map(({ from, isOwn }) => [from, isOwn])]),
    [
      ["10.244.1.0/24", ["blocks", true]],
      ["10.244.2.0/24", ["Mesh_10_0_0_2", false], ["Node", false]],
      ["10.244.9.0/24", ["Mesh_10_0_0_2", false]],
    ],
  );
  assert.deepEqual(blocks[1].ways[0], {
    ...{ from: "Mesh_10_0_0_2", isOwn: false, nextHop: "10.0.0.2", interface: "vA" },
    asPath: "65001",
  });
  assert.deepEqual(singles, []);
});

test("a pod that goes another way than its block comes first, and is marked", async (t) => {
  const views = new FixedWebViews();
  views.table = [
    own("10.244.1.0/24", "blocks"),
    learnt("10.244.2.0/24"),
    // The longest block around it counts.
    learnt("10.244.0.0/18", { path: 9 }),
    learnt("10.244.2.5/32"),
    learnt("10.244.2.6/32", { path: 8 }),
    own("10.244.1.7/32", "pods"),
    own("10.244.2.8/32", "pods"),
    learnt("10.244.3.9/32", { path: 9 }),
    learnt("10.244.200.1/32"),
  ];
  const { singles } = await state(t, views);
  assert.deepEqual(
    singles.map(({ network, isAway, block }) => [network, isAway, block]),
    [
      ["10.244.2.6/32", true, "10.244.2.0/24"],
      ["10.244.2.8/32", true, "10.244.2.0/24"],
      ["10.244.1.7/32", false, "10.244.1.0/24"],
      ["10.244.2.5/32", false, "10.244.2.0/24"],
      ["10.244.3.9/32", false, "10.244.0.0/18"],
      ["10.244.200.1/32", false, undefined],
    ],
  );
});

test("of many, so many are listed, and the others counted", async (t) => {
  const views = new FixedWebViews();
  const networks = (length: number, count: number): RouteView[] =>
    Array.from({ length: count }, (_, i) =>
      learnt(`10.244.${(i >> 3) & 255}.${(i & 7) * 32}/${length}`),
    );
  views.table = [...networks(27, 1010), ...networks(32, 230)];
  const { blocks, singles, moreBlocks, moreSingles } = await state(t, views);
  assert.deepEqual([blocks.length, moreBlocks], [1000, 10]);
  assert.deepEqual([singles.length, moreSingles], [200, 30]);
});

test("whoever asks while the state is made gets the same; a fault is not kept", async () => {
  const views = new FixedWebViews();
  const page = new Page({ views, version: "1.2.3", turns: new Turns() });
  const question = {
    path: "/page/state",
    query: new URLSearchParams(),
    headers: {},
    signal: AbortSignal.abort(),
  };
  const status = views.status.bind(views);
  views.status = () => {
    throw new Error("broken");
  };
  await assert.rejects(async () => page.answer(question), /broken/);
  views.status = status;
  const answers = [1, 2, 3].map(() => page.answer(question));
  assert.ok(answers[0] !== undefined && answers.every((each) => each === answers[0]));
  assert.equal((await answers[0]).status, 200);
});

test("explain: sections, where it is broken, and what is no address", async (t) => {
  const views = new FixedWebViews();
  const base = await served(t, views, { page: true });
  const report = await ask(base, "/page/explain?target=%2010.244.2.5%20");
  assert.deepEqual(views.done, ["explain true"]);
  const titles = (report["sections"] as { title: string }[]).map(({ title }) => title);
  assert.ok(titles.includes("Announced by") && titles.includes("Kernel"), titles.join());
  assert.equal(report["broken"], undefined);
  assert.match(String(report["summary"]), /^No broken link/);
  assert.ok(views.explanation !== undefined);
  views.explanation = { ...views.explanation, candidates: [], nextHops: [] };
  const broken = await ask(base, "/page/explain?target=10.244.2.0/24");
  assert.deepEqual(views.done[1], "explain false");
  const { link, section } = broken["broken"] as { link: string; section: string };
  assert.ok(titles.includes(section), `${link}: ${section}`);
  for (const target of ["", "x", "10.0.0.0/33", "10.0.0.1%0Adown", "10.0.0.1/8"]) {
    const answer = await fetch(`${base}/page/explain?target=${target}`);
    assert.equal(answer.status, 400, target);
    assert.match(
      ((await answer.json()) as { error: string }).error,
      /is no address and no network/,
    );
  }
});

test("nothing is explained to whoever has gone meanwhile", async () => {
  const views = new FixedWebViews();
  const page = new Page({ views, version: "1.2.3", turns: new Turns() });
  const asked = (target: string, signal: AbortSignal) =>
    page.answer({
      path: "/page/explain",
      query: new URLSearchParams({ target }),
      headers: {},
      signal,
    });
  const gone = new AbortController();
  const here = new AbortController();
  const first = asked("10.244.2.5", here.signal);
  const leaving = asked("10.244.2.0/24", gone.signal);
  const last = asked("10.244.2.6", here.signal);
  gone.abort();
  await assert.rejects(async () => leaving, /abort/);
  assert.deepEqual([(await first)?.status, (await last)?.status], [200, 200]);
  assert.deepEqual(views.done, ["explain true", "explain true"]);
});

test("explanations are made one after the other", async (t) => {
  const views = new FixedWebViews();
  let under = 0;
  let most = 0;
  const explain = views.explain.bind(views);
  views.explain = async (question) => {
    most = Math.max(most, ++under);
    await setImmediate();
    under--;
    return explain(question);
  };
  const base = await served(t, views, { page: true });
  const all = Array.from({ length: 8 }, () => ask(base, "/page/explain?target=10.244.2.5"));
  assert.equal((await Promise.all(all)).length, 8);
  assert.equal(most, 1);
});
