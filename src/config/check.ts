import {
  IPV6,
  type Prefix,
  addressesEqual,
  formatAddress,
  formatPrefix,
  isLinkLocal,
  isMulticast,
  prefixContains,
  prefixesEqual,
} from "../route/index.ts";
import { checkBmp, checkMrt } from "./check-monitoring.ts";
import { checkFilters } from "./filter-check.ts";
import { checkOwnRoutes } from "./own-routes.ts";
import { checkPeers } from "./check-peers.ts";
import { type Checker, checkName } from "./checker.ts";
import { type Path, formatPath } from "./problem.ts";
import type { Loose, LoosePods } from "./schema.ts";
import { checkSnmp } from "./snmp.ts";
import type { Source } from "./source.ts";
import type { Problem } from "./types.ts";
import { checkWeb } from "./web.ts";

/**
 * The checks across keys: what must be there, what must not be there together, names that nothing
 * has. `known`: the problems of single values.
 */
export function checkConfig(loose: Loose, source: Source, known: readonly Problem[]): Problem[] {
  const problems: Problem[] = [];
  const broken = new Set(known.map((problem) => problem.path));
  const isBroken = (path: Path): boolean =>
    broken.has("") || path.some((_, at) => broken.has(formatPath(path.slice(0, at + 1))));
  const checker: Checker = {
    loose,
    problem: (path, message) => problems.push(source.problem(path, message)),
    keyProblem: (path, message) => problems.push(source.keyProblem(path, message)),
    missing: (path, message, ...others) => {
      if ([path, ...others].some(isBroken)) return;
      problems.push(source.problem(path, message));
    },
  };
  checkNode(checker);
  checkListen(checker);
  checkPods(checker);
  checkFilters(checker);
  checkOwnRoutes(checker);
  checkGroups(checker);
  checkPeers(checker);
  checkReflector(checker);
  checkCni(checker);
  checkMetrics(checker);
  checkWeb(checker);
  checkBmp(checker);
  checkSnmp(checker);
  checkMrt(checker);
  return problems;
}

function checkNode(check: Checker): void {
  if (check.loose.node?.asn === undefined) {
    check.missing(["node", "asn"], "found no node.asn, expected this node's AS number");
  }
}

function checkListen(check: Checker): void {
  const addresses = check.loose.listen?.addresses ?? [];
  addresses.forEach((address, index) => {
    if (address === undefined) return;
    if (isMulticast(address) || (address.family === IPV6 && isLinkLocal(address))) {
      const expected = "expected an address of this node that needs no interface, or 0.0.0.0 or ::";
      const path: Path = ["listen", "addresses", index];
      check.problem(path, `found ${formatAddress(address)}, ${expected}`);
    }
    const first = addresses.findIndex((other) => other && addressesEqual(other, address));
    if (first < index) {
      const path: Path = ["listen", "addresses", index];
      check.problem(path, `found ${formatAddress(address)} twice, expected it once`);
    }
  });
}

function checkPods(check: Checker): void {
  const { pods, mode } = check.loose;
  if (pods === undefined) {
    if (mode === "l2") {
      check.missing(["pods"], "found mode l2 and no pods, expected pods with a pool and an uplink");
    }
    return;
  }
  if (pods.pool === undefined || pods.pool.length === 0) {
    check.missing(["pods", "pool"], "found no pool, expected the prefixes of all pods' addresses");
  }
  if (mode === "l2" && pods.uplink === undefined) {
    check.missing(
      ["pods", "uplink"],
      "found mode l2 and no uplink, expected the interface on which ARP and NDP are answered",
    );
  }
  const hasBlocks = pods.blocks !== undefined && pods.blocks.length > 0;
  if (!hasBlocks && pods.advertise !== undefined && pods.advertise !== "hosts") {
    check.missing(
      pods.blocks === undefined ? ["pods", "advertise"] : ["pods", "blocks"],
      `found advertise: ${pods.advertise} and no blocks, expected blocks or advertise: hosts`,
    );
  }
  checkPrefixes(check, "pool", pods.pool);
  checkPrefixes(check, "blocks", pods.blocks);
  checkBlocksInPool(check, pods);
}

/** No prefix twice, none inside another one. */
function checkPrefixes(
  check: Checker,
  key: "pool" | "blocks",
  prefixes: readonly (Prefix | undefined)[] = [],
): void {
  prefixes.forEach((prefix, index) => {
    if (prefix === undefined) return;
    const path: Path = ["pods", key, index];
    const other = prefixes.find(
      (candidate, at) =>
        at !== index &&
        candidate !== undefined &&
        prefixContains(candidate, prefix) &&
        (at < index || !prefixesEqual(candidate, prefix)),
    );
    if (other === undefined) return;
    const text = formatPrefix(prefix);
    const message = prefixesEqual(other, prefix)
      ? `found ${text} twice, expected it once`
      : `found ${text} inside of ${formatPrefix(other)}, expected prefixes that do not overlap`;
    check.problem(path, message);
  });
}

function checkBlocksInPool(check: Checker, pods: LoosePods): void {
  // A part of the pool that could not be read may be the one that the block is in.
  const pool = pods.pool ?? [];
  if (pool.length === 0 || pool.includes(undefined)) return;
  (pods.blocks ?? []).forEach((block, index) => {
    if (block === undefined) return;
    if (pool.some((prefix) => prefix && prefixContains(prefix, block))) return;
    const texts = pool.map((prefix) => (prefix ? formatPrefix(prefix) : "")).join(", ");
    check.problem(
      ["pods", "blocks", index],
      `found ${formatPrefix(block)} outside of the pool, expected a part of ${texts}`,
    );
  });
}

function checkGroups(check: Checker): void {
  for (const name of Object.keys(check.loose.groups ?? {}))
    checkName(check, ["groups", name], name);
}

function checkReflector(check: Checker): void {
  const { reflector } = check.loose;
  if (reflector !== undefined && reflector.clusterId === undefined) {
    check.missing(["reflector", "clusterId"], "found no clusterId, expected one, as 192.0.2.1");
  }
}

function checkMetrics(check: Checker): void {
  const { metrics } = check.loose;
  if (metrics !== undefined && metrics.listen === undefined) {
    const path: Path = ["metrics", "listen"];
    check.missing(path, "found no listen, expected an address and a port, as 127.0.0.1:9179");
  }
}

function checkCni(check: Checker): void {
  const { cni, pods, mode } = check.loose;
  if (cni === undefined) return;
  if (mode === "l2" && cni.plugin === "bridge") {
    const why = "behind a bridge no single pod can be seen, to answer ARP and NDP for it";
    check.problem(
      ["cni", "plugin"],
      `found plugin: bridge in mode l2, expected plugin: ptp (${why})`,
    );
  }
  if (cni.conflist === undefined) {
    check.missing(
      ["cni", "conflist"],
      "found no conflist, expected the file that is to be written",
    );
  }
  if (pods?.blocks === undefined || pods.blocks.length === 0) {
    check.missing(
      pods === undefined ? ["cni"] : ["pods", "blocks"],
      "found cni and no pods.blocks, expected blocks that the pods' addresses are taken from",
    );
  }
}
