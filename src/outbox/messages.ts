/** Messages while the link is up: what waits to be sent, who listens, and the proof that the other end hears us. */
import type { Channel, Dialect, Exchange, Path } from "../api/channel";
import type { ConnectPlan } from "../api/cloud";
import type { DeviceError, DeviceInfo, Done, OnMessage, Qos } from "../api/device";
import { Fault } from "../api/fault";
import type { Session, WhyModule } from "../api/link";
import type { World } from "../api/world";

/** Messages that may wait for their turn, or for the link. */
const OUTBOX_LIMIT = 8;
/** A message that fails this often, each time with the connection, is given up. */
const TRIES = 5;

interface Message {
  topic: string;
  payload: string;
  qos: Qos;
  retain: boolean;
  done: Done | undefined;
  tries: number;
}

interface Subscription {
  topic: string;
  qos: Qos;
  onMessage: OnMessage;
  /** The module was told of it in this session. */
  told: boolean;
}

let world: World;
let channel: Channel;
let dialect: Dialect;
let info: DeviceInfo;
let onEarly: (payload: string) => void;
let onLost: (failure: string) => void;
/** `null` while the link is down. */
let session: Session | null = null;
let base = "";
let own = "";
let heartbeatTopic = "";
let heartbeatText = "";
/** The module keeps messages that are to be fetched. */
let stored = false;
let outbox: Message[] = [];
let subscriptions: Subscription[] = [];
/** A subscription came since the module was told of all. */
let fresh = false;
let routes: Record<string, OnMessage> = {};
/** The first message of the outbox is with the module, or a subscription is, or stored messages are fetched. */
let busy = false;
let nextId = 1;
/** The other end was last heard to acknowledge. */
let proven = 0;
let heartbeatMs = 0;

export function init(
  theWorld: World,
  path: Path,
  theInfo: DeviceInfo,
  keepaliveS: number,
  theOnLost: (failure: string) => void,
  theOnEarly: (payload: string) => void,
): void {
  world = theWorld;
  channel = path.channel;
  dialect = path.dialect;
  info = theInfo;
  onLost = theOnLost;
  onEarly = theOnEarly;
  session = null;
  outbox = [];
  subscriptions = [];
  routes = {};
  // Without a keepalive the other end is asked every two minutes all the same.
  heartbeatMs = (keepaliveS || 120) * 1000;
}

/** Sends another way from now on. */
export function use(path: Path): void {
  channel = path.channel;
  dialect = path.dialect;
}

export function publish(topic: string, payload: string, qos: Qos, retain: boolean, done: Done | undefined): void {
  if (outbox.length >= OUTBOX_LIMIT) return settle(done, Fault.Board + "queue-full: " + OUTBOX_LIMIT + " messages wait");
  outbox.push({ topic: topic, payload: payload, qos: qos, retain: retain, done: done, tries: 0 });
  // Not at once: in the middle of a message that is answered, its bytes and all the functions that handed it over are still in memory.
  if (!outbox[1]) world.after(sendNext, 0);
}

export function subscribe(topic: string, qos: Qos, onMessage: OnMessage): void {
  subscriptions.push({ topic: topic, qos: qos, onMessage: onMessage, told: false });
  fresh = true;
  sendNext();
}

export function unsubscribe(topic: string): void {
  subscriptions = subscriptions.filter((entry) => entry.topic != topic);
  makeRoutes();
  if (session) channel.send(dialect.unsubscribe(takeId(), expand(topic)), () => {});
}

/** The connection stands: subscribes to everything, then calls `then`. */
export function goOnline(theSession: Session, plan: ConnectPlan, then: () => void): void {
  session = theSession;
  base = plan.base;
  own = plan.own || "";
  heartbeatTopic = plan.heartbeatTopic;
  heartbeatText = plan.heartbeatText;
  busy = stored = false;
  proven = world.now();
  for (const entry of subscriptions) entry.told = false;
  subscribeNext(then);
}

/** Says good-bye, so that the broker keeps the will to itself, then calls `then`. */
export function disconnect(then: () => void): void {
  if (!session) return then();
  sendNext();
  channel.send(dialect.signOff, then);
}

export function goOffline(): void {
  session = null;
  busy = false;
}

/** To be called a few times a second while online. */
export function tick(): void {
  const silence = world.now() - proven;
  if (silence > 1.5 * heartbeatMs)
    return onLost(Fault.Network + "connection-lost: no acknowledgement for " + Math.round(silence / 1000) + " s");
  if (busy) return;
  if (!outbox.length && silence > heartbeatMs) {
    publish(heartbeatTopic, heartbeatText || "" + info.rssiDbm, 1, false, undefined);
    dialect.askRssi(channel, setRssi);
  } else sendNext();
}

