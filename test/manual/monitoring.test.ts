import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { it } from "node:test";
import { parse } from "yaml";
import { METRICS } from "../../src/observe/index.ts";
import { TOP } from "./pages.ts";

/** What docker/ has for Prometheus and Grafana asks for metrics and labels that are there. */

interface Dashboard {
  readonly panels: readonly {
    readonly id: number;
    readonly targets?: readonly { readonly expr: string }[];
  }[];
  readonly templating: { readonly list: readonly { readonly definition?: string }[] };
}

interface Rules {
  readonly groups: readonly { readonly rules: readonly Rule[] }[];
}

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

const KNOWN = new Map(METRICS.map((metric) => [metric.name, metric]));
/** Those that Prometheus adds, and a histogram's. */
const LABELS = new Set(["instance", "job", "le", ...METRICS.flatMap(({ labels }) => labels)]);

/** What an expression names and nobody has: metrics, and labels that it matches or groups by. */
function unknownIn(expression: string): string[] {
  const metrics = [...expression.matchAll(/\b(?:underlay|process)_[a-z_]+/g)]
    .map(([name]) => name)
    .filter((name) => !KNOWN.has(name) && !KNOWN.has(name.replace(/_(bucket|sum|count)$/, "")));
  const labels = [
    ...[...expression.matchAll(/\b(?:by|on) \(([^)]*)\)/g)].flatMap(([, names]) =>
      names.split(/, ?/),
    ),
    ...[...expression.matchAll(/(\w+)(?:=~|!~|!=|=)"/g)].map(([, name]) => name),
  ].filter((name) => !LABELS.has(name));
  return [...metrics, ...labels];
}

const textOf = (file: string): string => readFileSync(join(TOP, "docker", file), "utf8");

it("the dashboard asks for nothing that does not exist", () => {
  const dashboard = JSON.parse(textOf("grafana-dashboard.json")) as Dashboard;
  const expressions = [
    ...dashboard.panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr)),
    ...dashboard.templating.list.map(({ definition = "" }) => definition),
  ];
  assert.ok(expressions.length > 15);
  for (const expression of expressions) assert.deepEqual(unknownIn(expression), [], expression);
  const ids = dashboard.panels.map(({ id }) => id);
  assert.equal(new Set(ids).size, ids.length);
});

it("the alerts ask for nothing that does not exist, and say what they mean", () => {
  const { groups } = parse(textOf("prometheus-rules.yaml")) as Rules;
  const rules = groups.flatMap((group) => group.rules);
  assert.ok(rules.length > 10);
  for (const { alert, expr, for: time = "0s", labels, annotations } of rules) {
    assert.match(expr, /\b(underlay_|up\{)/, alert);
    assert.deepEqual(unknownIn(expr), [], alert);
    assert.match(time, /^\d+[smhd]$/, alert);
    assert.match(labels["severity"], /^(critical|warning)$/, alert);
    assert.ok(annotations["summary"].length > 0 && annotations["description"].length > 0, alert);
    const used = [
      ...Object.values(annotations)
        .join()
        .matchAll(/\$labels\.(\w+)/g),
    ];
    for (const [, label] of used) assert.ok(LABELS.has(label), `${alert}: ${label}`);
  }
  assert.equal(new Set(rules.map(({ alert }) => alert)).size, rules.length);
});

it("a wrong expression is found", () => {
  const wrong = 'sum by (pear) (underlay_bgp_peer_upp{stat="x"})';
  assert.deepEqual(unknownIn(wrong), ["underlay_bgp_peer_upp", "pear", "stat"]);
});
