/*
 * Numbered packets to addresses that a router has routes for, one by one and evenly, and who got
 * which: so that it is seen which went astray, and when.
 *
 *   traffic send FILE GAP OUT    FILE: IPv4 addresses, 4 octets each (LE), taken at random;
 *                                GAP: nanoseconds between two packets
 *   traffic receive OUT          of all addresses that are local
 *
 * On SIGTERM each writes OUT: for each packet, by its number, 8 octets (LE): when it was sent or has
 * arrived, nanoseconds since 1970; 0: never.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define PORT 9999
/* A quarter of an hour, ten thousand a second. */
#define PACKETS 9000000u

static uint64_t *times;
static volatile sig_atomic_t ended;

static void fail(const char *what) {
  fprintf(stderr, "%s: %s\n", what, strerror(errno));
  exit(1);
}

static void end(int signal) {
  (void)signal;
  ended = 1;
}

static uint64_t now(clockid_t clock) {
  struct timespec time;
  clock_gettime(clock, &time);
  return time.tv_sec * 1000000000ull + time.tv_nsec;
}

static int open_socket(void) {
  int handle = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  int room = 64 << 20;
  if (handle < 0) fail("socket");
  setsockopt(handle, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room);
  return handle;
}

/* xorshift32 */
static uint32_t next(uint32_t *state) {
  *state ^= *state << 13;
  *state ^= *state >> 17;
  *state ^= *state << 5;
  return *state;
}

static uint32_t send_all(const char *name, uint64_t gap) {
  int file = open(name, O_RDONLY);
  struct stat status;
  if (file < 0 || fstat(file, &status) < 0) fail(name);
  size_t count = status.st_size / sizeof(uint32_t);
  const uint32_t *addresses = mmap(NULL, status.st_size, PROT_READ, MAP_PRIVATE, file, 0);
  if (addresses == MAP_FAILED || count == 0) fail("mmap");
  int handle = open_socket();
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(PORT)};
  uint32_t state = 1, number = 0;
  uint64_t due = now(CLOCK_MONOTONIC);
  for (; !ended && number < PACKETS; number++) {
    to.sin_addr.s_addr = htonl(addresses[next(&state) % count]);
    times[number] = now(CLOCK_REALTIME);
    /* What the own machine refuses for a moment counts as lost like anything else. */
    (void)!sendto(handle, &number, sizeof number, 0, (struct sockaddr *)&to, sizeof to);
    uint64_t time = now(CLOCK_MONOTONIC);
    due = due + gap > time ? due + gap : time;
    struct timespec until = {.tv_sec = due / 1000000000, .tv_nsec = due % 1000000000};
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
  }
  return number;
}

static uint32_t receive_all(void) {
  int handle = open_socket();
  struct sockaddr_in here = {.sin_family = AF_INET, .sin_port = htons(PORT)};
  if (bind(handle, (struct sockaddr *)&here, sizeof here) < 0) fail("bind");
  uint32_t number, count = 0;
  while (!ended) {
    if (recv(handle, &number, sizeof number, 0) != sizeof number || number >= PACKETS) continue;
    times[number] = now(CLOCK_REALTIME);
    if (number >= count) count = number + 1;
  }
  return count;
}

int main(int argc, char **argv) {
  int is_sender = argc == 5 && strcmp(argv[1], "send") == 0;
  if (!is_sender && (argc != 3 || strcmp(argv[1], "receive") != 0)) return 2;
  times = calloc(PACKETS, sizeof *times);
  if (times == NULL) fail("calloc");
  struct sigaction action = {.sa_handler = end};
  sigaction(SIGTERM, &action, NULL);
  puts("{\"event\":\"ready\"}");
  fflush(stdout);
  uint32_t count = is_sender ? send_all(argv[2], strtoull(argv[3], NULL, 10)) : receive_all();
  FILE *out = fopen(argv[argc - 1], "w");
  if (out == NULL || fwrite(times, sizeof *times, count, out) != count || fclose(out) != 0)
    fail("out");
  return 0;
}
