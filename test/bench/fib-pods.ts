import { NEEDS, type Bench } from "./bench.ts";
import { LOAD_FIGURES, LOAD_SIZES, loadRun, type LoadKey } from "./fib.ts";

export const fibPods: Bench<LoadKey> = {
  name: "fib-pods",
  what: "N /32s of 1000 nodes from one neighbour: first UPDATE byte to the last route in the FIB",
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
        { most: 0.4, of: "bird" },
        { most: 1.3, of: "c" },
      ],
    },
  },
  run: ({ subject, size }) => loadRun(subject, "pods", size),
};
