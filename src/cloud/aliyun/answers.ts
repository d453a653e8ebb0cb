/** Requests to Aliyun's authentication service, and what its answers mean (documents 73742 and 120329). */
import type { AliyunConfig } from "./config";
import type { Authorization } from "../../api/cloud";
import { Fault } from "../../api/fault";
import { members, parsed, texts } from "../../text/read-json";

/** Code of an answer -> cause and what to look at. */
const CAUSES: Record<string, string> = {
  401: "signature-refused: the deviceSecret is wrong; look at signMethod too",
  460: "credentials-refused: a parameter is missing or wrong; look at productKey and deviceName",
  5001: "credentials-refused: unknown device; look at productKey, deviceName and region",
  6100: "credentials-refused: unknown device; enter it in the console first",
  6200: "credentials-refused: the product's devices prove themselves otherwise, by certificate perhaps",
  6250: "credentials-refused: unknown product; look at productKey and region",
  6288: "registration-off: dynamic registration is switched off for the product; switch it on in the console",
  6289: "already-registered: the device was activated before and its secret is given once; reset it in the console",
  6292: "credentials-refused: this signMethod is not supported",
  6600: "signature-refused: the productSecret is wrong; look at signMethod too",
};

/** `fields`: names and values, one after the other, already as they are to be sent but for their encoding. */
export function post(config: AliyunConfig, path: string, fields: string[], then: (body: string) => Authorization): Authorization {
  let body = "";
  for (let i = 0; i < fields.length; i += 2) body += (body && "&") + fields[i] + "=" + encode(fields[i + 1] as string);
  return {
    request: {
      url: "https://" + config.authHost + path,
      body: body,
      type: "application/x-www-form-urlencoded",
      tls: config.authTls,
    },
    then: then,
  };
}

/** Percent-encoding (RFC 3986, 2.1) of texts of one character per byte. */
function encode(text: string): string {
  return text.replace(/[^\w.-]/g, (byte) => "%" + ("0" + byte.charCodeAt(0).toString(16)).substr(-2));
}

/** Those texts of the answer's data, if it says that all went well; or a failure. Nothing of the answer is told: it may be secret. */
export function dataOf(body: string, names: string[]): string[] | string {
  const answer = members(parsed(body), ["code", "data"]);
  const code = answer[0] as number;
  if (!code) return Fault.Server + "reply-malformed: not JSON with a code";
  if (code != 200) return Fault.Server + (CAUSES[code] ? CAUSES[code] + " (" + code + ")" : "broker-unavailable: code " + code);
  return texts(answer[1] || {}, names) || Fault.Server + "reply-malformed: no " + names.join(" and ");
}
