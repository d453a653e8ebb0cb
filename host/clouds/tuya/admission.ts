/** Who comes in over MQTT, and why the others do not (cloud reference, section 6; Tuya, "Open MQTT Protocol"). */
import { createHmac, timingSafeEqual } from "node:crypto";
import type { Admission, ConnectRequest } from "../../broker/rules.ts";
import { deviceGuest, keepaliveFor } from "../shared/guest.ts";
import type { World } from "../shared/start.ts";
import { answersTo, prefixOf, TOPICS } from "./services.ts";
import type { Switches } from "./switches.ts";

/** Seconds (Tuya, "Open MQTT Protocol"). */
const KEEPALIVES_S = [30, 1200] as const;
const CLIENT_ID = /^tuyalink_([A-Za-z0-9_-]{1,64})$/;
/** The parameters of a user name: all of them, in this order, and what each has to be. */
const PARAMETERS: readonly (readonly [name: string, value: RegExp, what: string])[] = [
  ["signMethod", /^hmacSha256$/, "hmacSha256"],
  ["timestamp", /^\d{10}$/, "10 digits"],
  ["secureMode", /^1$/, "1"],
  ["accessType", /^1$/, "1"],
];
/** 32 bytes in hex. */
const PASSWORD = /^[0-9a-f]{64}$/;

export function admit(request: ConnectRequest, world: World<Switches>): Admission {
  const { switches } = world;
  const deviceId = CLIENT_ID.exec(request.clientId)?.[1];
  if (deviceId === undefined) return { code: 2, why: "the client id is not tuyalink_{deviceId}" };
  const refused = (why: string): Admission => ({ code: switches.refusalCode, why });
  const [name, list, ...more] = (request.username ?? "").split("|");
  if (list === undefined || more.length) return refused("the user name is not deviceId|signMethod=…,timestamp=…,secureMode=…,accessType=…");
  const parameters = list.split(",");
  for (const [i, [parameter, value, what]] of PARAMETERS.entries()) {
    const sent = parameters[i] ?? "";
    if (!sent.startsWith(`${parameter}=`)) return refused(`parameter ${i + 1} of the user name is "${sent}"; it has to be ${parameter}`);
    if (!value.test(sent.slice(parameter.length + 1))) return refused(`${sent} in the user name: ${what} only`);
  }
  if (parameters.length > PARAMETERS.length) return refused(`the user name has ${parameters.length} parameters, not ${PARAMETERS.length}`);
  if (name != deviceId) return refused(`the user name is of device "${name ?? ""}", the client id of "${deviceId}"`);
  const timestamp = parameters[1] as string;
  const late = lateness(Number(timestamp.slice("timestamp=".length)), world);
  if (late) return refused(late);
  const secret = world.devices.secret(deviceId);
  if (secret === undefined) return refused(`there is no device "${deviceId}"`);
  const password = request.password?.toString("latin1") ?? "";
  if (!PASSWORD.test(password)) return refused("the password is not 64 hexadecimal digits in lower case");
  if (!isSignature(password, secret, `deviceId=${deviceId},${timestamp},secureMode=1,accessType=1`))
    return refused("wrong signature: HMAC-SHA256 with the device's secret over deviceId, timestamp, secureMode, accessType");
  const keepalive = keepaliveFor(request.keepaliveS, KEEPALIVES_S, switches);
  if ("why" in keepalive) return { code: 2, why: keepalive.why };
  const device = { name: deviceId, ...keepalive, prefix: prefixOf(deviceId), topics: TOPICS };
  return { guest: deviceGuest({ ...device, answers: (path, message) => answersTo(path, message, deviceId, world) }, world) };
}

/** @returns `""`, or why a device with this clock is refused. */
function lateness(timestampS: number, { switches: { timestampWindowS }, time }: World<Switches>): string {
  const offS = Math.abs(timestampS - Math.floor(time.now() / 1000));
  return timestampWindowS && offS > timestampWindowS ? `the timestamp is ${offS} s off; at most ${timestampWindowS} s` : "";
}

export function isSignature(sign: string, secret: string, content: string): boolean {
  return timingSafeEqual(Buffer.from(sign, "hex"), createHmac("sha256", secret).update(content).digest());
}
