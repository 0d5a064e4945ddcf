// `npm run image`: the image "underlay" by docker/Dockerfile, on the Docker that DOCKER_HOST names.
//
//   npm run image -- [--root IMAGE] [--folder FOLDER]
//
// --root: the image that C libraries are taken from, else Debian's. --folder: only what an image is
// built from is put there: usr/, with Node.js and the package as `npm install -g` lays it out.
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";

const TOP = join(import.meta.dirname, "..");

/** @param {string[]} words */
function must(...words) {
  const [file, ...args] = words;
  const done = spawnSync(file, args, { cwd: TOP, stdio: ["ignore", "ignore", "inherit"] });
  if (done.error !== undefined) throw done.error;
  if (done.status !== 0) throw new Error(`${words.join(" ")}: exit code ${done.status}`);
}

/** @param {string} folder */
function stage(folder) {
  const local = join(folder, "usr/local");
  mkdirSync(join(local, "bin"), { recursive: true });
  cpSync(process.execPath, join(local, "bin/node"));
  // What npm puts beside it for this machine has the licence, which goes wherever it goes.
  const require = createRequire(join(TOP, "node_modules/node/package.json"));
  const its = dirname(require.resolve(`node-${process.platform}-${process.arch}/package.json`));
  cpSync(join(its, "LICENSE"), join(local, "share/doc/node/LICENSE"));
  const packed = mkdtempSync(join(tmpdir(), "underlay-pack-"));
  try {
    must("npm", "pack", "--silent", "--pack-destination", packed);
    const [archive] = readdirSync(packed);
    const quiet = ["--silent", "--prefer-offline", "--no-audit", "--no-fund"];
    must("npm", "install", "-g", "--prefix", local, ...quiet, join(packed, archive));
  } finally {
    rmSync(packed, { recursive: true, force: true });
  }
}

const { values } = parseArgs({
  options: { root: { type: "string" }, folder: { type: "string" } },
});
const folder = values.folder ?? mkdtempSync(join(tmpdir(), "underlay-image-"));
try {
  console.log("packing underlay and Node.js");
  stage(folder);
  if (values.folder === undefined) {
    console.log("building the image underlay");
    const root = values.root === undefined ? [] : ["--build-arg", `ROOT=${values.root}`];
    must("docker", "build", "-q", ...root, "-t", "underlay", "-f", "docker/Dockerfile", folder);
  }
} finally {
  if (values.folder === undefined) rmSync(folder, { recursive: true, force: true });
}
