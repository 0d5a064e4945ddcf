// `npm run build`: dist/, as it is packed and installed. bin/: the two programs and the two threads, each
// with all that it imports, and page/, which a browser is given; man/: their pages, made of what --help
// prints; completions/: for shells, which ask underlayctl.
//
// In one piece, because of what Node.js does with three hundred modules (measured: underlayd is up
// with 11 MiB less and in half the CPU time, most of it zod's fifty languages that nobody asks for).
// koffi alone stays outside: it is a library in machine code.
import { build } from "esbuild";
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { completions } from "./completions.js";
import { manPage } from "./man.js";

const TOP = join(import.meta.dirname, "..");
const { version, engines } = JSON.parse(readFileSync(join(TOP, "package.json"), "utf8"));
const DIST = join(TOP, "dist");
const OUT = join(DIST, "bin");

const oldest = /^>=(\d+)$/.exec(engines.node)[1];
/** An older Node.js, as Debian's, gets far enough to fail in words that nobody understands. */
const checkNode = [
  `if (Number.parseInt(process.versions.node) < ${oldest}) {`,
  `  console.error("underlay needs Node.js ${oldest} or newer, and this is " + process.versions.node + ": " + process.execPath);`,
  "  process.exit(1);",
  "}",
].join("\n");

/** @type {import("esbuild").BuildOptions} */
const common = {
  absWorkingDir: TOP,
  outdir: OUT,
  bundle: true,
  format: "esm",
  platform: "node",
  target: `node${oldest}`,
  external: ["koffi"],
  // `require`: for the packages that are CommonJS still.
  banner: {
    js: `import { createRequire } from "node:module"; const require = createRequire(import.meta.url);\n${checkNode}`,
  },
  logLevel: "warning",
};

rmSync(DIST, { recursive: true, force: true });
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

// What a browser is given, beside the program that reads it.
cpSync(join(TOP, "src/web/page"), join(OUT, "page"), {
  recursive: true,
  filter: (path) => !path.endsWith(".json"),
});

mkdirSync(join(DIST, "man"));
for (const [program, other] of [
  ["underlayd", "underlayctl"],
  ["underlayctl", "underlayd"],
]) {
  const words = [join(OUT, `${program}.js`), "--help"];
  const help = execFileSync(process.execPath, words, { encoding: "utf8" });
  writeFileSync(join(DIST, `man/${program}.8`), manPage(program, help, other, version));
}
mkdirSync(join(DIST, "completions"));
for (const [file, text] of Object.entries(completions)) {
  writeFileSync(join(DIST, "completions", file), text);
}
