/** A private MQTT broker: ordinary credentials, topics under one base. */
import type { Authorization, Who } from "../../api/cloud";
import { fill } from "../../text/placeholders";

export function authorize(who: Who): Authorization {
  const identity = who.identity;
  const info = who.info;
  const config = who.product.cloud;
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
