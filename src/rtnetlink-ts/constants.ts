/**
 * The numbers of linux/netlink.h, linux/rtnetlink.h, linux/nexthop.h and their neighbours, under
 * the kernel's own names. Only those that this codec uses.
 */

/** Message types. */
export const NLMSG_NOOP = 1;
export const NLMSG_ERROR = 2;
export const NLMSG_DONE = 3;
export const NLMSG_OVERRUN = 4;
export const RTM_NEWLINK = 16;
export const RTM_DELLINK = 17;
export const RTM_GETLINK = 18;
export const RTM_NEWADDR = 20;
export const RTM_DELADDR = 21;
export const RTM_GETADDR = 22;
export const RTM_NEWROUTE = 24;
export const RTM_DELROUTE = 25;
export const RTM_GETROUTE = 26;
export const RTM_NEWNEIGH = 28;
export const RTM_DELNEIGH = 29;
export const RTM_GETNEIGH = 30;
export const RTM_NEWRULE = 32;
export const RTM_DELRULE = 33;
export const RTM_GETRULE = 34;
export const RTM_NEWSTATS = 92;
export const RTM_GETSTATS = 94;
export const RTM_NEWNEXTHOP = 104;
export const RTM_DELNEXTHOP = 105;
export const RTM_GETNEXTHOP = 106;

/** Header flags. */
export const NLM_F_REQUEST = 0x001;
export const NLM_F_MULTI = 0x002;
export const NLM_F_ACK = 0x004;
/** In an answer to a dump: the table changed while it was being walked. */
export const NLM_F_DUMP_INTR = 0x010;
/** In an answer to a strict dump: the kernel applied the filter. */
export const NLM_F_DUMP_FILTERED = 0x020;
export const NLM_F_DUMP = 0x300;
export const NLM_F_REPLACE = 0x100;
export const NLM_F_EXCL = 0x200;
export const NLM_F_CREATE = 0x400;
/** In NLMSG_ERROR: the request is not repeated after its header. */
export const NLM_F_CAPPED = 0x100;
/** In NLMSG_ERROR: attributes with more about the error follow. */
export const NLM_F_ACK_TLVS = 0x200;

/** Multicast groups (RTNLGRP_*), for NETLINK_ADD_MEMBERSHIP. */
export const GROUP = {
  LINK: 1,
  NEIGH: 3,
  IPV4_ADDRESS: 5,
  IPV4_ROUTE: 7,
  IPV4_RULE: 8,
  IPV6_ADDRESS: 9,
  IPV6_ROUTE: 11,
  IPV6_RULE: 19,
  NEXTHOP: 32,
} as const;

/** Address families as the kernel numbers them. */
export const AF_UNSPEC = 0;
export const AF_INET = 2;
export const AF_INET6 = 10;

/** In the type of an attribute: its value is attributes. */
export const NLA_F_NESTED = 0x8000;

/** Attributes of a route. */
export const RTA_DST = 1;
export const RTA_OIF = 4;
export const RTA_GATEWAY = 5;
export const RTA_PRIORITY = 6;
export const RTA_PREFSRC = 7;
export const RTA_METRICS = 8;
export const RTA_MULTIPATH = 9;
export const RTA_TABLE = 15;
export const RTA_VIA = 18;
export const RTA_NH_ID = 30;

/** Nexthop flags (struct rtnexthop rtnh_flags, rtm_flags, nh_flags). */
export const RTNH_F_DEAD = 1;
export const RTNH_F_ONLINK = 4;
export const RTNH_F_LINKDOWN = 16;
/** rtm_flags: a cache entry and not a route. */
export const RTM_F_CLONED = 0x200;
/** rtm_flags of a question: the route that matches, not what it comes to for one packet. */
export const RTM_F_FIB_MATCH = 0x2000;
/** The same, IPv4 only: with the table that it was found in; without, it always says main. */
export const RTM_F_LOOKUP_TABLE = 0x1000;

