import type { Host } from "../support/net.ts";
import { BirdRouter } from "./bird-router.ts";
import { FrrRouter } from "./frr-router.ts";
import { GoBgpRouter } from "./gobgp-router.ts";
import { OpenBgpdRouter } from "./openbgpd-router.ts";
import type { Router, RouterKind, RouterSpec } from "./router.ts";

export function startRouter(kind: RouterKind, host: Host, spec: RouterSpec): Promise<Router> {
  switch (kind) {
    case "frr":
      return FrrRouter.start(host, spec);
    case "bird":
      return BirdRouter.start(host, spec);
    case "gobgp":
      return GoBgpRouter.start(host, spec);
    case "openbgpd":
      return OpenBgpdRouter.start(host, spec);
  }
}
