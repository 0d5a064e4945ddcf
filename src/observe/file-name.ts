/** As strftime has them, in UTC. */
const PARTS: Readonly<Record<string, (iso: string) => string>> = {
  "%Y": (iso) => iso.slice(0, 4),
  "%m": (iso) => iso.slice(5, 7),
  "%d": (iso) => iso.slice(8, 10),
  "%H": (iso) => iso.slice(11, 13),
  "%M": (iso) => iso.slice(14, 16),
  "%S": (iso) => iso.slice(17, 19),
  "%F": (iso) => iso.slice(0, 10),
  "%T": (iso) => iso.slice(11, 19),
  "%%": () => "%",
};

/** The name of a file that is opened at a time: "updates.%F_%T.mrt". */
export function fileName(pattern: string, time: Date): string {
  const iso = time.toISOString();
  return pattern.replaceAll(/%./g, (part) =>
    Object.hasOwn(PARTS, part) ? PARTS[part](iso) : part,
  );
}
