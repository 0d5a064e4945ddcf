/*
 * Routes straight into the kernel, as fast as it takes them: what any routing daemon could reach at
 * best. Nexthop objects first, then routes that name them, hundreds to a send; the kernel works on
 * all of a send before it returns, and only the last message of each asks for an answer.
 *
 *   fib INTERFACE FILE       FILE: 8 octets a route: address, length, 0, number of the next hop (LE)
 *
 * Says {"event":"ready"}; obeys "add" and "delete" and says "added" and "deleted" with the time.
 */
#include <errno.h>
#include <linux/nexthop.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <arpa/inet.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <fcntl.h>
#include <time.h>
#include <unistd.h>

#define FIRST_NODE 0x0a000400u
#define FIRST_OBJECT 1000u
/* Measured: 250 to 2000 messages a send make no difference. */
#define MESSAGES 500
/* Neighbouring addresses that leave one after the other have the kernel's trie shrink each time. */
#define STRIDE 16

struct entry {
  uint32_t address;
  uint8_t length, unused;
  uint16_t hop;
};

struct object_message {
  struct nlmsghdr header;
  struct nhmsg body;
  struct rtattr id_head;
  uint32_t id;
  struct rtattr interface_head;
  uint32_t interface;
  struct rtattr gateway_head;
  uint32_t gateway;
};

struct route_message {
  struct nlmsghdr header;
  struct rtmsg body;
  struct rtattr destination_head;
  uint32_t destination;
  struct rtattr object_head;
  uint32_t object;
};

static int kernel;
static struct route_message batch[MESSAGES];

static void fail(const char *what) {
  fprintf(stderr, "%s: %s\n", what, strerror(errno));
  exit(1);
}

static struct rtattr head(unsigned short type) {
  return (struct rtattr){.rta_len = RTA_LENGTH(sizeof(uint32_t)), .rta_type = type};
}

/* Sends messages, the last of which asks for an answer, and reads what the kernel says. */
static void exchange(const void *bytes, size_t length) {
  char answer[8192];
  if (send(kernel, bytes, length, 0) < 0) fail("send");
  ssize_t got = recv(kernel, answer, sizeof answer, 0);
  if (got < 0) fail("recv");
  const struct nlmsghdr *header = (const struct nlmsghdr *)answer;
  const struct nlmsgerr *error = NLMSG_DATA(header);
  if (!NLMSG_OK(header, (size_t)got) || header->nlmsg_type != NLMSG_ERROR) fail("answer");
  errno = -error->error;
  if (errno != 0) fail("the kernel");
}

static void add_objects(unsigned count, unsigned interface) {
  for (unsigned i = 0; i < count; i++) {
    struct object_message message = {
        .header = {.nlmsg_len = sizeof message,
                   .nlmsg_type = RTM_NEWNEXTHOP,
                   .nlmsg_flags = NLM_F_REQUEST | NLM_F_CREATE | NLM_F_EXCL | NLM_F_ACK},
        .body = {.nh_family = AF_INET, .nh_protocol = RTPROT_BGP},
        .id_head = head(NHA_ID),
        .id = FIRST_OBJECT + i,
        .interface_head = head(NHA_OIF),
        .interface = interface,
        .gateway_head = head(NHA_GATEWAY),
        .gateway = htonl(FIRST_NODE + i),
    };
    exchange(&message, sizeof message);
  }
}

static struct route_message message_for(const struct entry *entry, int is_new) {
  return (struct route_message){
      .header = {.nlmsg_len = sizeof(struct route_message),
                 .nlmsg_type = is_new ? RTM_NEWROUTE : RTM_DELROUTE,
                 .nlmsg_flags = is_new ? NLM_F_REQUEST | NLM_F_CREATE | NLM_F_EXCL : NLM_F_REQUEST},
      .body = {.rtm_family = AF_INET,
               .rtm_dst_len = entry->length,
               .rtm_table = RT_TABLE_MAIN,
               .rtm_protocol = RTPROT_BGP,
               .rtm_scope = is_new ? RT_SCOPE_UNIVERSE : RT_SCOPE_NOWHERE,
               .rtm_type = RTN_UNICAST},
      .destination_head = head(RTA_DST),
      .destination = htonl(entry->address),
      .object_head = head(RTA_NH_ID),
      .object = FIRST_OBJECT + entry->hop,
  };
}

/* Every STRIDE-th address, beginning with `first`. */
static void write_stride(const struct entry *entries, size_t count, int is_new, unsigned stride,
                         unsigned first) {
  unsigned n = 0;
  for (size_t i = 0; i < count; i++) {
    if (entries[i].address % stride == first) batch[n++] = message_for(&entries[i], is_new);
    if (n == 0 || (n < MESSAGES && i < count - 1)) continue;
    batch[n - 1].header.nlmsg_flags |= NLM_F_ACK;
    exchange(batch, n * sizeof batch[0]);
    n = 0;
  }
}

static void write_routes(const struct entry *entries, size_t count, int is_new) {
  unsigned stride = is_new ? 1 : STRIDE;
  for (unsigned first = 0; first < stride; first++)
    write_stride(entries, count, is_new, stride, first);
}

static void say(const char *event) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  printf("{\"event\":\"%s\",\"at\":%.3f}\n", event, now.tv_sec * 1e3 + now.tv_nsec / 1e6);
  fflush(stdout);
}

int main(int argc, char **argv) {
  if (argc != 3) return 2;
  unsigned interface = if_nametoindex(argv[1]);
  int file = open(argv[2], O_RDONLY);
  struct stat status;
  if (interface == 0 || file < 0 || fstat(file, &status) < 0) fail("arguments");
  size_t count = status.st_size / sizeof(struct entry);
  const struct entry *entries =
      mmap(NULL, status.st_size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, file, 0);
  if (entries == MAP_FAILED) fail("mmap");
  unsigned objects = 0;
  for (size_t i = 0; i < count; i++)
    if (entries[i].hop >= objects) objects = entries[i].hop + 1;
  kernel = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
  int room = 4 << 20, yes = 1;
  if (kernel < 0) fail("socket");
  setsockopt(kernel, SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof room);
  setsockopt(kernel, SOL_NETLINK, NETLINK_CAP_ACK, &yes, sizeof yes);

  char line[32];
  for (say("ready"); fgets(line, sizeof line, stdin) != NULL;) {
    int is_new = strcmp(line, "add\n") == 0;
    say(is_new ? "adding" : "deleting");
    if (is_new) add_objects(objects, interface);
    write_routes(entries, count, is_new);
    say(is_new ? "added" : "deleted");
  }
  return 0;
}
