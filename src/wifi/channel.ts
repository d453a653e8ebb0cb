/**
 * The conversation with a broker over the board's own network: the same face as the AT engine's, so the link and the messages know no
 * difference: one packet at a time is sent, and its acknowledgement awaited.
 */
import type { OnResult, Packet, Result } from "../api/command";
import type { Dialect } from "../api/channel";
import { Signal } from "../api/link";
import type { ConnectOptions, Socket, World } from "../api/world";
import * as packets from "./packets";

/** Packets that may wait. */
const QUEUE_LIMIT = 4;
/** After this part of the keepalive without anything sent, a PINGREQ goes out; the broker waits one and a half (MQTT 3.1.1, 3.1.2.10). */
const PING_AFTER = 0.75;
/** So long a broker may take to answer it. */
const PONG_MS = 20000;
/** Until what nobody answers is on its way: a board that restarts at once would not send it. */
const SENT_MS = 10;

export const TICK_MS = 250;

let world: World;
let onSignal: (signal: Signal, rest: string) => void;
let onMessage: (topic: string, payload: string) => void;
let socket: Socket | null = null;
/** Counts connections: what comes late from an earlier one is known by it. */
let epoch = 0;
/** Told how opening it ends. */
let onOpen: ((failure: string) => void) | null = null;
let packet: Packet | null = null;
let done: OnResult;
let deadline = 0;
let queue: [Packet, OnResult][] = [];
/** The broker has accepted the device: a loss is news. */
let isAccepted = false;
/** Milliseconds; 0: no keepalive. */
let keepaliveMs = 0;
let sentAt = 0;
/** A PINGREQ waits for its answer since. */
let pingedAt = 0;
/** The board is in the Wi-Fi network. */
export let joined = false;

export function init(
  theWorld: World,
  _dialect: Dialect,
  signal: (signal: Signal, rest: string) => void,
  message: (topic: string, payload: string) => void,
): void {
  world = theWorld;
  onSignal = signal;
  onMessage = message;
  queue = [];
  packet = null;
  packets.init({
    packet: onPacket,
    overflow: (receipt) => {
      world.log("error: a message of more than " + packets.PACKET_LIMIT + " bytes was dropped");
      if (receipt) write(receipt);
    },
    malformed: malformed,
  });
}

/** Sends a packet when those before it are done. If the queue is full, it is dropped: nothing will be called. */
export function send(next: Packet, then: OnResult): void {
  if (packet) {
    if (!queue[QUEUE_LIMIT - 1]) queue.push([next, then]);
    return;
  }
  packet = next;
  done = then;
  deadline = world.now() + next.ms;
  if (!socket) return finish("reset", "");
  write(next.bytes);
  // Not at once: whoever sends in answer to this would do so inside of it.
  if (!next.ack)
    world.after(() => {
      if (packet == next) finish("", "");
    }, SENT_MS);
}

/**
 * Ends the packet in flight, and all that wait, with the error `reset`; and the connection: nobody uses it any more, but
 * the broker would believe in it.
 */
export function abort(): void {
  drop();
  const waiting = queue;
  queue = [];
  if (packet) finish("reset", "");
  for (const entry of waiting) entry[1]({ error: "reset", code: -1, text: "", late: "" });
}

/** Looks at the deadlines. To be called every `TICK_MS`. */
export function tick(): void {
  const now = world.now();
  if (packet && now > deadline) finish("unfinished", "");
  if (!isAccepted || !keepaliveMs) return;
  if (pingedAt) {
    if (now - pingedAt > PONG_MS) closed("no answer to PINGREQ");
  } else if (now - sentAt > PING_AFTER * keepaliveMs) {
    write(packets.PINGREQ);
    pingedAt = now;
  }
}

/** Joins the Wi-Fi network; `then` gets `""`, or why not. */
export function join(ssid: string, password: string, then: (failure: string) => void): void {
  world.join(
    ssid,
    password,
    (failure) => {
      joined = !failure;
      then(failure);
    },
    (reason) => {
      if (!joined) return;
      joined = false;
      drop();
      onSignal(Signal.BearerLost, "Wi-Fi, " + reason);
    },
  );
}

export function leave(): void {
  joined = false;
  drop();
  world.leave();
}

/** Signal of the Wi-Fi network in dBm, if there is one. */
export function rssi(then: (dbm: number) => void): void {
  world.rssi(then);
}

/** Opens the connection; `then` gets `""`, or why not. `keepaliveS`: 0 to 65535 seconds. */
export function connect(options: ConnectOptions, keepaliveS: number, then: (failure: string) => void): void {
  drop();
  const here = ++epoch;
  keepaliveMs = keepaliveS * 1000;
  onOpen = then;
  try {
    socket = world.connect(options, {
      open: () => {
        if (here != epoch) return;
        onOpen = null;
        then("");
      },
      data: (chunk) => {
        if (here == epoch) packets.feed(chunk);
      },
      close: (reason) => {
        if (here == epoch) closed(reason);
      },
    });
  } catch (e) {
    then("" + e);
  }
}

/** The connection is over for us. */
export function drop(): void {
  packets.flush();
  epoch++;
  isAccepted = false;
  pingedAt = 0;
  onOpen = null;
  const old = socket;
  socket = null;
  if (old) old.end();
}

function write(bytes: string): void {
  if (!socket) return;
  sentAt = world.now();
  socket.write(bytes);
}

function finish(error: Result["error"], late: string): void {
  packet = null;
  done({ error: error, code: -1, text: "", late: late });
  const entry = packet ? undefined : queue.shift();
  if (entry) send(entry[0], entry[1]);
}

/** The other end, the network or nonsense ended the connection. */
function closed(reason: string): void {
  const wasAccepted = isAccepted;
  const then = onOpen;
  drop();
  if (wasAccepted) onSignal(Signal.ConnectionLost, reason);
  else if (packet) finish("", "closed: " + reason);
  else if (then) then("closed: " + reason);
}

function malformed(): void {
  closed("what came is not MQTT");
}

function onPacket(type: number, flags: number, body: string): void {
  if (type == packets.Type.Publish) return message(flags, body);
  if (type == packets.Type.PingResp) pingedAt = 0;
  else if (type == packets.Type.PubRel) write(packets.pubcomp(packets.numberAt(body, 0)));
  else if (type == packets.Type.ConnAck) {
    isAccepted = body.charCodeAt(1) == 0;
    acknowledged(type, body.charCodeAt(1));
  } else acknowledged(type + "," + packets.numberAt(body, 0), body.charCodeAt(2));
}

/** `what`: see `Packet.ack`; `code`: what it says. */
function acknowledged(what: number | string, code: number): void {
  if (packet && packet.ack == "" + what) finish("", "" + code);
}

/** 3.3: topic, packet identifier of QoS 1 and 2, payload. */
function message(flags: number, body: string): void {
  const idAt = packets.numberAt(body, 0) + 2;
  const at = idAt + (flags & 6 && 2);
  // Or its length is not there.
  if (!(at <= body.length)) return malformed();
  onMessage(body.substring(2, idAt), body.substr(at));
  // After it was handed over: what is lost before is sent again.
  if (flags & 6) write(packets.receipt(flags, packets.numberAt(body, idAt)));
}
