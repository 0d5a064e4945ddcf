// What a master agent is answered (RFC 2741 §7.2.3 and §7.2.4). net-snmp 3.29.2 tells it that what is
// not there has been written, answers with what is behind the end of the region that was asked about,
// and does not know a table from a cell that it lacks.

import type { AgentXRequest, Library, Mib, SearchRange, Subagent, Varbind } from "./library.ts";
import { MibAnswers, NOT_WRITABLE } from "./mib-answers.ts";

export function answerRequests(
  subagent: Subagent,
  mib: Mib,
  { ObjectType }: Pick<Library, "ObjectType">,
): void {
  const answers = new MibAnswers(mib, ObjectType);
  const each = (one: (range: SearchRange) => Varbind) => (request: AgentXRequest) => {
    const response = request.getResponsePduForRequest();
    response.varbinds = request.searchRangeList.map(one);
    subagent.sendPdu(response, null);
  };
  subagent.getRequest = each(({ start }) => answers.get(start));
  subagent.getNextRequest = each(({ start, end }) => answers.next(start, end ?? undefined));
  // One repetition is an answer, too.
  subagent.getBulkRequest = subagent.getNextRequest;
  subagent.testSet = (request) => {
    const response = request.getResponsePduForRequest();
    response.error = NOT_WRITABLE;
    response.index = 1;
    subagent.sendPdu(response, null);
  };
  // Nothing was begun that could be cleaned up.
  subagent.cleanupSet = () => undefined;
}
