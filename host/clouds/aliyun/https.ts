/** What devices ask over HTTPS: to be authenticated, to be registered, and files. */
import type { HttpAnswer, HttpRequest } from "../http/server.ts";
import { isTooLong } from "./login.ts";
import { strikes } from "../shared/strikes.ts";
import type { Faults } from "./faults.ts";
import type { Place } from "./hosts.ts";
import { pathOf } from "./identifier.ts";
import type { DeviceNames } from "./identifier.ts";
import { DEFAULT_METHOD, isSignature, isSignMethod, signedContent } from "./signature.ts";
import type { World } from "./world.ts";

type Form = Readonly<Record<string, string>>;
/** Data of a good answer, or what is wrong. */
type Outcome = { data: object } | { code: number; message: string; reason: string };

/** Codes of both requests (document 120329 and the pages about authentication). */
const MESSAGES: Readonly<Record<number, string>> = {
  401: "request auth error",
  460: "request parameter error",
  5001: "meta device not found",
  6100: "device not found",
  6200: "auth type mismatch",
  6204: "device disabled",
  6250: "product not found",
  6288: "dynamic register is closed",
  6289: "device is already active",
  6292: "sign method unsupported",
  6600: "sign check failed",
};

/** `mqtt`: where that is, for a device that asks. */
export function httpsAnswer(request: HttpRequest, world: World, mqtt: Place): HttpAnswer {
  const answer = rightAnswer(request, world, mqtt);
  return strikes(world.faults, "cutAnswers") ? { ...answer, cutAfterBytes: world.faults.cutAfterBytes } : answer;
}

function rightAnswer(request: HttpRequest, world: World, mqtt: Place): HttpAnswer {
  switch (request.path) {
    case "/auth/devicename":
      return posted(request, world, (form) => authenticate(form, world, mqtt));
    case "/auth/register/device":
      return posted(request, world, (form) => register(form, world));
    default:
      return file(request, world);
  }
}

function posted({ method, path, body }: HttpRequest, { switches, faults }: World, handle: (form: Form) => Outcome): HttpAnswer {
  if (method != "POST") return { status: 405, headers: { Allow: "POST" }, body: Buffer.alloc(0) };
  if (strikes(faults, "wrongAnswers")) return wrongAnswer(path, faults);
  const outcome = handle(Object.fromEntries(new URLSearchParams(body.toString("utf8"))));
  const headers = { "Content-Type": "application/json;charset=utf-8" };
  if ("data" in outcome) return { status: 200, headers, body: json({ code: 200, data: outcome.data, message: "success" }), code: 200 };
  const { code, message, reason } = outcome;
  return { status: switches.errorStatus, headers, body: json({ code, message }), code, reason };
}

/** A redirection leads back to where the request came from. */
function wrongAnswer(path: string, { httpStatus: status, httpBody }: Faults): HttpAnswer {
  const headers = { "Content-Type": "text/html", ...(status >= 300 && status < 400 && { Location: path }) };
  return { status, headers, body: Buffer.from(httpBody, "utf8"), reason: "told to answer so" };
}

function json(value: object): Buffer {
  return Buffer.from(JSON.stringify(value), "utf8");
}

function refused(code: number, reason: string): Outcome {
  return { code, message: MESSAGES[code] ?? "error", reason };
}

/** Not signed (Aliyun IoT Platform, "Authenticate devices over HTTPS"). */
const UNSIGNED: readonly string[] = ["version", "sign", "resources", "signmethod"];

/** iotId and iotToken for MQTT. Checked in the order: parameters, product, device, kind of product, signature. */
function authenticate(form: Form, { registry, switches }: World, mqtt: Place): Outcome {
  const { productKey = "", deviceName = "", clientId = "", sign = "", signmethod = DEFAULT_METHOD } = form;
  const missing = missingOf(form, ["productKey", "deviceName", "clientId", "sign"]);
  if (missing) return refused(460, missing);
  if (isTooLong(clientId)) return refused(460, "clientId has 1 to 64 characters");
  if (!isSignMethod(signmethod)) return refused(460, `unknown signmethod "${signmethod}"`);
  const product = registry.product(productKey);
  const device = product && registry.device({ productKey, deviceName });
  if (!device) return refused(5001, product ? `product "${productKey}" has no device "${deviceName}"` : `no product "${productKey}"`);
  if (product.authType != "secret") return refused(6200, `devices of product "${productKey}" prove themselves with ${product.authType}`);
  if (!device.enabled) return refused(6204, `device "${deviceName}" is disabled`);
  const content = signedContent(Object.fromEntries(Object.entries(form).filter(([name]) => !UNSIGNED.includes(name))));
  if (!isSignature(sign, signmethod, device.deviceSecret, content))
    return refused(401, `wrong signature: ${signmethod} with the device's secret over all parameters but ${UNSIGNED.join(", ")}`);
  const iotToken = registry.addToken(device, clientId, switches.tokenMs);
  return { data: { iotId: device.iotId, iotToken, ...(form["resources"] == "mqtt" && { resources: { mqtt } }) } };
}

