// Router Solicitation and Router Advertisement (RFC 4861 §4.1 and §4.2), as far as two routers need
// them to find each other. The checksum is the kernel's to fill and to check.

export const ROUTER_SOLICITATION = 133;
export const ROUTER_ADVERTISEMENT = 134;

const SOLICITATION_LENGTH = 8;
const ADVERTISEMENT_LENGTH = 16;
const SOURCE_LINK_LAYER_ADDRESS = 1;
/** Options' lengths are counted in units of so many octets (§4.6). */
const OPTION_UNIT = 8;
const ETHERNET_ADDRESS = 6;

/** ff02::1 and ff02::2 (RFC 4291 §2.7.1). */
export const ALL_NODES = Uint8Array.of(0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1);
export const ALL_ROUTERS = Uint8Array.of(0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2);

/** `mac`: the interface's own; of another length than Ethernet's it is left out. */
export function encodeSolicitation(mac: Uint8Array): Uint8Array {
  return message(ROUTER_SOLICITATION, SOLICITATION_LENGTH, mac);
}

/**
 * "Here is a router", and nothing more: with a Router Lifetime of 0 no host takes it for a default
 * router (§4.2), all other values are left unspecified (0), and there is no prefix.
 */
export function encodeAdvertisement(mac: Uint8Array): Uint8Array {
  return message(ROUTER_ADVERTISEMENT, ADVERTISEMENT_LENGTH, mac);
}

export type RouterMessage = "solicitation" | "advertisement";

/**
 * What bytes[0 .. length) from `sender` (16 octets) are, if they are to be heeded (§6.1.1, §6.1.2);
 * that the hop limit is 255 has been seen to. undefined: to be ignored in silence.
 */
export function readRouterMessage(
  bytes: Uint8Array,
  length: number,
  sender: Uint8Array,
): RouterMessage | undefined {
  const [type, code] = bytes;
  const isAdvertisement = type === ROUTER_ADVERTISEMENT;
  if (!isAdvertisement && type !== ROUTER_SOLICITATION) return undefined;
  const fixed = isAdvertisement ? ADVERTISEMENT_LENGTH : SOLICITATION_LENGTH;
  if (length < fixed || code !== 0) return undefined;
  const options = optionTypes(bytes, fixed, length);
  if (options === undefined) return undefined;
  if (isAdvertisement) return isLinkLocal(sender) ? "advertisement" : undefined;
  const isNobody = sender.every((octet) => octet === 0);
  return isNobody && options.has(SOURCE_LINK_LAYER_ADDRESS) ? undefined : "solicitation";
}

/** undefined: an option without a length, or one that ends behind the message. */
function optionTypes(bytes: Uint8Array, start: number, end: number): Set<number> | undefined {
  const types = new Set<number>();
  let at = start;
  while (at < end) {
    const size = at + 1 < end ? bytes[at + 1] * OPTION_UNIT : 0;
    if (size === 0 || at + size > end) return undefined;
    types.add(bytes[at]);
    at += size;
  }
  return types;
}

function message(type: number, length: number, mac: Uint8Array): Uint8Array {
  const hasOption = mac.length === ETHERNET_ADDRESS;
  const bytes = new Uint8Array(hasOption ? length + OPTION_UNIT : length);
  bytes[0] = type;
  if (!hasOption) return bytes;
  bytes[length] = SOURCE_LINK_LAYER_ADDRESS;
  bytes[length + 1] = 1;
  bytes.set(mac, length + 2);
  return bytes;
}

/** fe80::/10. */
function isLinkLocal(address: Uint8Array): boolean {
  return address[0] === 0xfe && (address[1] & 0xc0) === 0x80;
}
