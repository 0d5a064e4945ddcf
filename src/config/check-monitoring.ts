import { formatAddress, isMulticast, isUnspecified } from "../route/index.ts";
import type { Checker } from "./checker.ts";
import type { Path } from "./problem.ts";
import type { LooseBmpStation } from "./schema.ts";

/** Monitoring stations: what each must have, and names that must differ. */
export function checkBmp(check: Checker): void {
  const { bmp } = check.loose;
  if (bmp === undefined) return;
  const { stations } = bmp;
  if (stations === undefined) {
    check.missing(["bmp", "stations"], "found no stations, expected a list of them");
  }
  const names = new Map<string, number>();
  (stations ?? []).forEach((station, index) => {
    if (station !== undefined) checkStation(check, station, index, names);
  });
}

/** Files of MRT: where they are, and how often. */
export function checkMrt(check: Checker): void {
  const { updates, dump } = check.loose.mrt ?? {};
  if (updates !== undefined && updates.file === undefined) {
    check.missing(["mrt", "updates", "file"], "found no file, expected the one to be written");
  }
  const { file, rotate } = updates ?? {};
  if (file !== undefined && rotate !== undefined && !/%[YmdHMSFT]/.test(file)) {
    const expected = "expected a file with the time in its name, as updates.%F_%T.mrt";
    check.problem(["mrt", "updates", "rotate"], `found rotate, and one name for all: ${expected}`);
  }
  if (dump === undefined) return;
  if (dump.file === undefined) {
    check.missing(["mrt", "dump", "file"], "found no file, expected the one to be written");
  }
  if (dump.every === undefined) {
    check.missing(["mrt", "dump", "every"], "found no every, expected a time, as 2h");
  }
}

function checkStation(
  check: Checker,
  { name, address, routes }: LooseBmpStation,
  index: number,
  names: Map<string, number>,
): void {
  const path: Path = ["bmp", "stations", index];
  if (name === undefined) {
    check.missing([...path, "name"], "found no name, expected one for commands and logs");
  } else if (names.has(name)) {
    check.problem([...path, "name"], `found ${name} twice, expected names that differ`);
  } else {
    names.set(name, index);
  }
  if (address === undefined) {
    check.missing([...path, "address"], "found no address, expected the station's");
  } else if (isUnspecified(address) || isMulticast(address)) {
    const found = formatAddress(address);
    check.problem([...path, "address"], `found ${found}, expected the address of a host`);
  }
  if (routes?.length === 0) {
    check.problem([...path, "routes"], "found an empty list, expected tables, or no such key");
  }
  routes?.forEach((table, at) => {
    if (table === undefined || routes.indexOf(table) === at) return;
    check.problem([...path, "routes", at], `found ${table} twice, expected it once`);
  });
}
