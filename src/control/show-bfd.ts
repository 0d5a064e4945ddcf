import { formatAddress } from "../route/index.ts";
import type { Answer, CommandContext } from "./answer.ts";
import type { Arguments, SyntaxProblem } from "./lexer.ts";
import { type Reply, last, more } from "./reply.ts";
import { formatSeconds, formatTime } from "./time.ts";
import type { BfdSessionView, ControlViews } from "./views.ts";

/** What BIRD calls its BFD protocol; there is only one here too. */
export const BFD_NAME = "bfd1";

/** `show bfd sessions [bfd1]`, the name with or without quotes. */
export function showBfd(args: Arguments, { views }: CommandContext): Answer | SyntaxProblem {
  const unexpected = args.unexpected();
  const token = args.next();
  if (token !== undefined && (token.text !== BFD_NAME || token.kind === "text")) return unexpected;
  return {
    text: () => bfdLines(views),
    json: () => ({ kind: "list", values: bfdValues(views) }),
  };
}

function* bfdLines(views: ControlViews): Reply {
  const { now } = views;
  const sessions = [...views.bfdSessions()];
  const isWatched = [...views.protocolNames()].some(({ kind }) => kind === "BFD");
  if (sessions.length === 0 && !isWatched) {
    yield last(9001, "There is no BFD protocol running");
    return;
  }
  yield more(1020, `${BFD_NAME}:`);
  yield more(1020, row("IP address", "Interface", "State", "Since", "Interval", "Timeout"));
  for (const session of sessions) {
    const since = formatTime(session.since, now, views.timeFormats.protocol);
    const times = [session.interval, session.timeout].map((time) =>
      formatSeconds(time).padStart(7),
    );
    const place = session.multihop ? "---" : (session.interface ?? "---");
    yield more(1020, row(formatAddress(session.address), place, session.state, since, ...times));
  }
  yield last(0);
}

function row(...cells: readonly string[]): string {
  const [address, place, state, since, interval, timeout] = cells;
  const head = [address.padEnd(25), place.padEnd(10), state.padEnd(10), since.padEnd(12)];
  return `${head.join(" ")}  ${interval.padStart(7)}  ${timeout.padStart(7)}`;
}

function* bfdValues(views: ControlViews): Iterable<unknown> {
  for (const session of views.bfdSessions()) yield jsonOf(session);
}

function jsonOf(session: BfdSessionView): unknown {
  const { address, since, ...rest } = session;
  return { ...rest, address: formatAddress(address), since: new Date(since).toISOString() };
}
