import { NEEDS, type Bench } from "./bench.ts";
import { LOAD_FIGURES, LOAD_SIZES, loadRun, type LoadKey } from "./fib.ts";

export const fibTable: Bench<LoadKey> = {
  name: "fib-table",
  what: "the same with a full table's mix of lengths and attributes, and next hops at random",
  needs: NEEDS,
  subjects: ["underlay", "bird", "frr", "c"],
  variants: [""],
  sizes: LOAD_SIZES,
  unit: "routes",
  figures: {
    ...LOAD_FIGURES,
    load: {
      ...LOAD_FIGURES.load,
      reach: [
        { most: 0.25, of: "bird" },
        { most: 1.3, of: "c" },
      ],
    },
  },
  run: ({ subject, size }) => loadRun(subject, "table", size),
};
