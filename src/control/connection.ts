import type { CommandContext } from "./answer.ts";
import { answer } from "./commands.ts";
import { Echo } from "./echo.ts";
import type { LogClass } from "./log-views.ts";
import { type Reply, type ReplyStep, ReplyWriter, last, notice, utf8Length } from "./reply.ts";
import type { ControlViews } from "./views.ts";

/** A command line of more bytes is an attack or an accident. */
const COMMAND_BYTES = 4096;

/** Stands for a line that was not kept; a line end cannot be in one that was. */
const TOO_LONG = "\n";

/** Commands that a client may send ahead of the answers, in characters, before it must wait. */
const BACKLOG = 16 * 1024;

/**
 * One client of the control socket, without the socket: text goes in as it arrives, replies come
 * out in chunks when they are asked for.
 *
 *     socket.setEncoding("utf8")
 *     on data:  connection.receive(text); if (connection.full) socket.pause()
 *     whenever there is room and time:
 *               if (connection.pending) socket.write(connection.pull())
 *               if (connection.closed && !connection.pending && !connection.waiting) socket.end()
 *
 * Commands are carried out one after the other when their reply is pulled, so a slow reader holds
 * up itself only, and a reply of a million lines is never in memory as a whole. A chunk consists
 * of whole lines: whoever writes a chunk in one piece never splits the last line of a reply, which
 * some readers could not bear.
 */
export class ControlConnection {
  readonly #context: CommandContext;
  readonly #onReady: () => void;
  /** Lines received and not yet carried out, and the beginning of the next one. */
  #lines: string[] = [];
  #next = 0;
  #partial = "";
  #backlog = 0;
  #reply: Iterator<ReplyStep, void, undefined> | undefined;
  #waiting = false;
  #writer = new ReplyWriter();
  /** Said as soon as no reply is under way. One at most: a command that brings about another waits. */
  #notice = "";
  /** What it wants to hear of the log, after the notice; and the way to stop it. */
  #echo: Echo | undefined;
  #stopEcho = (): void => undefined;
  #closed = false;

