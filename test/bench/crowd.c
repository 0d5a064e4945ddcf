// Many BGP neighbours in one process, on one epoll: what is measured is the router at their other
// end. It knows of BGP what it must: the header (RFC 4271 §4.1), that an OPEN is answered by a
// KEEPALIVE, and where in an UPDATE the prefixes are. What it sends was made before, by crowd.ts.
//
//   crowd NEIGHBOURS KEEPALIVE FIRST COUNT
//
// NEIGHBOURS: a file, a line a neighbour: its address, the router's, "connect" or "listen", and its
// OPEN in hex. KEEPALIVE: seconds between two of its own. FIRST, COUNT: the /32s that it notes who
// holds, a bit each; all other prefixes (the marks that a bench sends behind them) are only counted.
//
// Obeys lines on its standard input and says JSON lines, with "at" in milliseconds since 1970.
// Neighbours A to B, B not among them:
//
//   up A B                  begins their sessions                     "coming", then "up"
//   send A B FILE           a file's octets, to each of them          "sending", then "sent"
//   pace A FILE RATE SECONDS   a file's messages, so many a second    "sending", then "sent", with how
//                           many were "behind" at most
//   hold A B HELD OTHERS    waits until each holds so many /32s and   "held"
//                           has heard of so many other prefixes
//   silence A B             the longest since the last time           "silence"
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { HEADER = 19, LONGEST = 4096, LINE = 512, AT_A_TIME = 4 };
enum { OPEN = 1, UPDATE = 2, NOTIFICATION = 3, KEEPALIVE = 4 };
enum state { IDLE, CONNECTING, OPENING, ESTABLISHED };

struct neighbour {
  int fd;
  enum state state;
  int is_listening;
  struct in_addr local, remote;
  uint8_t open[LONGEST];
  int open_length;
  double retry_at, keepalive_at, heard_at, silence;
  uint8_t partial[LONGEST];
  int partial_length;
  uint8_t *bits;
  uint32_t held, others;
  int is_waited_for;
  // What it still has to send: octets of a file that others may be sending, too.
  const uint8_t *out;
  size_t out_left;
};

static struct neighbour *all;
static int count, epoll, listener = -1;
static double keepalive_ms;
static uint32_t first, size;
static uint8_t buffer[1 << 18];

// Whose ends are waited for, and what for; one of each at a time.
static int coming, first_up, next_up, end_up, sending, holding;
static uint32_t wanted_held, wanted_others;

// A file that is sent at a pace.
static struct {
  int neighbour;
  // `taken`: the first message of which the router has not taken the last octet.
  const uint8_t *at, *begin, *end, *taken;
  double started, rate;
  uint64_t sent, total, most_behind;
} pace = {.neighbour = -1};

static const uint8_t KEEPALIVE_MESSAGE[HEADER] = {
    255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
    255, 255, 255, 255, 255, 255, 0,   19,  KEEPALIVE};

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_REALTIME, &t);
  return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}

static void say(const char *event) {
  printf("{\"event\":\"%s\",\"at\":%.3f}\n", event, now());
  fflush(stdout);
}

static void die(const char *what) {
  fprintf(stderr, "crowd: %s: %s\n", what, strerror(errno));
  exit(1);
}

static void watch(int fd, uint32_t events, int index) {
  struct epoll_event event = {.events = events, .data.u32 = (uint32_t)index};
  if (epoll_ctl(epoll, EPOLL_CTL_MOD, fd, &event) == 0) return;
  if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) != 0) die("epoll_ctl");
}

static struct sockaddr_in address(struct in_addr host, int port) {
  struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr = host};
  return a;
}

// Connections.

static void again(struct neighbour *n) {
  if (n->fd >= 0) close(n->fd);
  n->fd = -1;
  if (n->state == ESTABLISHED) {
    errno = 0;
    fprintf(stderr, "crowd: %s was hung up on\n", inet_ntoa(n->local));
    exit(1);
  }
  n->state = IDLE;
  n->retry_at = now() + 50;
}

static int tcp_socket(struct neighbour *n, int port) {
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  int one = 1;
  struct sockaddr_in local = address(n->local, port);
  if (fd < 0) die("socket");
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  if (bind(fd, (struct sockaddr *)&local, sizeof local) != 0) die("bind");
  return fd;
}

static void greet(struct neighbour *n) {
  n->state = OPENING;
  n->partial_length = 0;
  if (write(n->fd, n->open, n->open_length) != n->open_length) again(n);
}