/** The module keeps a message of the broker. */
export function fetchStored(): void {
  stored = true;
  sendNext();
}

/** A message of the broker. */
export function receive(topic: string, payload: string): void {
  const only = routes[topic];
  if (!only) return spread(topic, payload);
  // As `hand` does; this is the way of nearly every message.
  try {
    only(payload, topic);
  } catch (e) {
    world.log("app: " + e);
  }
}

function spread(topic: string, payload: string): void {
  for (const entry of subscriptions) if (matches(expand(entry.topic), topic)) hand(entry.onMessage, payload, topic);
  if (!session) onEarly(payload);
}

/** Application code must not take the link down with it. */
function hand(onMessage: OnMessage, payload: string, topic: string): void {
  try {
    onMessage(payload, topic);
  } catch (e) {
    world.log("app: " + e);
  }
}

/** The short way for topics that one subscription alone can match. */
function makeRoutes(): void {
  routes = {};
  const topics = subscriptions.map((entry) => expand(entry.topic));
  const wild = topics.filter(isWild);
  for (let i = 0; i < topics.length; i++) {
    const topic = topics[i] as string;
    const isOnly = topics.filter((one) => one == topic).length == 1 && !wild.find((filter) => matches(filter, topic));
    if (isOnly) routes[topic] = (subscriptions[i] as Subscription).onMessage;
  }
}

function isWild(filter: string): boolean {
  return filter.indexOf("+") >= 0 || filter.indexOf("#") >= 0;
}

function sendNext(): void {
  const message = outbox[0];
  if (!session || busy) return;
  if (stored) return fetch(session);
  if (fresh) return subscribeNext(sendNext);
  if (!message) return;
  const topic = expand(message.topic);
  const why = dialect.refuses(session, topic, message.payload);
  if (why) {
    outbox.shift();
    return settle(message.done, Fault.Board + "payload-refused: " + why);
  }
  busy = true;
  const here = session;
  channel.send(dialect.publish(session, takeId(), topic, message.payload, message.qos, message.retain), (result) => {
    const failure = dialect.published(result);
    // QoS 0: whether it arrived is nobody's promise, so a lost connection loses it.
    if (!failure || !message.qos || ++message.tries >= TRIES) {
      if (outbox[0] == message) outbox.shift();
      settle(message.done, failure);
    }
    if (here != session) return;
    busy = false;
    if (failure) return onLost(failure + ": publish: " + (result.late || result.error));
    if (message.qos) proven = world.now();
    sendNext();
  });
}

function fetch(here: Session): void {
  stored = false;
  busy = true;
  channel.send(dialect.fetch as Exchange, () => {
    if (here != session) return;
    busy = false;
    sendNext();
  });
}

function subscribeNext(then: () => void): void {
  const entry = subscriptions.find((one) => !one.told);
  if (!entry) {
    fresh = false;
    makeRoutes();
    return then();
  }
  const here = session;
  const topic = expand(entry.topic);
  entry.told = busy = true;
  channel.send(dialect.subscribe(takeId(), topic, entry.qos), (result) => {
    if (here != session) return;
    busy = false;
    const failure = dialect.subscribed(result);
    if (failure) return onLost(failure + ": subscribe: " + (result.late || result.error));
    if (dialect.isRefused(result)) world.log("error: subscription refused by the broker: " + topic);
    proven = world.now();
    subscribeNext(then);
  });
}

/** MQTT: 1 to 65535, unique while in flight. */
function takeId(): number {
  nextId = (nextId % 65535) + 1;
  return nextId;
}

function setRssi(rssiDbm: number | null): void {
  if (rssiDbm !== null) info.rssiDbm = rssiDbm;
}

/** `~/up` is `up` under the product's base topic; `/sys/~/thing` is the device's own branch of a cloud's. */
export function expand(topic: string): string {
  if (topic.startsWith("~/")) return base + topic.substr(1);
  return own ? topic.replace(/\/~\//, "/" + own + "/") : topic;
}

/** MQTT 3.1.1, 4.7: `+` is one level, `#` the rest. */
function matches(filter: string, topic: string): boolean {
  if (filter == topic) return true;
  const want = filter.split("/");
  const have = topic.split("/");
  for (let i = 0; i < want.length; i++) {
    if (want[i] == "#") return true;
    if (i >= have.length || (want[i] != "+" && want[i] != have[i])) return false;
  }
  return want.length == have.length;
}

export function call(fn: () => void): void {
  try {
    fn();
  } catch (e) {
    world.log("app: " + e);
  }
}

function settle(done: Done | undefined, failure: string): void {
  if (!done) return;
  let error: DeviceError | null = null;
  if (failure) {
    error = (world.load("why") as WhyModule).errorOf(failure);
    world.drop("why");
  }
  call(() => done(error));
}