/** Metrics of a route, inside RTA_METRICS; those whose bit is in the lock are not to be learnt. */
export const RTAX_LOCK = 1;
export const RTAX_MTU = 2;

/** Route types. */
export const RTN_UNSPEC = 0;
export const RTN_UNICAST = 1;
export const RTN_LOCAL = 2;
export const RTN_BROADCAST = 3;
export const RTN_ANYCAST = 4;
export const RTN_MULTICAST = 5;
export const RTN_BLACKHOLE = 6;
export const RTN_UNREACHABLE = 7;
export const RTN_PROHIBIT = 8;

/** Scopes. */
export const RT_SCOPE_UNIVERSE = 0;
export const RT_SCOPE_LINK = 253;
export const RT_SCOPE_HOST = 254;
export const RT_SCOPE_NOWHERE = 255;

/** Tables. */
export const RT_TABLE_UNSPEC = 0;
export const RT_TABLE_MAIN = 254;
export const RT_TABLE_LOCAL = 255;

/** Attributes of a nexthop object. */
export const NHA_ID = 1;
export const NHA_GROUP = 2;
export const NHA_GROUP_TYPE = 3;
export const NHA_BLACKHOLE = 4;
export const NHA_OIF = 5;
export const NHA_GATEWAY = 6;
export const NHA_RES_GROUP = 12;
/** Inside NHA_RES_GROUP. */
export const NHA_RES_GROUP_BUCKETS = 1;
export const NHA_RES_GROUP_IDLE_TIMER = 2;

/** Attributes and flags of a link. */
export const IFLA_ADDRESS = 1;
export const IFLA_IFNAME = 3;
export const IFLA_MTU = 4;
export const IFLA_LINK = 5;
export const IFLA_MASTER = 10;
export const IFLA_OPERSTATE = 16;
export const IFLA_LINKINFO = 18;
export const IFLA_EXT_MASK = 29;
export const IFLA_INFO_KIND = 1;
export const IFF_UP = 0x1;
export const IFF_LOOPBACK = 0x8;
export const IFF_RUNNING = 0x40;
export const IFF_LOWER_UP = 0x10000;
/** IFLA_EXT_MASK: leave out the counters. */
export const RTEXT_FILTER_SKIP_STATS = 8;

/** Statistics of a link (if_link.h): an attribute, and the bit of the mask that asks for it. */
export const IFLA_STATS_LINK_64 = 1;
export const IFLA_STATS_FILTER_LINK_64 = 1 << (IFLA_STATS_LINK_64 - 1);

/** Attributes and flags of an address. */
export const IFA_ADDRESS = 1;
export const IFA_LOCAL = 2;
export const IFA_FLAGS = 8;
export const IFA_F_SECONDARY = 0x01;
export const IFA_F_DADFAILED = 0x08;
export const IFA_F_DEPRECATED = 0x20;
export const IFA_F_TENTATIVE = 0x40;

/** Attributes and flags of a neighbour entry. */
export const NDA_DST = 1;
export const NDA_LLADDR = 2;
export const NDA_PROTOCOL = 12;
export const NUD_INCOMPLETE = 0x01;
export const NUD_REACHABLE = 0x02;
export const NUD_STALE = 0x04;
export const NUD_DELAY = 0x08;
export const NUD_PROBE = 0x10;
export const NUD_FAILED = 0x20;
export const NUD_NOARP = 0x40;
export const NUD_PERMANENT = 0x80;
export const NTF_PROXY = 0x08;

/** Attributes of a rule. */
export const FRA_DST = 1;
export const FRA_SRC = 2;
export const FRA_IIFNAME = 3;
export const FRA_PRIORITY = 6;
export const FRA_FWMARK = 10;
export const FRA_TABLE = 15;
export const FRA_OIFNAME = 17;
export const FRA_PROTOCOL = 21;

/** Attributes of an extended ACK. */
export const NLMSGERR_ATTR_MSG = 1;
export const NLMSGERR_ATTR_OFFS = 2;

export const MESSAGE_HEADER_LENGTH = 16;
