/**
 * Who comes in over MQTT, and with which CONNACK the others are refused. Codes as in the platform's table (document 73742): 2 identifier, 3 user name,
 * 4 signature or unknown device, 5 disabled device.
 */
import type { Admission, ConnectRequest } from "../../broker/rules.ts";
import { deviceGuest } from "./guest.ts";
import { parseIdentifier, parseUsername, pathOf } from "./identifier.ts";
import type { DeviceNames } from "./identifier.ts";
import { disabled, isTooLong, knownProduct, LONGEST_CLIENT_ID, LONGEST_KEEPALIVE_S, refused, textOf } from "./login.ts";
import type { Login } from "./login.ts";
import type { Device } from "./registry.ts";
import { registers } from "./registration.ts";
import { DEFAULT_METHOD, isSame, isSignature, isSignMethod, signedContent } from "./signature.ts";
import type { World } from "./world.ts";

/** Seconds (Aliyun IoT Platform, "Limits", document 30527). */
const SHORTEST_KEEPALIVE_S = 30;
/** `securemode` of a direct connection (document 73742), after HTTPS authentication, and with a deviceToken. */
const OVER_TLS = "2";
const OVER_TCP = "3";
const AFTER_HTTPS = "-1";
const WITH_TOKEN = "-2";

export function admit(request: ConnectRequest, world: World): Admission {
  const username = request.username ?? "";
  const why = world.limits.connects(username);
  if (why) return refused(3, why);
  if (!username.includes("&")) return byIotToken(username, request, world);
  const names = parseUsername(username);
  if (!names) return refused(3, "the user name is not deviceName&productKey");
  const identifier = parseIdentifier(request.clientId);
  if (!identifier) return refused(2, "the client id is not clientId|key=value,…|");
  if (isTooLong(identifier.clientId)) return refused(2, `the client id before "|" has 1 to ${LONGEST_CLIENT_ID} characters`);
  const login = { ...names, identifier, request };
  const authType = identifier.parameters.get("authType");
  switch (authType) {
    case undefined:
      return bySecret(login, world);
    case "register":
    case "regnwl":
      return registers(login, authType, world);
    case "connwl":
      return byDeviceToken(login, world);
    default:
      return refused(2, `unknown authType "${authType}"`);
  }
}

/** One secret per device: the password is signed with it. In the platform's order: product, device, enabled, method, signature, keepalive. */
function bySecret(login: Login, world: World): Admission {
  const { identifier, request, ...names } = login;
  const { clientId, parameters } = identifier;
  const mode = parameters.get("securemode");
  if (mode === undefined) return refused(2, "securemode is missing");
  if (mode != OVER_TLS && mode != OVER_TCP)
    return refused(2, `securemode "${mode}" is none of a direct connection: 2 over TLS, 3 over TCP`);
  const truth = truthOf(login);
  if (truth && world.switches.strictSecuremode) return refused(2, truth);
  const known = knownDevice(names, world);
  if ("why" in known) return known;
  const method = parameters.get("signmethod") ?? DEFAULT_METHOD;
  if (!isSignMethod(method)) return refused(2, `unknown signmethod "${method}"`);
  const fields = { clientId, deviceName: names.deviceName, productKey: names.productKey, timestamp: parameters.get("timestamp") };
  if (!isSignature(textOf(request.password), method, known.device.deviceSecret, signedContent(fields))) {
    const signed = `clientId, deviceName, productKey${fields.timestamp === undefined ? "" : ", timestamp"}`;
    return refused(4, `wrong signature: ${method} with the device's secret over ${signed}`);
  }
  return admitted(login, truth, world);
}

/** After HTTPS authentication: user name iotId, password iotToken, the client id that was authenticated, bare or with its parameters. */
function byIotToken(iotId: string, request: ConnectRequest, world: World): Admission {
  const identifier = parseIdentifier(request.clientId) ?? { clientId: request.clientId, parameters: new Map<string, string>() };
  if (isTooLong(identifier.clientId)) return refused(2, `the client id has 1 to ${LONGEST_CLIENT_ID} characters`);
  if (iotId == "") return refused(3, "the user name is empty");
  const password = textOf(request.password);
  const token = world.registry.tokens(iotId).find(({ iotToken }) => isSame(password, iotToken));
  if (!token) return refused(3, "the user name is neither deviceName&productKey nor an iotId whose iotToken is valid");
  if (!token.device.enabled) return disabled(token.device, world);
  if (token.clientId != identifier.clientId) return refused(2, `the iotToken was given to another client id than "${identifier.clientId}"`);
  const { productKey, deviceName } = token.device;
  const login = { productKey, deviceName, identifier, request };
  const truth = truthOf(login);
  if (truth && world.switches.strictSecuremode) return refused(2, truth);
  return admitted(login, truth, world);
}

/** After registration without pre-registration: the client id and the deviceToken that the cloud gave. */
function byDeviceToken(login: Login, world: World): Admission {
  const { identifier, request, ...names } = login;
  const { clientId, parameters } = identifier;
  const mode = parameters.get("securemode");
  if (mode != WITH_TOKEN) return refused(2, `securemode "${mode ?? ""}"; connwl has ${WITH_TOKEN}`);
  if (!request.secure) return refused(2, "connwl over TCP; it needs TLS");
  const known = knownDevice(names, world);
  if ("why" in known) return known;
  const given = world.registry.login(names, clientId);
  if (!given || !isSame(textOf(request.password), given.deviceToken))
    return refused(4, "wrong deviceToken, or not the client id it was given with");
  return admitted(login, "", world);
}

function knownDevice(names: DeviceNames, world: World): { device: Device } | (Admission & { why: string }) {
  const known = knownProduct(names, world);
  if ("why" in known) return known;
  const device = world.registry.device(names);
  if (!device) return refused(4, `product "${names.productKey}" has no device "${names.deviceName}"`);
  return device.enabled ? { device } : disabled(device, world);
}

function admitted(login: Login, truth: string, world: World): Admission {
  const { keepaliveS } = login.request;
  if (keepaliveS < SHORTEST_KEEPALIVE_S) return refused(2, `keepalive ${keepaliveS} s; at least ${SHORTEST_KEEPALIVE_S} s`);
  if (world.switches.strictKeepalive && keepaliveS > LONGEST_KEEPALIVE_S)
    return refused(2, `keepalive ${keepaliveS} s; at most ${LONGEST_KEEPALIVE_S} s`);
  const wasActivated = world.registry.device(login)?.activated;
  world.registry.activate(login);
  if (!wasActivated) world.tell({ ev: "activated", device: pathOf(login) });
  return { guest: deviceGuest(login, truth ? [truth] : [], world) };
}

/** @returns `""`, or how what the device says about the transport contradicts it. */
function truthOf({ identifier, request: { secure } }: Login): string {
  const mode = identifier.parameters.get("securemode");
  const claims = { [OVER_TLS]: true, [AFTER_HTTPS]: true, [OVER_TCP]: false }[mode ?? ""];
  if (claims === undefined || claims == secure) return "";
  return `securemode ${mode ?? ""} means ${claims ? "TLS" : "TCP"}, but the connection is ${secure ? "TLS" : "TCP"}`;
}
