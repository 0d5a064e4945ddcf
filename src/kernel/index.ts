/**
 * kernel: the netlink worker thread and its handle in the main thread.
 *
 * A FibBatch goes in by KernelClient.submit() and its BatchResult comes out by onResult; what the
 * kernel is asked or says by itself comes out as KernelFacts. messages.ts draws the traffic between
 * the threads. In the worker:
 *
 * - worker.ts       the loop: poll(events, wake), no event loop of Node's
 * - requests.ts     the request socket: hundreds of messages a send, answers matched by sequence
 * - capabilities.ts  what this kernel can do
 * - apply.ts        a batch: `before`, routes, `after`
 * - plain.ts        nexthop ids -> gateways, for kernels without nexthop objects
 * - plain-adoption.ts  what plain routes of an earlier run carry, as ids
 * - events.ts       the event socket, with a BPF filter against our own echo
 * - stale.ts        what has to be dumped without being asked for
 * - dump.ts         dumps, repeated when interrupted
 * - facts.ts        rtnetlink values -> KernelFacts
 * - inquiry.ts      one route read back, for whoever wants it explained
 * - sysctl.ts       /proc/sys
 *
 * What the kernel does not say, and whoever reads the facts has to conclude:
 * - when a link goes down (IFF_UP is cleared) or vanishes, all IPv4 routes through it go without a
 *   notice, ours too; when it only loses its carrier they stay;
 * - nexthop objects go with their link's carrier, without a notice: here the room helps, it dumps
 *   the nexthops again by itself when a link with nexthop objects on it stops running;
 * - when a nexthop object goes, all routes over it go without a notice, and groups lose the member;
 * - proxy neighbour entries come and go without a notice, and go with their link.
 */
export { KernelClient } from "./client.ts";
export type { KernelHandlers } from "./client.ts";
export { isRefusal } from "./inquiry.ts";
export type { Inquiry, InquiryReport, KernelRoute } from "./inquiry.ts";
export type { KernelInfo, KernelSettings } from "./messages.ts";
