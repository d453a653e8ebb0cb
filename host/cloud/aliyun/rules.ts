/**
 * Aliyun IoT Platform as a device meets it that has a secret of its own: who comes in, with which CONNACK the others are refused, and what a device may do.
 * Codes as in the platform's table (document 73742): 2 identifier, 3 user name, 4 signature or unknown device, 5 disabled device.
 */
import type { Admission, ConnackRefusal, ConnectRequest, Guest, Rules } from "../../broker/rules.ts";
import { parseIdentifier, parseUsername } from "./identifier.ts";
import type { Identifier } from "./identifier.ts";
import { answersTo } from "./services.ts";
import { DEFAULT_METHOD, isSignature, isSignMethod } from "./signature.ts";
import { ANY_CLASS, topicRights } from "./topics.ts";
import type { QosPolicy, TopicClass } from "./topics.ts";

export interface Device {
  /** Signs its connections. */
  deviceSecret: string;
  enabled?: boolean;
}

export interface AliyunOptions extends Partial<QosPolicy> {
  /** Product keys of this account. */
  products: readonly string[];
  findDevice(productKey: string, deviceName: string): Device | undefined;
  /** `securemode` must tell the truth about TLS. Default false, with a warning: devices in the field claim TCP over TLS and get in. */
  strictSecuremode?: boolean;
  /** Keepalive over 1200 s is refused, as the documents say, instead of counting as 1200, as the Link SDK for C says. Default false. */
  strictKeepalive?: boolean;
  /** Default: everything of the device's own, both ways. */
  topicClasses?: readonly TopicClass[];
  /** Unix milliseconds; default: the PC's clock. */
  now?(): number;
}

/** Seconds (Aliyun IoT Platform, "Limits", document 30527). */
const SHORTEST_KEEPALIVE_S = 30;
const LONGEST_KEEPALIVE_S = 1200;
/** Characters before the first `|` (document 73742). */
const LONGEST_CLIENT_ID = 64;
/** `securemode` of a direct connection (document 73742). */
const OVER_TLS = "2";
const OVER_TCP = "3";

export function aliyunRules(options: AliyunOptions): Rules {
  return {
    keepsMessages: false,
    publisherQos: true,
    admit(request) {
      const name = parseUsername(request.username ?? "");
      if (!name) return refused(3, "the user name is not deviceName&productKey");
      const identifier = parseIdentifier(request.clientId);
      if (!identifier) return refused(2, "the client id is not clientId|key=value,…|");
      return (
        identifierRefusal(identifier, request, options) ??
        deviceRefusal(identifier, name, request, options) ??
        keepaliveRefusal(request.keepaliveS, options) ?? { guest: guestOf(name, identifier, request, options) }
      );
    },
  };
}

function refused(code: ConnackRefusal, why: string): Admission {
  return { code, why };
}

type DeviceNames = NonNullable<ReturnType<typeof parseUsername>>;

function identifierRefusal({ clientId, parameters }: Identifier, { secure }: ConnectRequest, options: AliyunOptions): Admission | null {
  if (!clientId || clientId.length > LONGEST_CLIENT_ID)
    return refused(2, `the client id before "|" has 1 to ${LONGEST_CLIENT_ID} characters`);
  const authType = parameters.get("authType");
  if (authType !== undefined) return refused(4, `authType "${authType}": the product has dynamic registration switched off`);
  const mode = parameters.get("securemode");
  if (mode === undefined) return refused(2, "securemode is missing");
  if (mode != OVER_TLS && mode != OVER_TCP)
    return refused(2, `securemode "${mode}" is none of a direct connection: 2 over TLS, 3 over TCP`);
  if (options.strictSecuremode && (mode == OVER_TLS) != secure) return refused(2, contradiction(mode, secure));
  return null;
}

function contradiction(mode: string, secure: boolean): string {
  return `securemode ${mode} means ${mode == OVER_TLS ? "TLS" : "TCP"}, but the connection is ${secure ? "TLS" : "TCP"}`;
}

/** In the platform's order: product, device, enabled, method, signature. */
function deviceRefusal(
  { clientId, parameters }: Identifier,
  { deviceName, productKey }: DeviceNames,
  { password }: ConnectRequest,
  options: AliyunOptions,
): Admission | null {
  if (!options.products.includes(productKey)) return refused(4, `no product "${productKey}"`);
  const device = options.findDevice(productKey, deviceName);
  if (!device) return refused(4, `product "${productKey}" has no device "${deviceName}"`);
  if (device.enabled === false) return refused(5, `device "${deviceName}" is disabled`);
  const method = parameters.get("signmethod") ?? DEFAULT_METHOD;
  if (!isSignMethod(method)) return refused(2, `unknown signmethod "${method}"`);
  const timestamp = parameters.get("timestamp");
  const signed = { clientId, deviceName, productKey, ...(timestamp !== undefined && { timestamp }) };
  if (!isSignature(password, method, device.deviceSecret, signed)) {
    return refused(
      4,
      `wrong signature: ${method} with the device's secret over clientId, deviceName, productKey${timestamp === undefined ? "" : ", timestamp"}`,
    );
  }
  return null;
}

function keepaliveRefusal(keepaliveS: number, { strictKeepalive }: AliyunOptions): Admission | null {
  if (keepaliveS < SHORTEST_KEEPALIVE_S) return refused(2, `keepalive ${keepaliveS} s; at least ${SHORTEST_KEEPALIVE_S} s`);
  if (strictKeepalive && keepaliveS > LONGEST_KEEPALIVE_S) return refused(2, `keepalive ${keepaliveS} s; at most ${LONGEST_KEEPALIVE_S} s`);
  return null;
}

function guestOf(names: DeviceNames, { parameters }: Identifier, request: ConnectRequest, options: AliyunOptions): Guest {
  const { qos2 = "close", illegalTopic = "drop", topicClasses = ANY_CLASS, now = Date.now } = options;
  const me = `${names.productKey}/${names.deviceName}`;
  const takesCalls = (Number(parameters.get("ext") ?? 0) & 1) == 1;
  const rights = topicRights({ ...names, takesCalls }, topicClasses, { qos2, illegalTopic });
  const mode = parameters.get("securemode") as string;
  const warnings: string[] = [];
  if ((mode == OVER_TLS) != request.secure) warnings.push(contradiction(mode, request.secure));
  if (request.keepaliveS > LONGEST_KEEPALIVE_S) warnings.push(`keepalive ${request.keepaliveS} s counts as ${LONGEST_KEEPALIVE_S} s`);
  return {
    name: me,
    keepaliveS: Math.min(request.keepaliveS, LONGEST_KEEPALIVE_S),
    warnings,
    publish: ({ topic, payload, qos }) => rights.publish(topic, payload.length, qos),
    subscribe: (filter, qos, count) => rights.subscribe(filter, qos, count),
    receives: (topic) => rights.receives(topic),
    answers: (message) => answersTo(message, me, { now }),
  };
}
