/**
 * The control socket: BIRD 2's protocol and commands, over read-only views that the daemon provides.
 *
 *     text ─ ControlConnection ─> a line ─ readTokens ─> words ─ COMMANDS ─> Answer
 *          <─ chunks of whole lines ─ ReplyWriter <─ lines, made while they are pulled ─┘
 *
 * - No I/O and no clock: the daemon moves text between a socket and a `ControlConnection`, and
 *   answers what `ControlViews` asks. Wall-clock time is in the views.
 * - Expressions of BIRD's filter language are cut by expression-lexer.ts and read by expression.ts, over the
 *   values of expression-values.ts; route-condition.ts says what they know of a route.
 * - Times are printed by the formats that the views have, one for each kind (BIRD's `timeformat`).
 * - Replies are lazy. A listing of a million routes exists a chunk at a time, stops to let other
 *   work go on after every 64 networks, and ends with 8004 when a new configuration is applied.
 * - Commands are a table (commands.ts); each is read into an `Answer`, which has a form for people
 *   and BIRD's clients (`text`) and one for programs (`json`).
 *
 * What is kept is BIRD 2.0.12's dialect, as birdc, calicoctl, bird_exporter, birdwatcher and
 * looking glasses read it: codes, the collapsing of repeated ones, columns, labels, blanks. How they read
 * it is rebuilt in readers.test.ts; test/robust/dialect.test.ts asks a real BIRD the same beside us. What
 * Calico's node status resource makes of `show route` needs BIRD 1.6's lines, which are not spoken.
 *
 * `explain` asks the kernel and is answered a little later: a step of a reply may be a promise, and the
 * connection is `waiting` until it is settled; what other clients ask goes on. What is true of a route
 * comes as one `Explanation`; explain-verdict.ts finds the first broken link in it.
 *
 * Deviations, on purpose:
 * - the header of `show protocols` is in lower case, because calicoctl compares it to the letter;
 * - names need no quotes, whatever characters they have;
 * - of the filter language `where` and `eval` know expressions: values, sets, masks of paths, what has a
 *   counterpart among a route's attributes (BIRD: also functions, and changes); kinds that do not go together
 *   are an error (BIRD: mostly FALSE);
 * - `show route filter NAME` shows the routes that the filter would let in as they are (BIRD: as it leaves
 *   them; here `filter test` says that), and takes no filter in braces;
 * - `show route [for] NET count` counts (BIRD: says nothing); what is exported to blocks and pods is nothing;
 * - `show route export` shows all attributes with which a neighbour is told the node's own routes (BIRD: those
 *   that the export filter has set);
 * - `show route` joins a network, `for` and `in` (BIRD: one of them), and `for X filtered` finds the longest network
 *   that has a rejected route (BIRD: that has another one);
 * - routes are shown with the kernel's gateway, their times to 10 ms;
 * - `show route preexport` and `noexport`: a well-known community counts as export policy (BIRD: as what
 *   comes before it);
 * - every `configure` is a `soft` one;
 * - while a configuration waits to be confirmed, another `configure timeout` begins the time anew, and its
 *   end leads back to the last one that was not in doubt (BIRD: to the one before, confirmed or not). One
 *   that is refused changes nothing, that time included (BIRD: it ends, and the new one stays);
 * - `debug` traces states, events and packets of BGP neighbours, and `mrtdump` is decided by mrt.updates: what
 *   else is asked for is said under 1109 (BIRD: nothing is said); a trace lasts until the daemon ends (BIRD:
 *   until it is configured);
 * - where a client is too slow for `echo`, the oldest lines go, and a notice says how many (BIRD: the newest; it
 *   says so in a line that is no notice, which birdc does not know); no reply is split (BIRD: it may be);
 * - `disable` and its like are for BGP neighbours only; `reload` says what it reloads (BIRD: not of BGP);
 * - syntax errors are told in words of our own behind BIRD's code;
 * - of the node's own protocols `show protocols all` has the routes, and no change stats; of a neighbour's
 *   exports it counts what was sent (BIRD: also what a filter or the protocol has kept back);
 * - in `show memory` there is no overhead, it is in what it is for; a rejected route has no `*`;
 * - a listing of routes during which networks have come or gone says so in its last line, behind 0000;
 * - a best route that the kernel does not hold is marked `!` (BIRD: a failed one only);
 * - `show interfaces` takes a name or a pattern;
 * - `show status`, `show interfaces` and `show route all` have lines of our own, where the readers
 *   of BIRD's skip what they do not know;
 * - a line of more than 512 bytes is cut (BIRD: replaced by one with code 8000, which many readers
 *   take for the end of the reply);
 * - a command of more than 4096 bytes gets code 9000 before the connection ends (BIRD: a reset);
 * - a client that has sent `down` is told by a notice (`+Shutdown complete`) how it went, before the
 *   connection ends;
 * - `explain` and `filter test` are ours: rows under 1104 and 1102, and `explain` ends with 0100 where
 *   every link holds and 8100 where one is broken; `show load` is too, with rows under 1105;
 * - `drain` and `undrain` are ours: rows under 1106; the last line of `drain wait` comes when it is
 *   over, with 0101, or with 8101 and the reason why not; that of the others says what was begun (0102,
 *   0103). A client may go while it waits: what it has begun goes on;
 * - `underlay json COMMAND`, which birdc cannot send (it knows no such verb): one JSON value a line
 *   under code 1100, after a 2100 heading when there is a list of them. These lines alone may be
 *   longer than 512 bytes.
 */
export type * from "./bgp-views.ts";
export type * from "./drain-views.ts";
export type * from "./explain-views.ts";
export type * from "./load-views.ts";
export type * from "./log-views.ts";
export type * from "./plan-views.ts";
export type * from "./command-views.ts";
export type * from "./protocol-views.ts";
export type * from "./views.ts";
// The nouns that appear in these signatures, for a room that may not import route/ itself.
export {
  type Address,
  type Family,
  type Prefix,
  bitsOf,
  formatAddress,
  formatPrefix,
  formatQuad,
  hostPrefix,
  networkOf,
  parseAddress,
  parsePrefix,
  prefixContains,
} from "../route/index.ts";
// A route's attributes in words, for those who show routes themselves.
export {
  asPathWords,
  extendedCommunityText,
  listedAttributes,
  nextHopWords,
} from "./route-attributes.ts";
export { type ExplainReport, explanationReport } from "./explain.ts";
export { ControlConnection } from "./connection.ts";
export { newCounts } from "./views.ts";
export { BROKEN, JSON_LIST, JSON_ROW, PROGRESS_ROW, SHUTDOWN_COMPLETE } from "./reply.ts";
