/** Dynamic registration over MQTT: a connection that proves the product's secret, gets a secret or a token pushed, and ends. */
import type { Admission, Message } from "../../broker/rules.ts";
import { disabled, knownProduct, refused, textOf } from "./login.ts";
import type { Login } from "./login.ts";
import { isDeviceName, pathOf } from "./identifier.ts";
import type { DeviceNames } from "./identifier.ts";
import { isSignature, isSignMethod, signedContent } from "./signature.ts";
import type { World } from "./world.ts";

/** Documents of different years, and the Link SDK for C, have either with either kind. */
const SECUREMODES = ["2", "-2"];

/** `register`: devices that are known by name; `regnwl`: any, which get a client id and a token instead of a secret. */
export function registers(login: Login, authType: "register" | "regnwl", world: World): Admission {
  const { identifier, request, ...names } = login;
  const { parameters } = identifier;
  if (!request.secure) return refused(2, `authType ${authType} over TCP; registration needs TLS`);
  const mode = parameters.get("securemode");
  if (!SECUREMODES.includes(mode ?? "")) return refused(2, `securemode "${mode ?? ""}"; registration has ${SECUREMODES.join(" or ")}`);
  const random = parameters.get("random");
  const method = parameters.get("signmethod");
  if (!isDeviceName(names.deviceName)) return refused(2, "the device name has characters that it must not have, or too many");
  if (!random) return refused(2, "random is missing");
  if (method === undefined) return refused(2, "signmethod is missing");

  const known = knownProduct(names, world);
  if ("why" in known) return known;
  const { product } = known;
  if (!product.registration) return refused(4, `product "${names.productKey}" has dynamic registration switched off`);
  if (!isSignMethod(method)) return refused(2, `unknown signmethod "${method}"`);
  const content = signedContent({ deviceName: names.deviceName, productKey: names.productKey, random });
  if (!isSignature(textOf(request.password), method, product.productSecret, content))
    return refused(4, `wrong signature: ${method} with the product's secret over deviceName, productKey, random`);

  const device = world.registry.device(names);
  if (!device && authType == "register")
    return refused(4, `product "${names.productKey}" has no device "${names.deviceName}": it is not pre-registered`);
  if (device?.activated) return refused(4, `device "${names.deviceName}" is activated: it may register again after a reset`);
  if (device && !device.enabled) return disabled(device, world);
  return { guest: registrant(names, authType, world) };
}

let count = 0;

/** Any number of them may be there, beside the device itself. What it gets is made when it is connected, and written before it is sent. */
function registrant(names: DeviceNames, authType: "register" | "regnwl", world: World): Extract<Admission, { guest: unknown }>["guest"] {
  const why = "a connection that registers may do nothing else";
  return {
    name: `${authType} ${++count}: ${pathOf(names)}`,
    keepaliveS: 0,
    stays: { ms: world.switches.registrationMs, why: "its time is over" },
    // Who only comes for a moment has no session.
    forgets: true,
    warnings: [],
    route: (topic) => topic,
    publish: () => ({ why }),
    subscribe: (filters) => filters.map(() => ({ why })),
    receive: () => null,
    greeting: () => [authType == "register" ? newSecret(names, world) : newLogin(names, world)],
    answers: () => [],
  };
}

function newSecret(names: DeviceNames, world: World): Message {
  const deviceSecret = world.random.deviceSecret();
  world.registry.setSecret(names, deviceSecret);
  world.tell({ ev: "registered", device: pathOf(names), how: "register" });
  return push("/ext/register", names, { deviceSecret });
}

function newLogin(names: DeviceNames, world: World): Message {
  const { registry } = world;
  const login = world.db.atomically(() => {
    if (!registry.device(names)) registry.addDevice(names);
    return registry.addLogin(names);
  });
  world.tell({ ev: "registered", device: pathOf(names), how: "regnwl" });
  return push("/ext/regnwl", names, login);
}

function push(topic: string, { productKey, deviceName }: DeviceNames, given: object): Message {
  return { topic, payload: Buffer.from(JSON.stringify({ productKey, deviceName, ...given }), "utf8"), qos: 0 };
}
