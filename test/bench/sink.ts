import { connect } from "node:net";
import { encodeKeepalive, encodeOpen } from "bgp-ts";
import { say } from "./telling.ts";

/**
 * A neighbour that reads and forgets: how fast the blaster is when nobody is in its way.
 *
 *   node sink.ts ADDRESS ASN
 *
 * Tells "read" with the number of octets so far, after each pause.
 */
const [address, asn] = process.argv.slice(2);
let octets = 0;
let last = 0;
const socket = connect(179, address, () => {
  const capabilities = [
    { kind: "multiprotocol", afi: 1, safi: 1 } as const,
    { kind: "four-octet-as", asn: Number(asn) } as const,
  ];
  const routerId = 0x0a000001;
  socket.write(encodeOpen({ asn: Number(asn), holdTime: 240, routerId, capabilities }));
  socket.write(encodeKeepalive());
});
socket.on("data", (chunk) => (octets += chunk.length));
socket.on("close", () => process.exit(0));
setInterval(() => {
  if (octets === last) return;
  last = octets;
  say("read", { octets });
}, 5);
