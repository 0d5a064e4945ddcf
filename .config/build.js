// `npm run build`: dist/, as it is packed and installed.
//
// The compiler leaves the names of the two workspaces as they are in the sources, and only inside a
// checkout do these lead anywhere. Here they become paths within dist/, so that nothing but the
// dependencies of package.json is needed beside it.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";

const TOP = join(import.meta.dirname, "..");
const DIST = join(TOP, "dist");
const WORKSPACES = ["bgp-ts", "rtnetlink-ts"];

/** The rooms that the programs are made of, and only these. */
function compile() {
  const compiler = join(TOP, "node_modules/typescript/bin/tsc");
  const programs = ["src/daemon", "src/cli"].map((room) => join(TOP, room));
  const { status } = spawnSync(process.execPath, [compiler, "-b", ...programs], {
    stdio: "inherit",
  });
  if (status !== 0) process.exit(status ?? 1);
}

/** Every module of dist/: the tests' types, which the checks leave there, are not among them. */
function modules() {
  return readdirSync(DIST, { recursive: true, encoding: "utf8" }).filter(
    (file) => file.endsWith(".js") && !file.startsWith(".test"),
  );
}

function redirect(file) {
  const path = join(DIST, file);
  const before = readFileSync(path, "utf8");
  const after = before.replaceAll(
    /(\bfrom |\bimport\(|^import )"([\w-]+)"/gm,
    (whole, how, name) => {
      if (!WORKSPACES.includes(name)) return whole;
      const to = relative(dirname(path), join(DIST, name, "index.js"));
      return `${how}"${to.startsWith(".") ? to : `./${to}`}"`;
    },
  );
  if (after !== before) writeFileSync(path, after);
}

compile();
for (const file of modules()) {
  // The compiler does not take away what it made of a source that is gone.
  if (existsSync(join(TOP, "src", file.replace(/\.js$/, ".ts")))) redirect(file);
  else rmSync(join(DIST, file));
}
