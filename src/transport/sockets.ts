// Sockets with BGP's options, made by sysdep and handed to Node as descriptors.

import { Socket } from "node:net";
import { descriptorOf, isSystemFault, openTcpSocket, setTcpOptions } from "../sysdep/index.ts";
import type { Md5Key, SystemFault, TcpOptions } from "../sysdep/index.ts";
import { addressBytes, formatAddress, isLinkLocal } from "../speaker/index.ts";
import type { Address, ConnectEffect, ListenKey, SocketSettings } from "../speaker/index.ts";

/** CS6, network control: what routing protocols mark their packets with (RFC 4594 §3.1). */
const TRAFFIC_CLASS = 0xc0;
const ANY = [new Uint8Array(4), new Uint8Array(16)] as const;

/** A system call's fault as the exception that callers of Node's own calls catch anyway. */
export function throwFault(fault: SystemFault): never {
  throw new Error(fault.message);
}

/** A socket on its way to the neighbour. Throws what the kernel says about its options. */
export function connectSocket(effect: ConnectEffect): Socket {
  const { remote, key } = effect;
  const local = effect.local === undefined ? ANY[remote.family] : addressBytes(effect.local);
  const fd = openTcpSocket({
    ...tcpOptions(effect.socket),
    local: { address: local, port: 0 },
    device: effect.interface,
    md5: key === undefined ? [] : [{ address: addressBytes(remote), key }],
  });
  if (isSystemFault(fd)) throwFault(fd);
  const zone = isLinkLocal(remote) && remote.family === 1 ? `%${effect.interface ?? ""}` : "";
  const socket = new Socket({ fd });
  socket.connect({ host: formatAddress(remote) + zone, port: effect.port });
  return socket;
}

/** Sets an accepted connection as the neighbour wants it. Throws what the kernel says. */
export function setAcceptedSocket(socket: Socket, settings: SocketSettings): void {
  const fault = setTcpOptions(descriptorOf(socket), tcpOptions(settings));
  if (fault !== undefined) throwFault(fault);
}

function tcpOptions(settings: SocketSettings): TcpOptions {
  return {
    noDelay: true,
    trafficClass: TRAFFIC_CLASS,
    ttl: settings.ttl === 0 ? undefined : settings.ttl,
    minimumTtl: settings.minimumTtl === 0 ? undefined : settings.minimumTtl,
    userTimeout: settings.userTimeout === 0 ? undefined : settings.userTimeout,
  };
}

/**
 * A bound socket to listen on. Its TTL is 255, so that the SYN-ACK passes a neighbour's GTSM; what a
 * neighbour's own settings say is set when its connection is accepted (RFC 5082 §3).
 */
export function listenDescriptor(address: Address, port: number): number {
  const fd = openTcpSocket({
    local: { address: addressBytes(address), port },
    v6Only: true,
    ttl: 255,
    trafficClass: TRAFFIC_CLASS,
  });
  if (isSystemFault(fd)) throwFault(fd);
  return fd;
}

/** A key of the speaker as the kernel takes it; with an empty key it is taken away. */
export function md5Key(listenKey: ListenKey, key: Uint8Array): Md5Key {
  const { peers } = listenKey;
  return { address: addressBytes(peers), prefixLength: peers.length, key };
}
