/**
 * What looking glasses and browsers see of the daemon: birdwatcher's API, and a page. Nothing in here can
 * change anything: its views have no commands.
 *
 *     a GET ─ HttpServer (the room http, with its guard) ─┬─> Page ──────> files, state, explain
 *                                                         └─> birdwatcher ─> an object, made while it is sent
 *     what happens ─ the daemon ─> Journal ─> the last hour, on the page
 *
 * - web-server.ts     where both are served, and the headers of every answer
 * - views.ts          what this room needs to see; the daemon provides it
 * - birdwatcher.ts    the table of its paths; birdwatcher-protocols.ts, birdwatcher-routes.ts: a view as
 *                     birdwatcher's JSON; envelope.ts: what each answer begins with, and its times
 * - json.ts           objects of any length in pieces
 * - page.ts           the page's files (page/) and what they ask for: page-state.ts, with page-places.ts:
 *                     where each block and pod is; page-explain.ts
 * - journal.ts        what happened, folded: kept only where there is a page
 *
 * HTTP itself, its bounds, its turns of 2 ms and its back-pressure are the room http's, which observe
 * shares.
 *
 * Kept is the API of birdwatcher 2, as Alice-LG (source type `single_table`) reads it; README.md has what
 * its configuration must say.
 *
 * Deviations from birdwatcher, confessed:
 * - One instance has both families (there: one each): `master` is both tables, and numbers of routes are
 *   sums over both.
 * - Times are UTC, and nothing is kept: `ttl` is five seconds away, `result_from_cache` false.
 * - What is not there is answered by 404 and {"error"}, without `api` (there: 200, or nothing).
 * - There are no pipes: what they filter is empty, and Alice-LG's `multi_table` has no use here.
 * - Instead of so many questions a second (its rate limit), 16 connections at a time are answered, all of
 *   them together in 2 ms of a turn of the event loop. No list is cut: a million routes are a million.
 * - A list is of no single moment: what changes while it is sent is in it or not.
 * - Networks of a table of more than 4096 come in no order; Alice-LG sorts them itself.
 *
 * Of the page:
 * - Its state is shared by all who look, and rests for 20 times as long as it took to make.
 * - At most 500 sessions, 1000 blocks and 200 single pods are listed, the others counted.
 * - "Away from its block" compares the way of a pod's own route with that of the block around it: neighbour,
 *   next hop and AS path. Two nodes of one AS number behind the same router look alike.
 * - Moves are told by the next hop: what moves behind one and the same router is not seen to.
 * - A network that moves to a next hop that nothing led by before is told as one that vanished and one
 *   that appeared: until the kernel has said whether that can be reached, it has no route.
 * - Where `kernel.install` is off the journal has no networks: nothing is held against the kernel then.
 */
export { type Happening, type HappeningKey, type HappeningKind, Journal } from "./journal.ts";
export type { WebViews } from "./views.ts";
export { WebServer, type WebServerOptions } from "./web-server.ts";