/** A new secret for a device that is not activated. Checked in the order: parameters, product, switch, method, signature, device. */
function register(form: Form, world: World): Outcome {
  const { registry, switches, random, tell } = world;
  const { productKey = "", deviceName = "", sign = "", signMethod = "" } = form;
  const missing = missingOf(form, ["productKey", "deviceName", "random", "sign", "signMethod"]);
  if (missing) return refused(460, missing);
  const names: DeviceNames = { productKey, deviceName };
  const product = registry.product(productKey);
  if (!product) return refused(6250, `no product "${productKey}"`);
  if (!product.registration) return refused(6288, `product "${productKey}" has dynamic registration switched off`);
  const method = signMethod.toLowerCase();
  if (!isSignMethod(method)) return refused(6292, `unknown signMethod "${signMethod}"`);
  const content = signedContent({ deviceName, productKey, random: form["random"] });
  if (!isSignature(sign, method, product.productSecret, content))
    return refused(6600, `wrong signature: ${method} with the product's secret over deviceName, productKey, random`);
  const device = registry.device(names);
  if (!device) return refused(6100, `product "${productKey}" has no device "${deviceName}": it is not pre-registered`);
  if (!device.enabled) return refused(6204, `device "${deviceName}" is disabled`);
  if (device.activated && !switches.lenientRegister)
    return refused(6289, `device "${deviceName}" is activated: it may register again after a reset`);
  const deviceSecret = device.activated ? device.deviceSecret : random.deviceSecret();
  registry.setSecret(names, deviceSecret);
  tell({ ev: "registered", device: pathOf(names), how: "https" });
  return { data: { deviceName, deviceSecret, productKey } };
}

function missingOf(form: Form, names: readonly string[]): string {
  const missing = names.filter((name) => !form[name]);
  return missing.length ? `missing: ${missing.join(", ")}` : "";
}

/** Whole, or a range of it (RFC 9110, 14). */
function file({ method, path, query, headers }: HttpRequest, { files }: World): HttpAnswer {
  const found = files.find({ path, query });
  if (found === 404) return { status: 404, body: Buffer.alloc(0), reason: "no such path" };
  if (method != "GET" && method != "HEAD") return { status: 405, headers: { Allow: "GET, HEAD" }, body: Buffer.alloc(0) };
  if (found === 403) return { status: 403, body: Buffer.alloc(0), reason: "the address is not signed, or no longer valid" };
  const common = { "Content-Type": "application/octet-stream", "Accept-Ranges": "bytes" };
  const range = rangeOf(headers.range, found.length);
  if (!range) return { status: 200, headers: common, body: found };
  const [from, to] = range;
  if (from > to)
    return { status: 416, headers: { "Content-Range": `bytes */${found.length}` }, body: Buffer.alloc(0), reason: "no such range" };
  const described = { ...common, "Content-Range": `bytes ${from}-${to}/${found.length}` };
  return { status: 206, headers: described, body: found.subarray(from, to + 1) };
}

/** First and last byte; the first is after the last where there are none. @returns `null` for anything but one range of bytes. */
function rangeOf(header: string | undefined, length: number): [number, number] | null {
  const [, first = "", last = ""] = /^bytes=(\d*)-(\d*)$/.exec(header ?? "") ?? [];
  if (first == "" && last == "") return null;
  if (first == "") return [Math.max(0, length - Number(last)), length - 1];
  if (last != "" && Number(last) < Number(first)) return null;
  const from = Number(first);
  return from >= length ? [1, 0] : [from, Math.min(length - 1, last == "" ? length - 1 : Number(last))];
}
