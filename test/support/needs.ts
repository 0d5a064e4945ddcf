import { missing, type PackageName } from "./packages.ts";
import { namespaceProblem } from "./root.ts";

/**
 * Why a test in network namespaces cannot run here, or false: what `skip` takes. Every such test
 * begins with it, so that it is skipped, and counted as that, rather than fail.
 */
export function lacking(...packages: PackageName[]): string | false {
  const absent = missing(["iproute2", "procps", "iputils-ping", ...packages]);
  return namespaceProblem() ?? (absent.length > 0 && `needs ${absent.join(", ")}`);
}
