import { ControlConnection, type ControlViews } from "../control/index.ts";

/** One of each kind that is asked while routes load; 192.0.2.0/24 is for documentation (RFC 5737). */
const QUESTIONS = [
  "restrict",
  "show status",
  "show protocols all",
  "show route for 192.0.2.1 all",
  "show route primary",
  "show route count",
  "explain 192.0.2.1",
];

/** Replies that came, and octets of metrics. */
export interface Answered {
  readonly replies: number;
  readonly metrics: number;
}

/**
 * What people ask first is asked once before the first neighbour is spoken to, and the answers are thrown
 * away: V8 reads a function when it is called for the first time, and while a table loads that takes each
 * question a tenth of a second (measured: `questions`, the first `explain` and the first scrape).
 */
export async function rehearseQuestions(
  views: ControlViews,
  metrics: Iterable<string>,
): Promise<Answered> {
  let goOn = (): void => undefined;
  const connection = new ControlConnection(views, () => goOn());
  connection.receive(QUESTIONS.map((question) => `${question}\n`).join(""));
  let text = "";
  while (connection.pending || connection.waiting) {
    if (connection.pending) text += connection.pull();
    else await new Promise<void>((resolve) => (goOn = resolve));
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
  connection.end();
  let octets = 0;
  for (const piece of metrics) octets += piece.length;
  return { replies: countReplies(text), metrics: octets };
}

/** The last line of a reply has a blank behind its code. */
function countReplies(text: string): number {
  return text.match(/^\d{4} /gm)?.length ?? 0;
}
