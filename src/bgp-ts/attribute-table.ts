import { decodeAggregator, encodeAggregator } from "./aggregator.ts";
import { decodeAigp, encodeAigp } from "./aigp.ts";
import {
  as4PathFor,
  decodeAsPath,
  encodeAsPath,
  isConfederation,
  withoutConfederations,
} from "./as-path.ts";
import { OPTIONAL, TRANSITIVE, type AttributeRow, type Defect } from "./attribute-row.ts";
import { UPDATE_ERROR } from "./codes.ts";
import {
  decodeExtendedCommunities,
  decodeLargeCommunities,
  decodeU32s,
  encodeExtendedCommunities,
  encodeLargeCommunities,
} from "./communities.ts";
import { decodeNextHop, isHostAddress } from "./next-hop.ts";
import { readU32, u32s } from "./octets.ts";
import type { Origin } from "./path-attributes.ts";

/** Types that are handled by name outside this table (IANA "BGP Path Attributes"). */
export const NEXT_HOP = 3;
export const MP_REACH_NLRI = 14;
export const MP_UNREACH_NLRI = 15;

const WITHDRAW = {
  wrongFlags: "treat-as-withdraw",
  wrongLength: "treat-as-withdraw",
  wrongValue: "treat-as-withdraw",
} as const;

/** Wrong flags withdraw even here: RFC 7606 §3 c has no exception for these attributes. */
const DISCARD = {
  wrongFlags: "treat-as-withdraw",
  wrongLength: "attribute-discard",
  wrongValue: "attribute-discard",
} as const;

const WELL_KNOWN = { flags: TRANSITIVE, from: "anyone", isVerbatim: true } as const;
const OPTIONAL_TRANSITIVE = {
  flags: OPTIONAL | TRANSITIVE,
  from: "anyone",
  isVerbatim: true,
  subcode: UPDATE_ERROR.OPTIONAL_ATTRIBUTE_ERROR,
} as const;
const OPTIONAL_NON_TRANSITIVE = {
  flags: OPTIONAL,
  from: "anyone",
  isVerbatim: true,
  subcode: UPDATE_ERROR.OPTIONAL_ATTRIBUTE_ERROR,
} as const;

const exactly = (octets: number) => (length: number) => length === octets;
const someOf = (octets: number) => (length: number) => length > 0 && length % octets === 0;
const isAny = () => true;

function defect(at: number, reason: string): Defect {
  return { kind: "defect", at, reason };
}

/** The value of an attribute that is a list, or nothing where the list is empty or absent. */
function list<T>(
  values: readonly T[] | undefined,
  encode: (values: readonly T[]) => Uint8Array,
): Uint8Array | undefined {
  return values === undefined || values.length === 0 ? undefined : encode(values);
}

function word(value: number | undefined): Uint8Array | undefined {
  return value === undefined ? undefined : u32s([value]);
}

const ORIGIN: AttributeRow = {
  ...WELL_KNOWN,
  ...WITHDRAW, // RFC 7606 §7.1
  type: 1,
  name: "ORIGIN",
  subcode: UPDATE_ERROR.INVALID_ORIGIN_ATTRIBUTE,
  isLength: exactly(1),
  decode(draft, bytes, start) {
    if (bytes[start] > 2) return defect(start, `ORIGIN ${bytes[start]} is not defined`);
    draft.origin = bytes[start] as Origin;
    return undefined;
  },
  encode: (attributes) => Uint8Array.of(attributes.origin),
};

const AS_PATH: AttributeRow = {
  ...WELL_KNOWN,
  ...WITHDRAW, // RFC 7606 §7.2
  type: 2,
  name: "AS_PATH",
  subcode: UPDATE_ERROR.MALFORMED_AS_PATH,
  isLength: isAny, // empty within an AS
  decode(draft, bytes, start, end, context) {
    const path = decodeAsPath(bytes, start, end, context.fourOctetAs ? 4 : 2);
    if ("kind" in path) return path;
    // RFC 5065 §5: confederation segments end at the confederation's border.
    if (context.external && path.some((segment) => isConfederation(segment.type))) {
      return defect(start, "confederation segment in the AS path of an external neighbour");
    }
    draft.asPath = path;
    return undefined;
  },
  encode: (attributes, fourOctetAs) => encodeAsPath(attributes.asPath, fourOctetAs ? 4 : 2),
};

