import type { Asked, AskerSpec } from "./asker.ts";
import { tenth, type Bench, type Figure } from "./bench.ts";
import { Dialogue } from "./dialogue.ts";
import { FibScene } from "./fib-scene.ts";
import { NODES } from "./routes.ts";
import { quantile } from "./statistics.ts";
import { METRICS_PORT, NEIGHBOUR } from "./subjects.ts";

/** By what the figures call them. X is the first of the routes that come. */
const QUESTIONS: Readonly<Record<string, string>> = {
  "show status": "show status",
  "show protocols all": "show protocols all",
  "show route for X": "show route for 100.64.0.1 all",
  "show route count": "show route count",
  "explain X": "explain 100.64.0.1",
  "metrics scrape": "/metrics",
};
/** What BIRD has too. */
const SHARED = Object.keys(QUESTIONS).slice(0, 4);

const QUANTILES = { p50: 0.5, p99: 0.99, max: 1 } as const;

const figures: Record<string, Figure> = {};
for (const name of Object.keys(QUESTIONS)) {
  for (const quantile of Object.keys(QUANTILES)) {
    const title = `${name}, ${quantile}`;
    figures[title] = { title, unit: "ms", reach: [{ most: 100 }] };
  }
}

/** Every question on a connection of its own, over and over, from the first UPDATE to the last route. */
export const questions: Bench = {
  name: "questions",
  what: "questions on the socket while N routes load as in fib-pods: how long until they are answered",
  needs: ["iproute2", "procps", "bird2", "build-essential"],
  subjects: ["underlay", "bird"],
  variants: [""],
  sizes: tenth(1_000_000),
  unit: "routes",
  figures,
  async run({ subject, size }) {
    if (subject !== "underlay" && subject !== "bird") return {};
    const scene = await FibScene.open({ kind: "pods", size, nodes: NODES });
    try {
      const setup = { neighbours: [NEIGHBOUR], metrics: subject === "underlay" };
      const { socket = "" } = await scene.startDaemon(subject, setup);
      const names = subject === "bird" ? SHARED : Object.keys(QUESTIONS);
      const spec: AskerSpec = {
        socket,
        questions: Object.fromEntries(names.map((name) => [name, QUESTIONS[name]])),
        metrics: METRICS_PORT,
      };
      const asker = Dialogue.start<Asked>(scene.dut, "asker.ts", spec);
      await asker.event("ready");
      asker.say("ask");
      await scene.load();
      asker.say("stop");
      return quantiles((await asker.event("asked")).times);
    } finally {
      await scene.close();
    }
  },
};

function quantiles(times: Asked["times"]): Record<string, number> {
  const found: Record<string, number> = {};
  for (const [name, all] of Object.entries(times)) {
    if (all.length === 0) continue;
    for (const [title, share] of Object.entries(QUANTILES)) {
      found[`${name}, ${title}`] = quantile(all, share);
    }
  }
  return found;
}
