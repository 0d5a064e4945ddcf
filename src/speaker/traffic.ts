// Messages and sessions of a neighbour, for show; and their sum over neighbours.

import type { MessageCounts, Session } from "./session/index.ts";
import type { Traffic } from "./views.ts";

const NO_MESSAGES: MessageCounts = {
  open: 0,
  update: 0,
  notification: 0,
  keepalive: 0,
  routeRefresh: 0,
};

export const NO_TRAFFIC: Traffic = {
  received: NO_MESSAGES,
  sent: NO_MESSAGES,
  octetsReceived: 0,
  established: 0,
  lost: 0,
};

export function trafficOf({ counters, state }: Session): Traffic {
  const { received, sent, octetsReceived, established } = counters;
  return {
    received: { ...received },
    sent: { ...sent },
    octetsReceived,
    established,
    lost: established - (state === "Established" ? 1 : 0),
  };
}

export function sumOf(a: Traffic, b: Traffic): Traffic {
  return {
    received: messages(a.received, b.received),
    sent: messages(a.sent, b.sent),
    octetsReceived: a.octetsReceived + b.octetsReceived,
    established: a.established + b.established,
    lost: a.lost + b.lost,
  };
}

function messages(a: Readonly<MessageCounts>, b: Readonly<MessageCounts>): MessageCounts {
  return {
    open: a.open + b.open,
    update: a.update + b.update,
    notification: a.notification + b.notification,
    keepalive: a.keepalive + b.keepalive,
    routeRefresh: a.routeRefresh + b.routeRefresh,
  };
}