static void begin(struct neighbour *n) {
  int index = n - all;
  if (n->is_listening) {
    if (listener >= 0) return;
    listener = tcp_socket(n, 179);
    if (listen(listener, 512) != 0) die("listen");
    watch(listener, EPOLLIN, count);
    return;
  }
  struct sockaddr_in remote = address(n->remote, 179);
  n->fd = tcp_socket(n, 0);
  n->state = CONNECTING;
  if (connect(n->fd, (struct sockaddr *)&remote, sizeof remote) != 0 && errno != EINPROGRESS) {
    again(n);
    return;
  }
  watch(n->fd, EPOLLIN | EPOLLOUT, index);
}

// Who listens is one router with one address: the next that has no session yet gets this one.
static void accept_one(void) {
  int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
  int one = 1;
  struct neighbour *n = all + first_up;
  if (fd < 0) return;
  while (n < all + end_up && n->fd >= 0) n++;
  if (n == all + end_up) {
    close(fd);
    return;
  }
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  n->fd = fd;
  watch(fd, EPOLLIN, n - all);
  greet(n);
}

// Sending.

static void flush(struct neighbour *n) {
  while (n->out_left > 0) {
    ssize_t sent = write(n->fd, n->out, n->out_left);
    if (sent < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
      watch(n->fd, EPOLLIN | EPOLLOUT, n - all);
      return;
    }
    if (sent < 0) die("write");
    n->out += sent;
    n->out_left -= sent;
  }
  watch(n->fd, EPOLLIN, n - all);
  if (pace.neighbour != n - all && --sending == 0) say("sent");
}

static uint8_t *file(const char *name, size_t *length) {
  FILE *f = fopen(name, "rb");
  if (f == NULL) die(name);
  fseek(f, 0, SEEK_END);
  *length = ftell(f);
  rewind(f);
  uint8_t *bytes = malloc(*length);
  if (fread(bytes, 1, *length, f) != *length) die(name);
  fclose(f);
  return bytes;
}

static void send_file(int from, int to, const char *name) {
  size_t length;
  uint8_t *bytes = file(name, &length); // Kept: it is sent from there.
  sending += to - from;
  say("sending");
  for (int i = from; i < to; i++) {
    if (all[i].out_left > 0) die("still sending");
    all[i].out = bytes;
    all[i].out_left = length;
  }
  for (int i = from; i < to; i++) flush(&all[i]);
}

static size_t length_of(const uint8_t *message) { return message[16] << 8 | message[17]; }

// Messages under way of which the router has not taken the last octet.
static uint64_t untaken(const struct neighbour *n) {
  uint64_t messages = 0;
  while (pace.taken + length_of(pace.taken) <= n->out)
    pace.taken += length_of(pace.taken);
  for (const uint8_t *at = pace.taken; at < n->out + n->out_left; at += length_of(at)) messages++;
  return messages;
}

// So many messages as are due by now; over the file again and again.
static void keep_pace(void) {
  struct neighbour *n = &all[pace.neighbour];
  double t = now();
  uint64_t due = (t - pace.started) * pace.rate / 1e3;
  if (due > pace.total) due = pace.total;
  while (pace.sent < due && n->out_left == 0) {
    n->out = pace.taken = pace.at;
    while (pace.sent < due && pace.at < pace.end) {
      pace.at += length_of(pace.at);
      pace.sent++;
    }
    n->out_left = pace.at - n->out;
    if (pace.at >= pace.end) pace.at = pace.begin;
    flush(n);
  }
  // What the router does not take in time waits; how much that was at most is a result.
  uint64_t behind = due - pace.sent + (n->out_left > 0 ? untaken(n) : 0);
  if (behind > pace.most_behind) pace.most_behind = behind;
  if (pace.sent < pace.total || n->out_left > 0) return;
  pace.neighbour = -1;
  printf("{\"event\":\"sent\",\"at\":%.3f,\"behind\":%llu}\n", now(),
         (unsigned long long)pace.most_behind);
  fflush(stdout);
}

// Hearing.

static void note_held(struct neighbour *n) {
  if (!n->is_waited_for || n->held != wanted_held || n->others < wanted_others) return;
  n->is_waited_for = 0;
  if (--holding == 0) say("held");
}

