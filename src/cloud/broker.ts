/** A private MQTT broker: ordinary credentials, topics under one base. */
import type { Identity, Product } from "../api/config";
import type { DeviceInfo } from "../api/device";
import type { Authorization } from "../api/modem";
import { fill } from "./placeholders";

export function authorize(product: Product, identity: Identity, info: DeviceInfo): Authorization {
  const config = product.cloud;
  return {
    plan: {
      host: config.host,
      port: config.port,
      clientId: identity.clientId || fill(config.clientId, identity, info),
      username: identity.username || "",
      password: identity.password || "",
      base: fill(config.topicBase, identity, info),
      willTopic: fill(config.will ? config.will.topic : "", identity, info),
      heartbeatTopic: "~/ping",
      heartbeatText: "",
    },
  };
}
