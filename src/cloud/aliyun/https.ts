/** Aliyun IoT Platform: the device proves itself over HTTPS and gets user and password for MQTT ("Authenticate devices over HTTPS"). */
import type { Authorization, Who } from "../../api/cloud";
import { Fault } from "../../api/fault";
import { dataOf, post } from "./answers";
import { clientOf, configOf, contentOf, nameOf, planOf } from "./plan";

/** The token is good for seven days; it is renewed an hour before. */
const TOKEN_MS = (7 * 24 - 1) * 3600000;

export function authorize(who: Who): Authorization {
  const config = configOf(who);
  const secret = who.identity.deviceSecret;

  function connect(body: string): Authorization {
    const data = dataOf(body, ["iotId", "iotToken"]);
    if (typeof data == "string") return { error: data };
    // -1: TLS after this request.
    const plan = planOf(who, clientOf(who), "securemode=" + (config.tls ? -1 : 3), data[1] as string);
    plan.username = data[0] as string;
    plan.validMs = TOKEN_MS;
    return { plan: plan };
  }

  if (!secret) return { error: Fault.Board + "credentials-refused: no deviceSecret" };
  return {
    toSign: [secret, contentOf(who)],
    then: (signature) => {
      const fields = ["productKey", config.productKey, "sign", signature, "clientId", clientOf(who), "deviceName", nameOf(who)];
      if (config.timestamp) fields.push("timestamp", config.timestamp);
      // HMAC-MD5 is what the service takes without being told.
      if (config.signMethod != "hmacmd5") fields.push("signmethod", config.signMethod);
      return post(config, "/auth/devicename", fields, connect);
    },
  };
}