static void prefixes(struct neighbour *n, const uint8_t *at, const uint8_t *end, int is_announced) {
  while (at < end) {
    if (at[0] != 32) {
      if (is_announced) n->others++;
      at += 1 + (at[0] + 7) / 8;
      continue;
    }
    uint32_t i = ((uint32_t)at[1] << 24 | at[2] << 16 | at[3] << 8 | at[4]) - first;
    at += 5;
    if (i >= size) continue;
    uint8_t bit = 1 << (i & 7), *byte = &n->bits[i >> 3];
    if (((*byte & bit) != 0) == is_announced) continue;
    *byte ^= bit;
    n->held += is_announced ? 1 : -1;
  }
}

static void update(struct neighbour *n, const uint8_t *body, const uint8_t *end) {
  const uint8_t *withdrawn = body + 2;
  const uint8_t *attributes = withdrawn + (body[0] << 8 | body[1]) + 2;
  const uint8_t *announced = attributes + (attributes[-2] << 8 | attributes[-1]);
  if (attributes > end || announced > end) {
    fprintf(stderr, "crowd: a malformed UPDATE\n");
    exit(1);
  }
  prefixes(n, withdrawn, attributes - 2, 0);
  prefixes(n, announced, end, 1);
}

static void message(struct neighbour *n, const uint8_t *bytes, size_t length) {
  switch (bytes[18]) {
    case OPEN:
      if (write(n->fd, KEEPALIVE_MESSAGE, HEADER) != HEADER) die("write");
      return;
    case UPDATE:
      update(n, bytes + HEADER, bytes + length);
      return;
    case NOTIFICATION:
      fprintf(stderr, "crowd: %s was sent a NOTIFICATION", inet_ntoa(n->local));
      if (length > HEADER + 1) fprintf(stderr, ", code %d/%d", bytes[HEADER], bytes[HEADER + 1]);
      fprintf(stderr, "\n");
      return;
    case KEEPALIVE:
      if (n->state == ESTABLISHED) return;
      n->state = ESTABLISHED;
      n->keepalive_at = now() + keepalive_ms;
      n->heard_at = now();
      if (--coming == 0) say("up");
  }
}

// Whole messages out of what has arrived; the rest waits for more.
static void hear(struct neighbour *n, const uint8_t *at, size_t left) {
  while (left >= HEADER && left >= length_of(at)) {
    size_t length = length_of(at);
    if (length < HEADER) die("message length");
    message(n, at, length);
    at += length;
    left -= length;
  }
  memmove(n->partial, at, left);
  n->partial_length = left;
}

static void receive(struct neighbour *n) {
  memcpy(buffer, n->partial, n->partial_length);
  ssize_t got = read(n->fd, buffer + n->partial_length, sizeof buffer - n->partial_length);
  if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return;
  if (got <= 0) {
    again(n);
    return;
  }
  double t = now();
  if (n->state == ESTABLISHED && t - n->heard_at > n->silence) n->silence = t - n->heard_at;
  n->heard_at = t;
  hear(n, buffer, n->partial_length + got);
  note_held(n);
}

// Orders.

static void bring_up(int from, int to) {
  coming = to - from;
  first_up = next_up = from;
  end_up = to;
  say("coming");
}

// A few at a time: routers have short queues for connections that they have not accepted yet.
static void greet_some(void) {
  while (next_up < end_up && coming - (end_up - next_up) < AT_A_TIME) begin(&all[next_up++]);
}

static void hold(int from, int to, uint32_t held, uint32_t others) {
  wanted_held = held;
  wanted_others = others;
  holding = to - from;
  for (int i = from; i < to; i++) all[i].is_waited_for = 1;
  for (int i = from; i < to; i++) note_held(&all[i]);
}

static void tell_silence(int from, int to) {
  double longest = 0, t = now();
  for (int i = from; i < to; i++) {
    if (t - all[i].heard_at > all[i].silence) all[i].silence = t - all[i].heard_at;
    if (all[i].silence > longest) longest = all[i].silence;
    all[i].silence = 0;
  }
  printf("{\"event\":\"silence\",\"at\":%.3f,\"longest\":%.3f}\n", t, longest);
  fflush(stdout);
}

static void begin_pace(int index, const char *name, double rate, double seconds) {
  size_t length;
  pace.begin = pace.at = file(name, &length);
  pace.end = pace.begin + length;
  pace.neighbour = index;
  pace.rate = rate;
  pace.total = rate * seconds;
  pace.sent = pace.most_behind = 0;
  say("sending");
  pace.started = now();
}

