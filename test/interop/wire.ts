import type { Host } from "../support/net.ts";
import { until } from "../support/wait.ts";

/** BGP's TCP connections over IPv4, looked at and disturbed from outside. */

/** What is sent again goes out as it went the first time: {@link hold} knows messages by their size. */
export function keepMessagesApart(host: Host): Promise<void> {
  return host.sysctl("net.ipv4.tcp_retrans_collapse", 0);
}

/**
 * Connections to and from a host come up, and these messages do not pass: whoever sends them does so
 * again and again, until they may. An OPEN has 29 octets at least, and options of some thirty more; a KEEPALIVE has
 * 19. It may go out together with the NOTIFICATION (21) that ends its connection: 92 octets with the headers.
 */
export async function hold(
  host: Host,
  what: "all messages" | "KEEPALIVEs" | "nothing",
): Promise<void> {
  const dropped = {
    "all messages": "tcp flags & psh == psh drop;",
    KEEPALIVEs: "tcp flags & psh == psh ip length < 100 drop;",
    nothing: "",
  }[what];
  const chain = (hook: string): string =>
    `chain ${hook} { type filter hook ${hook} priority 0; ${dropped} }`;
  // One transaction: nothing slips through between the old rules and the new ones.
  const table = `table inet hold { ${chain("input")}; ${chain("output")}; }`;
  await host.must("nft", `table inet hold; delete table inet hold; ${table}`);
}

/**
 * Waits until a host has so many connections with an address. Answers for each whether it leads to
 * port 179 there: whether the host made it.
 */
export async function connections(host: Host, address: string, count: number): Promise<boolean[]> {
  let text = "";
  return until(
    `${count} connections with ${address}`,
    async () => {
      text = await host.must("ss", "-Htn", "state", "established", "dst", address);
      const lines = text.split("\n").filter((line) => line !== "");
      return lines.length === count && lines.map((line) => /:179 *$/.test(line));
    },
    { detail: () => text },
  );
}
