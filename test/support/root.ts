import { spawn, spawnSync } from "node:child_process";
import { userInfo } from "node:os";
import { install, installCommand, which, type PackageName } from "./packages.ts";

/** Network namespaces need root: how lab, tests and bench get it, and how they say that they cannot. */

/** What sudo drops and is still wanted: the pinned Node.js first on PATH, seed, colours, apt's proxies. */
const KEPT = [
  "PATH",
  "CI",
  "SEED",
  "NO_COLOR",
  "FORCE_COLOR",
  "http_proxy",
  "https_proxy",
  "no_proxy",
];

/**
 * Begins this program again as root through sudo and ends with it, where it is not root. It returns
 * where it is root already (undefined), or cannot become it (why).
 */
export async function becomeRoot(what: string): Promise<string | undefined> {
  if (process.getuid?.() === 0) return undefined;
  const need = `${what} needs root, to make network namespaces`;
  const sudo = which("sudo");
  if (sudo === undefined) return `${need}; there is no sudo here`;
  if (!letsUs(sudo)) return `${need}; sudo does not let ${userInfo().username} become it`;
  console.log(`${need}: it gets it through sudo.`);
  const kept = KEPT.filter((name) => process.env[name] !== undefined);
  const words = kept.map((name) => `${name}=${process.env[name]}`);
  const again = ["env", ...words, process.execPath, ...process.argv.slice(1)];
  // A Ctrl-C reaches the other one as well: it takes all down, and this one waits for it, whatever
  // else it would do then.
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.removeAllListeners(signal).on(signal, () => child.kill(signal));
  }
  const child = spawn(sudo, again, { stdio: "inherit" });
  process.exit(await new Promise<number>((end) => child.on("close", (code) => end(code ?? 1))));
}

/** Whether sudo makes this user root; on a terminal it may ask for the password. */
function letsUs(sudo: string): boolean {
  if (spawnSync(sudo, ["-n", "true"], { stdio: "ignore" }).status === 0) return true;
  return process.stdin.isTTY && spawnSync(sudo, ["-v"], { stdio: "inherit" }).status === 0;
}

/** Why network namespaces cannot be made here, by root or anybody; undefined: they can. */
export function namespaceProblem(): string | undefined {
  if (process.getuid?.() !== 0) return "needs root";
  const probe = spawnSync("unshare", ["--net", "--mount", "true"], { encoding: "utf8" });
  if (probe.status === 0) return undefined;
  const why = probe.error?.message ?? probe.stderr.trim();
  return `network namespaces cannot be made here, which takes CAP_SYS_ADMIN (${why})`;
}

/** What `what` needs of this machine: root and these packages. Else it says so, and ends. */
export async function prepare(what: string, packages: readonly PackageName[]): Promise<void> {
  const notRoot = await becomeRoot(what);
  const absent = install(packages, console.error);
  if (absent.length > 0) {
    console.error(`Missing on this machine: ${absent.join(", ")}.`);
    console.error(`Get it, as root, with: ${installCommand(absent)}`);
  }
  const problem = notRoot ?? namespaceProblem();
  if (problem !== undefined) console.error(`${problem}.`);
  if (notRoot !== undefined) {
    const script = process.env["npm_lifecycle_event"];
    const words = script === undefined ? process.argv.join(" ") : `npm run ${script}`;
    console.error(`Start it as root: su -c "${words}"`);
  }
  if (problem !== undefined || absent.length > 0) process.exit(1);
}
