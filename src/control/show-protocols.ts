import { type Answer, type CommandContext, ErrorRow } from "./answer.ts";
import { announcementWord } from "./drain-text.ts";
import type { Arguments, SyntaxProblem } from "./lexer.ts";
import { EVERYTHING, type Selection, readName } from "./pattern.ts";
import { bgpState, protocolDetails } from "./protocol-details.ts";
import { protocolValue } from "./protocol-json.ts";
import { type Reply, last, more } from "./reply.ts";
import { formatTime } from "./time.ts";
import type { BgpView, ProtocolView } from "./protocol-views.ts";
import type { ControlViews } from "./views.ts";

/** Rows after which other work gets its turn. */
const SLICE = 64;

/** `show protocols [all] [NAME | "PATTERN"]`. */
export function showProtocols(args: Arguments, { views }: CommandContext): Answer | SyntaxProblem {
  const first = args.keyword("all");
  const selection = args.done ? EVERYTHING : readName(args, views);
  if ("kind" in selection) return selection;
  // BIRD has `all` before the name only; behind it, it is what people type.
  const all = first || args.keyword("all");
  return {
    text: () => protocolLines(views, selection, all),
    json: () => ({ kind: "list", values: protocolValues(views, selection) }),
  };
}

function* protocolLines(views: ControlViews, selection: Selection, all: boolean): Reply {
  let rows = 0;
  const { now } = views;
  for (const protocol of views.protocols(selection.matches)) {
    // Lower case: calicoctl compares the header to the letter, nobody else looks at it.
    if (rows++ === 0) yield more(2002, row("name", "proto", "table", "state", "since", "info"));
    yield more(
      1002,
      protocolRow(protocol, formatTime(protocol.since, now, views.timeFormats.protocol)),
    );
    if (all) {
      for (const line of protocolDetails(protocol)) yield more(1006, line);
      yield more(1006, "");
    }
    if (rows % SLICE === 0) yield undefined;
  }
  yield rows === 0 ? nothing(selection) : last(0);
}

function nothing(selection: Selection) {
  return selection.pattern === undefined ? last(0) : last(8003, "No protocols match");
}

function protocolRow(protocol: ProtocolView, since: string): string {
  const { name, kind, table, state, info, bgp } = protocol;
  const status = bgp === undefined || state === "down" ? info : bgpStatus(bgp);
  return row(name, kind, table, state, since, status);
}

/** Widths and blanks as BIRD has them, those at the end of the line too. */
function row(
  name: string,
  proto: string,
  table: string,
  state: string,
  since: string,
  info: string,
): string {
  const left = `${name.padEnd(10)} ${proto.padEnd(10)} ${table.padEnd(10)} ${state.padEnd(6)}`;
  return `${left} ${since.padEnd(12)}  ${info}`;
}

/** The state, whether it is told less than ever, and what went wrong last. */
function bgpStatus(bgp: BgpView): string {
  const told = bgp.state === "Established" ? announcementWord(bgp.announcement) : undefined;
  const words = [told, bgp.lastError].filter((each) => each !== undefined);
  return `${bgpState(bgp).padEnd(14)}${words.join("; ")}`;
}

function* protocolValues(views: ControlViews, selection: Selection): Iterable<unknown> {
  let rows = 0;
  for (const protocol of views.protocols(selection.matches)) {
    yield protocolValue(protocol);
    if (++rows % SLICE === 0) yield undefined;
  }
  if (rows === 0 && selection.pattern !== undefined) {
    yield new ErrorRow(8003, "No protocols match");
  }
}