const NEXT_HOP_ROW: AttributeRow = {
  ...WELL_KNOWN,
  ...WITHDRAW, // RFC 7606 §7.3
  type: NEXT_HOP,
  name: "NEXT_HOP",
  subcode: UPDATE_ERROR.INVALID_NEXT_HOP_ATTRIBUTE,
  isLength: exactly(4),
  decode(draft, bytes, start, end) {
    const nextHop = decodeNextHop(bytes, start, end);
    if (!isHostAddress(nextHop)) return defect(start, "NEXT_HOP is no host's address");
    draft.nextHop = nextHop;
    return undefined;
  },
  encode: () => undefined, // UpdateWriter puts it in, or MP_REACH_NLRI in its place
};

const MULTI_EXIT_DISC: AttributeRow = {
  ...OPTIONAL_NON_TRANSITIVE,
  ...WITHDRAW, // RFC 7606 §7.4
  type: 4,
  name: "MULTI_EXIT_DISC",
  isLength: exactly(4),
  decode(draft, bytes, start) {
    draft.med = readU32(bytes, start);
    return undefined;
  },
  encode: (attributes) => word(attributes.med),
};

const LOCAL_PREF: AttributeRow = {
  ...WELL_KNOWN,
  ...WITHDRAW, // RFC 7606 §7.5
  type: 5,
  name: "LOCAL_PREF",
  from: "internal",
  subcode: UPDATE_ERROR.UNSPECIFIC,
  isLength: exactly(4),
  decode(draft, bytes, start) {
    draft.localPref = readU32(bytes, start);
    return undefined;
  },
  encode: (attributes) => word(attributes.localPref),
};

const ATOMIC_AGGREGATE: AttributeRow = {
  ...WELL_KNOWN,
  ...DISCARD, // RFC 7606 §7.6
  type: 6,
  name: "ATOMIC_AGGREGATE",
  subcode: UPDATE_ERROR.UNSPECIFIC,
  isLength: exactly(0),
  decode(draft) {
    draft.atomicAggregate = true;
    return undefined;
  },
  encode: (attributes) => (attributes.atomicAggregate ? new Uint8Array(0) : undefined),
};

const AGGREGATOR: AttributeRow = {
  ...OPTIONAL_TRANSITIVE,
  ...DISCARD, // RFC 7606 §7.7
  type: 7,
  name: "AGGREGATOR",
  isLength: (length, context) => length === (context.fourOctetAs ? 8 : 6),
  decode(draft, bytes, start, _end, context) {
    const aggregator = decodeAggregator(bytes, start, context.fourOctetAs ? 4 : 2);
    if (aggregator.asn === 0) return defect(start, "AS number 0 in AGGREGATOR"); // RFC 7607 §2
    draft.aggregator = aggregator;
    return undefined;
  },
  encode({ aggregator }, fourOctetAs) {
    return aggregator && encodeAggregator(aggregator, fourOctetAs ? 4 : 2);
  },
};

const COMMUNITIES: AttributeRow = {
  ...OPTIONAL_TRANSITIVE,
  ...WITHDRAW, // RFC 7606 §7.8
  type: 8,
  name: "COMMUNITIES",
  isLength: someOf(4),
  decode(draft, bytes, start, end) {
    draft.communities = decodeU32s(bytes, start, end);
    return undefined;
  },
  encode: (attributes) => list(attributes.communities, u32s),
};

const ORIGINATOR_ID: AttributeRow = {
  ...OPTIONAL_NON_TRANSITIVE,
  ...WITHDRAW, // RFC 7606 §7.9
  type: 9,
  name: "ORIGINATOR_ID",
  from: "internal",
  isLength: exactly(4),
  decode(draft, bytes, start) {
    draft.originatorId = readU32(bytes, start);
    return undefined;
  },
  encode: (attributes) => word(attributes.originatorId),
};

const CLUSTER_LIST: AttributeRow = {
  ...OPTIONAL_NON_TRANSITIVE,
  ...WITHDRAW, // RFC 7606 §7.10
  type: 10,
  name: "CLUSTER_LIST",
  from: "internal",
  isLength: someOf(4),
  decode(draft, bytes, start, end) {
    draft.clusterList = decodeU32s(bytes, start, end);
    return undefined;
  },
  encode: (attributes) => list(attributes.clusterList, u32s),
};

const EXTENDED_COMMUNITIES: AttributeRow = {
  ...OPTIONAL_TRANSITIVE,
  ...WITHDRAW, // RFC 7606 §7.14
  type: 16,
  name: "EXTENDED_COMMUNITIES",
  isLength: someOf(8),
  decode(draft, bytes, start, end) {
    draft.extendedCommunities = decodeExtendedCommunities(bytes, start, end);
    return undefined;
  },
  encode: (attributes) => list(attributes.extendedCommunities, encodeExtendedCommunities),
};

