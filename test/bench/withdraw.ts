import { NEEDS, tenth, type Bench } from "./bench.ts";
import { withdrawRun } from "./fib.ts";
import type { Way } from "./fib-scene.ts";

const WAYS: Readonly<Record<string, Way>> = {
  "by messages": "messages",
  "by the session's end": "session",
};

export const withdraw: Bench<"withdraw"> = {
  name: "withdraw",
  what: "N /32s withdrawn by messages, and by the session's end, until the FIB has none of them",
  needs: NEEDS,
  subjects: ["underlay", "bird", "frr", "c"],
  variants: Object.keys(WAYS),
  sizes: tenth(1_000_000),
  unit: "routes",
  figures: { withdraw: { title: "time", unit: "s", reach: [{ most: 0.4, of: "bird" }] } },
  run: ({ subject, variant, size }) => withdrawRun(subject, WAYS[variant], size),
};
