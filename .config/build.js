// `npm run build`: dist/bin/, as it is packed and installed: the two programs and the two threads, each
// with all that it imports, in one folder.
//
// In one piece, because of what Node.js does with three hundred modules (measured: underlayd is up
// with 11 MiB less and in half the CPU time, most of it zod's fifty languages that nobody asks for).
// koffi alone stays outside: it is a library in machine code.
import { build } from "esbuild";
import { rmSync } from "node:fs";
import { join } from "node:path";

const TOP = join(import.meta.dirname, "..");
const OUT = join(TOP, "dist/bin");

/** @type {import("esbuild").BuildOptions} */
const common = {
  absWorkingDir: TOP,
  outdir: OUT,
  bundle: true,
  format: "esm",
  platform: "node",
  target: "node24",
  external: ["koffi"],
  // For the packages that are CommonJS still.
  banner: {
    js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);',
  },
  logLevel: "warning",
};

rmSync(OUT, { recursive: true, force: true });
await Promise.all([
  build({
    ...common,
    entryPoints: { underlayd: "src/daemon/main.ts", underlayctl: "src/cli/main.ts" },
    splitting: true,
  }),
  // A thread reads its file anew: what the program has besides is not for it.
  build({
    ...common,
    entryPoints: { worker: "src/kernel/worker.ts", "bfd-worker": "src/transport/bfd-worker.ts" },
  }),
]);
