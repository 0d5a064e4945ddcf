// What this room uses of net-snmp, which has no types of its own.

import type { Socket as DatagramSocket } from "node:dgram";
import type { EventEmitter } from "node:events";
import type { Socket } from "node:net";

export interface Varbind {
  readonly oid: string;
  readonly type: number;
  readonly value: unknown;
}

export interface User {
  readonly name: string;
  readonly level: number;
  readonly authProtocol?: number;
  readonly authKey?: string;
  readonly privProtocol?: number;
  readonly privKey?: string;
}

export interface Provider {
  readonly name: string;
  readonly type: number;
  readonly oid: string;
  readonly maxAccess: number;
}

/** What agents ask of their MIB; net-snmp's own is a tree of values. */
export interface Mib {
  readonly providersByOid: Readonly<Record<string, Provider>>;
  lookup(oid: string): InstanceNode | undefined;
  getTreeNode(oid: string): Pick<InstanceNode, "getNextInstanceNode">;
  getProviderNodeForInstance(node: InstanceNode): { readonly provider: Provider };
  getAncestorProviderFromOid(oid: string): Provider | null;
  registerProvider(provider: Provider): void;
}

export interface InstanceNode {
  readonly oid: string;
  readonly valueType: number;
  readonly value: unknown;
  getNextInstanceNode(): InstanceNode | null;
}

export interface AgentXAnswer {
  readonly error: number;
}

/** Names from `start` on, without it; to `end`, where there is one. */
export interface SearchRange {
  readonly start: string;
  readonly end: string | null;
}

export interface AgentXResponse {
  error: number;
  index: number;
  varbinds?: readonly Varbind[];
}

export interface AgentXRequest {
  readonly searchRangeList: readonly SearchRange[];
  getResponsePduForRequest(): AgentXResponse;
}

export interface Subagent extends EventEmitter {
  readonly socket: Socket;
  onMsg(pdu: Buffer): void;
  getRequest: (request: AgentXRequest) => void;
  getNextRequest: (request: AgentXRequest) => void;
  getBulkRequest: (request: AgentXRequest) => void;
  testSet: (request: AgentXRequest) => void;
  cleanupSet: (request: AgentXRequest) => void;
  sendPdu(response: AgentXResponse, done: null): void;
  open(done: (error: Error | null, pdu: AgentXAnswer) => void): void;
  close(done: () => void): void;
  ping(done: (error: Error | null, pdu: AgentXAnswer) => void): void;
  registerProvider(
    provider: Provider,
    done: (error: Error | null, pdu: AgentXAnswer) => void,
  ): void;
  notify(oid: string, varbinds: readonly Varbind[], done: () => void): void;
}

export interface SnmpResponse {
  errorStatus?: number;
  errorIndex?: number;
  varbinds: readonly Varbind[];
}

export interface SnmpMessage {
  readonly version: number;
  readonly user?: Pick<User, "name">;
  readonly pdu: {
    readonly type: number;
    readonly varbinds: readonly Varbind[];
    /** Of GetBulk. */
    readonly nonRepeaters: number;
    readonly maxRepetitions: number;
    getResponsePduForRequest(): SnmpResponse;
  };
}

export type Answerer = (socket: unknown, message: SnmpMessage, from: unknown) => void;

export interface Agent {
  onMsg(socket: unknown, buffer: Buffer, from: unknown): void;
  getRequest: Answerer;
  getNextRequest: Answerer;
  getBulkRequest: Answerer;
  setRequest: Answerer;
  sendResponse(socket: unknown, from: unknown, message: SnmpMessage, response: SnmpResponse): void;
  getAuthorizer(): {
    addUser(user: User): void;
    isAccessAllowed(version: number, name: string, type: number): boolean;
  };
  close(done: () => void): void;
  readonly listener: { readonly sockets: Readonly<Record<string, DatagramSocket>> };
}

export interface Session {
  get(
    oids: readonly string[],
    done: (error: Error | null, varbinds: readonly Varbind[]) => void,
  ): void;
  inform: Notify;
  trap: Notify;
  on(event: "error", listener: (error: Error) => void): void;
  close(): void;
}

/** `upTime`: of the notification, in hundredths of a second. The options are written into: for one call. */
type Notify = (
  oid: string,
  varbinds: readonly Varbind[],
  options: { upTime: number },
  done: (error: Error | null) => void,
) => void;

export interface AgentXBuffer {
  writeUInt16BE(value: number): void;
  writeUInt32BE(value: number): void;
  writeBuffer(bytes: Buffer): void;
}

export interface AgentXPdu {
  writeVarBind: (buffer: AgentXBuffer, varbind: Varbind) => void;
  readonly writeOid: (buffer: AgentXBuffer, oid: string) => void;
}

export interface Library {
  readonly AgentXPdu: AgentXPdu;
  readonly Version2c: number;
  readonly ObjectType: Readonly<Record<ObjectTypeName | AbsenceName, number>>;
  /** Keys that were made of pass phrases. */
  readonly Authentication: { authToKeyCache: Readonly<Record<string, Buffer>> };
  readonly SecurityLevel: { readonly noAuthNoPriv: number; readonly authPriv: number };
  readonly AuthProtocols: Readonly<Record<"sha" | "sha256" | "sha512", number>>;
  readonly PrivProtocols: Readonly<Record<"aes", number>>;
  readonly MibProviderType: { readonly Scalar: number };
  readonly MaxAccess: { readonly "read-only": number };
  readonly AccessControlModelType: { readonly Simple: number };
  createSubagent(options: {
    readonly master: string;
    readonly masterPort: number | string;
    readonly description: string;
    readonly mib: Mib;
  }): Subagent;
  createAgent(
    options: {
      readonly address: string;
      readonly port: number;
      readonly transport: "udp4" | "udp6";
      readonly engineID: string;
      readonly accessControlModelType: number;
    },
    callback: (error: Error | null) => void,
    mib: Mib,
  ): Agent;
  createSession(target: string, community: string, options: SessionOptions): Session;
  createV3Session(target: string, user: User, options: SessionOptions): Session;
}

export interface SessionOptions {
  readonly port?: number;
  readonly trapPort?: number;
  readonly version?: number;
  readonly transport?: "udp4" | "udp6";
  readonly retries?: number;
  readonly timeout?: number;
}

export type ObjectTypeName =
  "Integer" | "OctetString" | "OID" | "IpAddress" | "Counter" | "Gauge" | "TimeTicks";

/** What stands in the place of a value (RFC 3416 §3). */
export type AbsenceName = "NoSuchObject" | "NoSuchInstance" | "EndOfMibView";
