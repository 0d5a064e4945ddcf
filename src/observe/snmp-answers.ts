// What a manager is answered (RFC 3416 §4.2). net-snmp 3.29.2 tells him that what is not there has been
// written, has "no such object" for the end of a walk, and of GetBulk fewer varbinds than one repetition.

import type {
  Agent,
  Answerer,
  Library,
  Mib,
  SnmpMessage,
  SnmpResponse,
  Varbind,
} from "./library.ts";
import { MibAnswers, NOT_WRITABLE } from "./mib-answers.ts";

/** Varbinds in an answer to GetBulk; more would not fit a datagram. */
const MOST = 50;

/** error-status: of who may not read. */
const NO_ACCESS = 6;

/** A shorter name cannot be written (asn1-ber), and is nobody's. */
const SHORTEST = 4;
const ROOT = "1.3.6.1";

export function answerManagers(
  agent: Agent,
  mib: Mib,
  { ObjectType }: Pick<Library, "ObjectType">,
): void {
  const answers = new MibAnswers(mib, ObjectType);
  const authorizer = agent.getAuthorizer();
  const reader =
    (found: (pdu: SnmpMessage["pdu"]) => readonly Varbind[]): Answerer =>
    (socket, message, from) => {
      const { version, user, pdu } = message;
      const mayRead = authorizer.isAccessAllowed(version, user?.name ?? "", pdu.type);
      const refused = { errorStatus: NO_ACCESS, errorIndex: 1, varbinds: pdu.varbinds };
      const answer = mayRead ? { varbinds: found(pdu) } : refused;
      agent.sendResponse(socket, from, message, responseTo(message, answer));
    };
  agent.getRequest = reader(({ varbinds }) => varbinds.map(({ oid }) => answers.get(oid)));
  agent.getNextRequest = reader(({ varbinds }) => varbinds.map(({ oid }) => answers.next(oid)));
  agent.getBulkRequest = reader(({ varbinds, nonRepeaters, maxRepetitions }) => {
    const names = varbinds.map(({ oid }) => oid);
    return answers.bulk(names, Math.max(nonRepeaters, 0), maxRepetitions, MOST);
  });
  agent.setRequest = (socket, message, from) => {
    const { varbinds } = message.pdu;
    const answer = { errorStatus: NOT_WRITABLE, errorIndex: 1, varbinds };
    agent.sendResponse(socket, from, message, responseTo(message, answer));
  };
}

function responseTo({ pdu }: SnmpMessage, { varbinds, ...error }: SnmpResponse): SnmpResponse {
  const writable = varbinds.map((each) => {
    const isShort = each.oid.split(".").length < SHORTEST;
    return isShort ? { ...each, oid: ROOT } : each;
  });
  return Object.assign(pdu.getResponsePduForRequest(), error, { varbinds: writable });
}
