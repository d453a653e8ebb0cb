/** What Aliyun's ways to a connection have in common: names, what is signed, and the plan. */
import type { AliyunConfig } from "./config";
import type { Authorization, ConnectPlan, Who } from "../../api/cloud";
import { Fault } from "../../api/fault";
import { fill } from "../../text/placeholders";

export function configOf(who: Who): AliyunConfig {
  return who.product.cloud as AliyunConfig;
}

export function nameOf(who: Who): string {
  return who.identity.deviceName || who.info.imei;
}

/** The part of the client id before the first `|`. */
export function clientOf(who: Who): string {
  return who.identity.clientId || fill(configOf(who).clientId, who.identity, who.info);
}

/** Keys in the order of the alphabet, nothing between them. The time is signed if and only if it is sent. */
export function contentOf(who: Who): string {
  const time = configOf(who).timestamp;
  return "clientId" + clientOf(who) + "deviceName" + nameOf(who) + "productKey" + configOf(who).productKey + (time && "timestamp" + time);
}

/** `parameters`: of the client id, between the pipes. */
export function planOf(who: Who, clientId: string, parameters: string, password: string): ConnectPlan {
  const config = configOf(who);
  const name = nameOf(who);
  const key = config.productKey;
  return {
    host: config.host,
    port: config.port,
    clientId: clientId + "|" + parameters + "|",
    username: name + "&" + key,
    password: password,
    base: fill(config.topicBase, who.identity, who.info),
    own: key + "/" + name,
    // The time service.
    heartbeatTopic: "/ext/ntp/" + key + "/" + name + "/request",
    heartbeatText: '{"deviceSendTime":"0"}',
  };
}

/** With the device's own secret. */
export function direct(who: Who, secret: string | undefined): Authorization {
  const config = configOf(who);
  const time = config.timestamp;
  if (!secret) return { error: Fault.Board + "credentials-refused: no deviceSecret" };
  return {
    toSign: [secret, contentOf(who)],
    // 2: TLS, 3: TCP.
    then: (signature) => ({
      plan: planOf(
        who,
        clientOf(who),
        "securemode=" + (config.tls ? 2 : 3) + ",signmethod=" + config.signMethod + (time && ",timestamp=" + time),
        signature,
      ),
    }),
  };
}