static void obey(const char *line) {
  char name[LINE];
  int a, b;
  unsigned held, others;
  double rate, seconds;
  if (sscanf(line, "up %d %d", &a, &b) == 2) bring_up(a, b);
  else if (sscanf(line, "send %d %d %511s", &a, &b, name) == 3) send_file(a, b, name);
  else if (sscanf(line, "hold %d %d %u %u", &a, &b, &held, &others) == 4) hold(a, b, held, others);
  else if (sscanf(line, "silence %d %d", &a, &b) == 2) tell_silence(a, b);
  else if (sscanf(line, "pace %d %511s %lf %lf", &a, name, &rate, &seconds) == 4)
    begin_pace(a, name, rate, seconds);
  else {
    fprintf(stderr, "crowd: what is \"%s\"?\n", line);
    exit(1);
  }
}

static void orders(void) {
  static char text[4096];
  static size_t length;
  ssize_t got = read(0, text + length, sizeof text - 1 - length);
  if (got < 0 && errno == EAGAIN) return;
  if (got <= 0) exit(0);
  length += got;
  for (char *end; (end = memchr(text, '\n', length)) != NULL;) {
    *end = 0;
    obey(text);
    length -= end + 1 - text;
    memmove(text, end + 1, length);
  }
}

static void read_neighbours(const char *name) {
  static char line[LONGEST * 2 + LINE], hex[LONGEST * 2 + 1];
  FILE *f = fopen(name, "r");
  if (f == NULL) die(name);
  while (fgets(line, sizeof line, f) != NULL) {
    char local[64], remote[64], how[16];
    if (sscanf(line, "%63s %63s %15s %8192s", local, remote, how, hex) != 4) die("neighbour");
    all = realloc(all, (count + 1) * sizeof *all);
    struct neighbour *n = &all[count++];
    memset(n, 0, sizeof *n);
    n->fd = -1;
    n->is_listening = strcmp(how, "listen") == 0;
    n->bits = calloc(size / 8 + 1, 1);
    if (inet_aton(local, &n->local) == 0 || inet_aton(remote, &n->remote) == 0) die("address");
    for (const char *at = hex; at[0] != 0 && at[1] != 0; at += 2) {
      unsigned byte;
      sscanf(at, "%2x", &byte);
      n->open[n->open_length++] = byte;
    }
  }
  fclose(f);
}

// A look at everybody's clock, some hundred times a second at most.
static void tick(double t) {
  for (int i = 0; i < count; i++) {
    struct neighbour *n = &all[i];
    if (n->state == IDLE && n->retry_at != 0 && n->retry_at <= t) {
      n->retry_at = 0;
      begin(n);
    }
    // Not into the middle of a message: UPDATEs on their way say as well that it lives.
    if (n->state != ESTABLISHED || n->keepalive_at > t || n->out_left > 0) continue;
    n->keepalive_at = t + keepalive_ms;
    if (write(n->fd, KEEPALIVE_MESSAGE, HEADER) != HEADER) die("write");
  }
}

int main(int argc, char **argv) {
  struct epoll_event events[64];
  struct rlimit files = {65536, 65536};
  double ticked = 0;
  if (argc != 5) return 2;
  setrlimit(RLIMIT_NOFILE, &files);
  keepalive_ms = atof(argv[2]) * 1e3;
  first = strtoul(argv[3], NULL, 10);
  size = strtoul(argv[4], NULL, 10);
  epoll = epoll_create1(EPOLL_CLOEXEC);
  read_neighbours(argv[1]);
  fcntl(0, F_SETFL, O_NONBLOCK);
  watch(0, EPOLLIN, count + 1);
  say("ready");
  for (;;) {
    int got = epoll_wait(epoll, events, 64, pace.neighbour >= 0 ? 1 : 10);
    for (int i = 0; i < got; i++) {
      int index = events[i].data.u32;
      if (index == count + 1) {
        orders();
      } else if (index == count) {
        accept_one();
      } else {
        struct neighbour *n = &all[index];
        if (n->state == CONNECTING && (events[i].events & EPOLLOUT) != 0) {
          int error = 0;
          socklen_t length = sizeof error;
          getsockopt(n->fd, SOL_SOCKET, SO_ERROR, &error, &length);
          if (error != 0) {
            again(n);
            continue;
          }
          watch(n->fd, EPOLLIN, index);
          greet(n);
        } else if ((events[i].events & EPOLLOUT) != 0) {
          flush(n);
        }
        if (n->fd >= 0 && (events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0) receive(n);
      }
    }
    greet_some();
    if (pace.neighbour >= 0) keep_pace();
    double t = now();
    if (t - ticked < 10) continue;
    ticked = t;
    tick(t);
  }
}
