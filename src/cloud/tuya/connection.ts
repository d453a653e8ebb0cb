/** Tuya, TuyaLink over MQTT ("MQTT connection"): the device signs its id and the time. */
import type { Authorization, Who } from "../../api/cloud";
import { Fault } from "../../api/fault";
import { fill } from "../../text/placeholders";

/**
 * While the clock is unknown: the year 2200, as LuatOS sends it. Whether Tuya wants the true time is not documented; it
 * must be the same in both places.
 */
const FAR = 7258089600;
/** Ends both what is signed and the user name. */
const MODE = ",secureMode=1,accessType=1";

export function authorize(who: Who): Authorization {
  const config = who.product.cloud;
  const id = who.identity.deviceName as string;
  const secret = who.identity.deviceSecret;
  const time = ",timestamp=" + (who.unixTime() || FAR) + MODE;
  if (!id || !secret) return { error: Fault.Board + "credentials-refused: no deviceName or deviceSecret" };
  return {
    toSign: [secret, "deviceId=" + id + time],
    then: (signature) => ({
      plan: {
        host: config.host,
        port: config.port,
        clientId: fill(config.clientId, who.identity, who.info),
        username: id + "|signMethod=hmacSha256" + time,
        password: signature,
        base: fill(config.topicBase, who.identity, who.info),
        own: id,
        // The time service.
        heartbeatTopic: "tylink/~/ext/time/request",
        heartbeatText: '{"msgId":"0","time":1000000000,"data":{}}',
      },
    }),
  };
}
