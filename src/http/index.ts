/**
 * HTTP/1.1 for those who look at the daemon: observe/ (Prometheus, probes) and web/ (looking glasses,
 * people). Both import it, so that what a stranger can send is answered in one place.
 *
 *     a request ─ HttpServer ─> a Question ─ the room ─> a Reply ─ HttpServer ─> bytes
 *
 * - server.ts   sockets and their bounds: connections, octets of a head, time; GET and HEAD only
 * - guard.ts    what a browser was made to ask by a page from elsewhere is not answered
 * - turns.ts    long work in turns of 2 ms of the event loop, one of all who ask at a time
 *
 * A Reply is a text or bytes, or pieces that are made while they are sent: an answer of a million routes
 * is never in memory as a whole, and whoever does not read is not made anything for.
 *
 * Deviations, confessed:
 * - One request a connection (`connection: close`): nothing is to be had from a crowd of idle ones.
 * - Plain HTTP, and nobody is asked who he is: it is for loopback addresses, or networks of their own.
 * - A fault in the middle of an answer in pieces ends the connection: the last chunk is missing, by which
 *   the reader knows that it is not whole (RFC 9112 §8).
 */
export { HttpServer, type HttpServerOptions } from "./server.ts";
export { type Pieces, type Question, type Reply, plain } from "./reply.ts";
export { Turns } from "./turns.ts";
