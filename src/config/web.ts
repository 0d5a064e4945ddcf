import { Address, IPV4, formatAddress, isLoopback } from "../route/index.ts";
import type { Checker } from "./checker.ts";
import { present } from "./present.ts";
import { readHostName } from "./read.ts";
import type { Loose } from "./schema.ts";
import { endpoint, flag, list, scalar, section } from "./schema-kinds.ts";
import type { WebConfig } from "./types.ts";

// `web:`, whole: its keys, what must go together, and what comes of it.

/** Where birdwatcher listens. */
const PORT = 29184;

export const WEB = section(
  {
    listen: endpoint(
      `Where looking glasses and browsers ask. An address that others reach needs \`allowRemote\`. Default: 127.0.0.1:${PORT}, as birdwatcher has it.`,
    ),
    page: flag(
      "Serve a page for people too, and keep a journal of the last hour for it. Default: false.",
    ),
    allowRemote: flag(
      "`listen` may be an address that others reach: whoever does can read everything, nobody is asked who he is. Default: false.",
    ),
    names: list(
      scalar("A host's name.", "a name of a host, as glass.example.net", readHostName),
      "Names by which it may be asked besides addresses and names without a dot, as localhost: those that a proxy passes on. By others it is not answered, or any web page could ask by a name of its own (DNS rebinding). Default: none.",
    ),
  },
  "Present: the API of birdwatcher is served over plain HTTP, for Alice-LG, read-only.",
);

export function checkWeb({ loose, problem }: Checker): void {
  const { listen, allowRemote } = loose.web ?? {};
  if (listen === undefined || allowRemote === true || isLoopback(listen.address)) return;
  const found = formatAddress(listen.address);
  problem(
    ["web", "listen"],
    `found ${found}, which others may reach, and nobody is asked who he is: expected 127.0.0.1 or [::1], or allowRemote: true beside it`,
  );
}

export function buildWeb({ listen, page, names }: NonNullable<Loose["web"]>): WebConfig {
  return {
    listen: listen ?? { address: new Address(IPV4, 0x7f000001, 0, 0, 0), port: PORT },
    page: page ?? false,
    names: present(names),
  };
}
