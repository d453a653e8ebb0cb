/** A private MQTT broker: ordinary credentials, topics under one base. */
import type { Identity, Product } from "../api/config";
import type { DeviceInfo } from "../api/device";
import type { Cloud, ConnectPlan } from "../api/modem";
import { fill } from "./placeholders";

export const cloud: Cloud = { heartbeatTopic: "ping" };

export function plan(product: Product, identity: Identity, info: DeviceInfo): ConnectPlan {
  const config = product.cloud;
  return {
    host: config.host,
    port: config.port,
    clientId: identity.clientId || fill(config.clientId, identity, info),
    username: identity.username || "",
    password: identity.password || "",
    base: fill(config.topicBase, identity, info),
    willTopic: config.will ? fill(config.will.topic, identity, info) : "",
  };
}
