/**
 * Aliyun IoT Platform, one product one secret: the device asks for what is its own over MQTT, once ("MQTT-based dynamic
 * registration"). Entered in the console before (`register`), it is given a secret, and signs with it from then on; not entered
 * (`regnwl`), a client id and a token.
 */
import type { Authorization, Who } from "../../api/cloud";
import { Fault } from "../../api/fault";
import { keptText, keptValues, registrationContent } from "./kept";
import { clientOf, configOf, direct, planOf } from "./plan";
import { parsed, texts } from "../../text/read-json";

export function authorize(who: Who, kept: string, random: string): Authorization {
  const config = configOf(who);
  const instance = config.instanceId;
  const isFree = config.auth == "register-nwl";
  const held = keptValues(who, kept);
  const first = held[0];

  /** What the cloud sends after CONNACK, on a topic that differs from revision to revision. */
  function keep(payload: string): Authorization {
    const values = texts(parsed(payload), isFree ? ["clientId", "deviceToken"] : ["deviceSecret"]);
    return values
      ? { toKeep: keptText(who, values), then: () => ({}) }
      : { error: Fault.Server + "reply-malformed: not what registration gives" };
  }

  if (first) return isFree ? { plan: planOf(who, first, "securemode=-2,authType=connwl", held[1] as string) } : direct(who, first);
  if (!who.identity.productSecret) return { error: Fault.Board + "credentials-refused: no productSecret" };
  // An instance of one's own wants its name and -2 in both ways (documents of November 2023).
  const parameters =
    "securemode=" +
    (isFree || instance ? -2 : 2) +
    ",authType=" +
    (isFree ? "regnwl" : "register") +
    ",random=" +
    random +
    ",signmethod=" +
    config.signMethod +
    (instance && ",instanceId=" + instance);
  return {
    toSign: [who.identity.productSecret, registrationContent(who, random)],
    then: (signature) => {
      const plan = planOf(who, clientOf(who), parameters, signature);
      plan.awaited = keep;
      return { plan: plan };
    },
  };
}
