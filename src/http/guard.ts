import { type Question, type Reply, plain } from "./reply.ts";

/**
 * What a browser may be made to do by a page from somewhere else, and is not answered here; undefined:
 * it is no such thing.
 *
 * - A page can have a name that leads to 127.0.0.1 by the time it asks (DNS rebinding): then its own
 *   origin is what it asks, and nothing but the Host header tells. An address cannot be made to, nor a name
 *   without a dot, which nobody can have in the DNS. Browsers always send the header: who does not is none.
 * - A page can ask without seeing the answer, which costs time here: browsers say so (Fetch Metadata).
 *   Also one of another port of this host (`same-site`). To follow a link to the page is not that, but to
 *   put it into a frame is.
 */
export function guard(
  { headers }: Question,
  names: readonly string[] | undefined,
): Reply | undefined {
  const { host } = headers;
  if (names !== undefined && host !== undefined && !isOurName(String(host), names)) {
    return plain(
      421,
      "not by this name: ask by an address, localhost, a name without a dot, or one of `names` in the configuration",
    );
  }
  const isElsewhere = ["cross-site", "same-site"].includes(String(headers["sec-fetch-site"]));
  const isFollowed =
    headers["sec-fetch-mode"] === "navigate" && headers["sec-fetch-dest"] === "document";
  if (isElsewhere && !isFollowed) {
    return plain(403, "not for pages from elsewhere");
  }
  return undefined;
}

/** An address, a name without a dot, as localhost, or one of `names`; a port may follow. */
function isOurName(host: string, names: readonly string[]): boolean {
  const [, name] = /^(.*?)(?::\d*)?$/.exec(host.toLowerCase()) ?? [];
  if (name === undefined || name === "") return false;
  if (/^\[[0-9a-f:.]+\]$/.test(name) || /^\d+\.\d+\.\d+\.\d+$/.test(name)) return true;
  return /^[a-z0-9_-]*[a-z_-][a-z0-9_-]*$/.test(name) || names.includes(name);
}