const AS4_PATH: AttributeRow = {
  ...OPTIONAL_TRANSITIVE,
  ...DISCARD, // RFC 6793 §6
  type: 17,
  name: "AS4_PATH",
  from: "two-octet",
  isVerbatim: false, // never sent on to who has four octets
  isLength: (length) => length >= 6 && length % 2 === 0,
  decode(draft, bytes, start, end) {
    const path = decodeAsPath(bytes, start, end, 4);
    if ("kind" in path) return path;
    draft.as4Path = withoutConfederations(path); // RFC 6793 §6: these segments are discarded
    return undefined;
  },
  encode({ asPath }, fourOctetAs) {
    const path = fourOctetAs ? undefined : as4PathFor(asPath);
    return path && encodeAsPath(path, 4);
  },
};

const AS4_AGGREGATOR: AttributeRow = {
  ...OPTIONAL_TRANSITIVE,
  ...DISCARD, // RFC 6793 §6
  type: 18,
  name: "AS4_AGGREGATOR",
  from: "two-octet",
  isVerbatim: false, // never sent on to who has four octets
  isLength: exactly(8),
  decode(draft, bytes, start) {
    const aggregator = decodeAggregator(bytes, start, 4);
    if (aggregator.asn === 0) return defect(start, "AS number 0 in AS4_AGGREGATOR"); // RFC 7607 §2
    draft.as4Aggregator = aggregator;
    return undefined;
  },
  encode({ aggregator }, fourOctetAs) {
    if (fourOctetAs || aggregator === undefined || aggregator.asn <= 0xffff) return undefined;
    return encodeAggregator(aggregator, 4);
  },
};

const AIGP: AttributeRow = {
  ...OPTIONAL_NON_TRANSITIVE,
  ...DISCARD, // RFC 7311 §3
  type: 26,
  name: "AIGP",
  isVerbatim: false, // other TLVs are dropped
  wrongFlags: "attribute-discard", // RFC 7311 §3
  isLength: (length) => length > 0,
  decode(draft, bytes, start, end) {
    const metric = decodeAigp(bytes, start, end);
    if (typeof metric === "object") return metric;
    draft.aigp = metric;
    return undefined;
  },
  encode: ({ aigp }) => (aigp === undefined ? undefined : encodeAigp(aigp)),
};

const LARGE_COMMUNITY: AttributeRow = {
  ...OPTIONAL_TRANSITIVE,
  ...WITHDRAW, // RFC 8092 §6
  type: 32,
  name: "LARGE_COMMUNITY",
  isVerbatim: false, // what is there twice is there once afterwards
  isLength: someOf(12),
  decode(draft, bytes, start, end) {
    draft.largeCommunities = decodeLargeCommunities(bytes, start, end);
    return undefined;
  },
  encode: (attributes) => list(attributes.largeCommunities, encodeLargeCommunities),
};

const ONLY_TO_CUSTOMER: AttributeRow = {
  ...OPTIONAL_TRANSITIVE,
  ...WITHDRAW, // RFC 9234 §5
  type: 35,
  name: "ONLY_TO_CUSTOMER",
  isLength: exactly(4),
  decode(draft, bytes, start) {
    draft.onlyToCustomer = readU32(bytes, start);
    return undefined;
  },
  encode: (attributes) => word(attributes.onlyToCustomer),
};

/** Every attribute that is understood, ascending by type. */
export const ATTRIBUTE_ROWS: readonly AttributeRow[] = [
  ORIGIN,
  AS_PATH,
  NEXT_HOP_ROW,
  MULTI_EXIT_DISC,
  LOCAL_PREF,
  ATOMIC_AGGREGATE,
  AGGREGATOR,
  COMMUNITIES,
  ORIGINATOR_ID,
  CLUSTER_LIST,
  EXTENDED_COMMUNITIES,
  AS4_PATH,
  AS4_AGGREGATOR,
  AIGP,
  LARGE_COMMUNITY,
  ONLY_TO_CUSTOMER,
];

const BY_TYPE: readonly (AttributeRow | undefined)[] = Array.from({ length: 256 }, (_, type) =>
  ATTRIBUTE_ROWS.find((row) => row.type === type),
);

/** The row of a type; undefined: not understood. */
export function attributeRow(type: number): AttributeRow | undefined {
  return BY_TYPE[type];
}

/** "ORIGIN", "MP_REACH_NLRI", or "attribute 99". */
export function attributeName(type: number): string {
  if (type === MP_REACH_NLRI) return "MP_REACH_NLRI";
  if (type === MP_UNREACH_NLRI) return "MP_UNREACH_NLRI";
  return BY_TYPE[type]?.name ?? `attribute ${type}`;
}