  /**
   * `onReady`: more can be pulled: what a reply has waited for is there, or something has happened.
   * `makeRoom`: see CommandContext.
   */
  constructor(
    views: ControlViews,
    onReady: () => void = () => undefined,
    makeRoom: () => boolean = () => false,
  ) {
    this.#onReady = onReady;
    this.#context = {
      ...{ views, restricted: false, ending: false, holding: false, makeRoom },
      notify: (text) => this.#notify(text),
      echo: (classes, size) => this.#listen(classes, size),
    };
    this.#start([last(1, "BIRD 2.0.12 ready.")]);
  }

  /** A reply is under way that something else must come before; onReady says when. */
  get waiting(): boolean {
    return this.#waiting;
  }

  /** Something can be pulled. */
  get pending(): boolean {
    if (this.#waiting) return false;
    return this.#reply !== undefined || this.#next < this.#lines.length || this.#hasNews;
  }

  /** The reply under way keeps something large: whoever does not read on should not have it for ever. */
  get holding(): boolean {
    return this.#context.holding;
  }

  /** So much is waiting that the client should not be read from for now. */
  get full(): boolean {
    return this.#backlog >= BACKLOG;
  }

  /** Nothing more is taken in; close when nothing is pending. */
  get closed(): boolean {
    return this.#closed;
  }

  /** Text as it arrived, cut anywhere. Ignored once closed. */
  receive(text: string): void {
    if (this.#closed) return;
    let start = 0;
    for (;;) {
      const end = text.indexOf("\n", start);
      if (end < 0) break;
      this.#line(this.#partial + text.slice(start, end));
      if (this.#closed) return;
      this.#partial = "";
      start = end + 1;
    }
    this.#partial += text.slice(start);
    if (this.#partial.length > COMMAND_BYTES) this.#overflow();
  }

  /** The client has gone: what is running ends. */
  end(): void {
    this.#closed = true;
    this.#lines = [];
    this.#next = 0;
    this.#backlog = 0;
    this.#partial = "";
    this.#notice = "";
    this.#stopListening();
    this.#reply?.return?.();
    this.#reply = undefined;
  }

  /**
   * The next piece of what is to be sent: whole lines, about `characters` of them at most, of one
   * reply, and no further than to the next pause of a long search. May be empty while `pending` stays
   * true. However short its reply, a command may have taken a while: no second one is begun.
   */
  pull(characters = 16 * 1024): string {
    let chunk = "";
    if (this.#waiting) return chunk;
    if (this.#reply === undefined && this.#hasNews) chunk = this.#takeNews(characters);
    while (chunk.length < characters) {
      const reply = this.#current();
      if (reply === undefined) break;
      const step = reply.next();
      if (step.done === true) {
        this.#reply = undefined;
        break;
      } else if (step.value === undefined) {
        break;
      } else if (step.value instanceof Promise) {
        this.#waitFor(step.value);
        break;
      } else {
        chunk += this.#writer.write(step.value);
        if (!step.value.last) continue;
        this.#reply = undefined;
        reply.return?.(); // What it holds, it gives back.
        break;
      }
    }
    return chunk;
  }

  /**
   * The end of the daemon, in one line, for a client that has asked for it; "" for all others. What
   * birdc does with it depends on where it is: alone with one command it has gone by then.
   */
  farewell(text: string): string {
    return this.#context.ending ? notice(text) : "";
  }

  #notify(text: string): void {
    if (this.#closed) return;
    this.#notice = notice(text);
    this.#onReady();
  }

  get #hasNews(): boolean {
    return this.#notice !== "" || this.#echo?.isEmpty === false;
  }

  #takeNews(characters: number): string {
    const news = this.#notice + (this.#echo?.take(characters) ?? "");
    this.#notice = "";
    return news;
  }

  /** What waited for it by an earlier command is forgotten, as with BIRD. */
  #listen(classes: ReadonlySet<LogClass>, size: number): void {
    this.#stopListening();
    if (classes.size === 0) return;
    const echo = new Echo(size);
    this.#echo = echo;
    this.#stopEcho = this.#context.views.listen(classes, (text) => {
      echo.add(text);
      // A reply under way is not split, and whoever pulls it comes by here afterwards.
      if (this.#reply === undefined) this.#onReady();
    });
  }

  #stopListening(): void {
    this.#stopEcho();
    this.#stopEcho = () => undefined;
    this.#echo = undefined;
  }

  /** However it ends: the reply knows what it has got. */
  #waitFor(something: Promise<unknown>): void {
    this.#waiting = true;
    const proceed = (): void => {
      this.#waiting = false;
      this.#onReady();
    };
    something.then(proceed, proceed);
  }

  /** The reply that is being sent, or that of the next command. */
  #current(): Iterator<ReplyStep, void, undefined> | undefined {
    if (this.#reply === undefined && this.#next < this.#lines.length) {
      const line = this.#lines[this.#next++];
      this.#backlog -= line.length + 1;
      if (this.#next === this.#lines.length) {
        this.#lines = [];
        this.#next = 0;
      }
      this.#start(
        line === TOO_LONG ? [last(9000, "Command too long")] : answer(line, this.#context),
      );
    }
    return this.#reply;
  }

  #start(reply: Reply): void {
    this.#writer = new ReplyWriter();
    this.#reply = reply[Symbol.iterator]();
  }

  #line(line: string): void {
    const command = line.replaceAll("\r", "");
    if (utf8Length(command) > COMMAND_BYTES) {
      this.#overflow();
      return;
    }
    this.#lines.push(command);
    this.#backlog += command.length + 1;
  }

  /** Answers what came before, says why, and takes no more. */
  #overflow(): void {
    this.#partial = "";
    this.#closed = true;
    this.#lines.push(TOO_LONG);
  }
}
