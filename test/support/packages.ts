import { accessSync, constants, existsSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { spawnSync } from "node:child_process";

/**
 * The programs that tests, lab and bench use, and the Debian package that each comes from. What is
 * missing is installed where that can be done (root and apt), else named with the command that does.
 */

const SYSTEM_FOLDERS = ["/usr/sbin", "/sbin", "/usr/bin", "/bin", "/usr/lib/frr"];
const CNI_FOLDER = "/usr/lib/cni";

export const PACKAGES = {
  iproute2: ["ip", "bridge", "ss", "nstat"],
  nftables: ["nft"],
  procps: ["sysctl"],
  openssl: ["openssl"],
  "iputils-ping": ["ping"],
  "iputils-arping": ["arping"],
  curl: ["curl"],
  fish: ["fish"],
  zsh: ["zsh"],
  less: ["less"],
  tmux: ["tmux"],
  chromium: ["chromium"],
  snmp: ["snmpwalk", "snmpbulkwalk", "snmpget", "snmpset", "snmptable"],
  snmpd: ["snmpd"],
  snmptrapd: ["snmptrapd"],
  tcpdump: ["tcpdump"],
  tshark: ["tshark"],
  // Not "bgpd": FRR and OpenBGPD have each their own.
  frr: ["zebra", "vtysh"],
  bird2: ["bird", "birdc"],
  gobgpd: ["gobgpd", "gobgp"],
  bgpdump: ["bgpdump"],
  exabgp: ["exabgp"],
  openbgpd: ["bgpctl"],
  systemd: ["systemd-analyze"],
  "docker.io": ["dockerd", "docker"],
  mmdebstrap: ["mmdebstrap"],
  "build-essential": ["cc", "gcc"],
  "containernetworking-plugins": ["ptp", "bridge", "host-local", "static"],
} as const satisfies Record<string, readonly string[]>;

export type PackageName = keyof typeof PACKAGES;

/** PATH with the folders that Debian leaves out for users, and for root who came by `su`. */
export function searchPath(): string {
  const path = (process.env["PATH"] ?? "").split(delimiter).filter((folder) => folder !== "");
  return [...new Set([...path, ...SYSTEM_FOLDERS])].join(delimiter);
}

/** The path of a program, also from the folders that are not on everybody's PATH; else undefined. */
export function which(program: string): string | undefined {
  for (const folder of searchPath().split(delimiter)) {
    const file = join(folder, program);
    try {
      accessSync(file, constants.X_OK);
      return file;
    } catch {
      continue;
    }
  }
  return undefined;
}

export function missing(names: readonly PackageName[]): PackageName[] {
  return names.filter((name) => {
    // "bridge" is a program of iproute2 and a CNI plugin: the plugins live in their own folder.
    const plugins = name === "containernetworking-plugins";
    const is = (p: string) => (plugins ? existsSync(join(CNI_FOLDER, p)) : which(p) !== undefined);
    return !PACKAGES[name].every(is) || (name === "iputils-arping" && !isIputils("arping"));
  });
}

/** The package "arping" has a program of that name too, with other options and other words. */
function isIputils(program: string): boolean {
  return /iputils/.test(
    spawnSync(program, ["-V"], { env: { ...process.env, PATH: searchPath() }, encoding: "utf8" })
      .stdout,
  );
}

export function installCommand(names: readonly PackageName[]): string {
  return `apt-get update && apt-get install --no-install-recommends ${names.join(" ")}`;
}

/** Installs what is missing; answers what is still missing afterwards. Needs root and apt. */
export function install(names: readonly PackageName[], say: (line: string) => void): PackageName[] {
  const wanted = missing(names);
  if (wanted.length === 0) return [];
  if (process.getuid?.() !== 0 || which("apt-get") === undefined) return wanted;
  say(`installing Debian packages: ${wanted.join(" ")}`);
  // A Ctrl-C ends apt-get; what keeps services from starting must be undone before this ends, too.
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => process.exit(1));
  const release = holdServices();
  try {
    const hasMirror = aptGet(["update", "-qq"], say);
    // One that cannot be had must not keep the others away; without a mirror, none can.
    if (!aptInstall(wanted, say) && hasMirror) {
      for (const name of missing(wanted)) aptInstall([name], say);
    }
  } finally {
    release();
  }
  return missing(names);
}

/** Never in the place of what the machine has: that is for its owner to say. */
function aptInstall(names: readonly PackageName[], say: (line: string) => void): boolean {
  return aptGet(["install", "-qq", "-y", "--no-install-recommends", "--no-remove", ...names], say);
}

function aptGet(words: readonly string[], say: (line: string) => void): boolean {
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const done = spawnSync("apt-get", words, { env, encoding: "utf8" });
  if (done.status !== 0) say(`apt-get ${words.join(" ")} failed:\n${done.stderr}${done.stdout}`);
  return done.status === 0;
}

/**
 * Keeps packages from starting services of their own while they are installed (a BGP daemon that
 * nobody asked for), by the means that Debian has for it. Answers the undoing.
 */
function holdServices(): () => void {
  const file = "/usr/sbin/policy-rc.d";
  if (existsSync(file)) return () => undefined;
  writeFileSync(file, "#!/bin/sh\nexit 101\n", { mode: 0o755 });
  return () => rmSync(file, { force: true });
}
