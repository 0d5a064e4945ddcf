import { explanationReport, parseAddress, parsePrefix, hostPrefix } from "../control/index.ts";
import type { Reply } from "../http/index.ts";
import type { Source } from "./birdwatcher.ts";
import { jsonReply, problem } from "./json.ts";

/**
 * `explain` of an address or a network, as `underlayctl explain` has it; in turns of its own. Rejects, and
 * asks nobody, where whoever asked has gone meanwhile.
 */
export async function explainReply(
  { views, turns }: Source,
  text: string,
  signal: AbortSignal,
): Promise<Reply> {
  const asked = text.trim();
  const address = parseAddress(asked);
  const target = address === undefined ? parsePrefix(asked) : hostPrefix(address);
  if (target === undefined) {
    return problem(400, `“${asked}” is no address and no network, as 172.16.3.7 or 172.16.3.0/24`);
  }
  const question = { target, isAddress: address !== undefined };
  await turns.next();
  signal.throwIfAborted();
  const found = await views.explain(question);
  const report = explanationReport(found, views.timeFormats.route);
  return jsonReply(JSON.stringify(await turns.finish(report, signal)));
}
