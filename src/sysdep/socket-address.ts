/** struct sockaddr_in, sockaddr_in6 (netinet/in.h) from address bytes. */

export const AF_INET = 2;
export const AF_INET6 = 10;

export interface SocketAddress {
  /** 4 bytes for IPv4, 16 for IPv6, network order. */
  readonly address: Uint8Array;
  /** 0: any. */
  readonly port: number;
  /** IPv6 link-local: the interface's index. */
  readonly scope?: number;
}

export function addressFamily(address: Uint8Array): number {
  if (address.length === 4) return AF_INET;
  if (address.length === 16) return AF_INET6;
  throw new RangeError(`an IP address has 4 or 16 bytes, not ${address.length}`);
}

export function encodeSocketAddress(endpoint: SocketAddress): Uint8Array {
  const { address, port } = endpoint;
  const family = addressFamily(address);
  const bytes = new Uint8Array(family === AF_INET ? 16 : 28);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, family, true);
  view.setUint16(2, port, false);
  bytes.set(address, family === AF_INET ? 4 : 8); // sin6_flowinfo stays 0
  if (family === AF_INET6) view.setUint32(24, endpoint.scope ?? 0, true);
  return bytes;
}

/** The address, port and (IPv6) scope out of a sockaddr that the kernel has written. */
export function readSocketAddress(bytes: Uint8Array): SocketAddress {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const port = view.getUint16(2, false);
  if (view.getUint16(0, true) === AF_INET) return { address: bytes.slice(4, 8), port };
  return { address: bytes.slice(8, 24), port, scope: view.getUint32(24, true) };
}
