/** Aliyun IoT Platform, one device one secret: the device signs who it is ("Establish MQTT connections over TCP", document 73742). */
import type { AliyunConfig, Identity, Product } from "../api/config";
import type { DeviceInfo } from "../api/device";
import type { Authorization } from "../api/modem";
import { fill } from "./placeholders";

export function authorize(product: Product, identity: Identity, info: DeviceInfo, signature: string): Authorization {
  const config = product.cloud as AliyunConfig;
  const name = identity.deviceName || info.imei;
  const id = identity.clientId || fill(config.clientId, identity, info);
  const key = config.productKey;
  const time = config.timestamp;
  if (!identity.deviceSecret) return { error: "credentials-refused: no deviceSecret" };
  // Keys in the order of the alphabet, nothing between them. The time is signed if and only if it is sent.
  const content = "clientId" + id + "deviceName" + name + "productKey" + key + (time && "timestamp" + time);
  if (!signature) return { toSign: [identity.deviceSecret, content] };
  return {
    plan: {
      host: config.host,
      port: config.port,
      // 2: TLS, 3: TCP.
      clientId: id + "|securemode=" + (config.tls ? 2 : 3) + ",signmethod=" + config.signMethod + (time && ",timestamp=" + time) + "|",
      username: name + "&" + key,
      password: signature,
      base: fill(config.topicBase, identity, info),
      // The time service.
      heartbeatTopic: "/ext/ntp/" + key + "/" + name + "/request",
      heartbeatText: '{"deviceSendTime":"0"}',
    },
  };
}
