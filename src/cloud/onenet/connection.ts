/** OneNET (China Mobile), OneNET Studio over MQTT ("Token"): the device signs a token that is valid until a time. */
import type { OnenetConfig } from "./config";
import type { Authorization, Who } from "../../api/cloud";
import { Fault } from "../../api/fault";
import { base64OfHex, bytesOfBase64 } from "../../crypto/base64";
import { fill } from "../../text/placeholders";

const VERSION = "2018-10-31";
/** While the clock is unknown a token has no end: the year 2100, in Unix seconds. */
const NEVER = 4102444800;
/**
 * Milliseconds before its end from which a token is not used any more: signing and connecting take their time,
 * and a clock cuts its seconds.
 */
const MARGIN_MS = 30000;

/** Percent-encoding, upper-case hex, of what a token may hold. */
function encode(text: string): string {
  return text.replace(/[^\w.-]/g, (byte) => "%" + ("0" + byte.charCodeAt(0).toString(16)).substr(-2).toUpperCase());
}

export function authorize(who: Who): Authorization {
  const config = who.product.cloud as OnenetConfig;
  const identity = who.identity;
  const key = identity.deviceSecret || identity.productSecret;
  const name = identity.deviceName || who.info.imei;
  const own = config.productId + "/" + name;
  // The product's key signs for all its devices.
  const resource = "products/" + config.productId + (identity.deviceSecret ? "/devices/" + name : "");
  const now = who.unixTime();
  const end = now === null ? NEVER : now + config.tokenMinutes * 60;
  const method = config.signMethod;
  if (!key) return { error: Fault.Board + "credentials-refused: no deviceSecret or productSecret" };
  return {
    // In the order of the fields' names; in the token it is another.
    toSign: [bytesOfBase64(key), [end, method, resource, VERSION].join("\n")],
    then: (signature) => ({
      plan: {
        host: config.host,
        port: config.port,
        clientId: name,
        username: config.productId,
        password:
          "version=" +
          VERSION +
          "&res=" +
          encode(resource) +
          "&et=" +
          end +
          "&method=" +
          method +
          "&sign=" +
          encode(base64OfHex(signature)),
        base: fill(config.topicBase, identity, who.info),
        own: own,
        heartbeatTopic: "$sys/~/thing/property/desired/get",
        heartbeatText: '{"id":"0","version":"1.0","params":[]}',
        validMs: now === null ? 0 : config.tokenMinutes * 60000 - MARGIN_MS,
      },
    }),
  };
}
