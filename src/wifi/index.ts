/** The resident module `mqtt`. */
export { abort, connect, drop, init, join, joined, leave, rssi, send, tick, TICK_MS } from "./channel";
export { connect as connectPacket, DISCONNECT, PINGREQ, publish, subscribe, unsubscribe } from "./packets";
