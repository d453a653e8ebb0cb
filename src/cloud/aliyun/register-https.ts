/**
 * Aliyun IoT Platform, one product one secret: the device asks for its own secret over HTTPS, once ("Direct device
 * registration", document 132111).
 */
import type { Authorization, Who } from "../../api/cloud";
import { Fault } from "../../api/fault";
import { dataOf, post } from "./answers";
import { keptText, keptValues, registrationContent } from "./kept";
import { configOf, direct, nameOf } from "./plan";

export function authorize(who: Who, kept: string, random: string): Authorization {
  const config = configOf(who);
  const held = keptValues(who, kept)[0];

  function keep(body: string): Authorization {
    const data = dataOf(body, ["deviceSecret"]);
    if (typeof data == "string") return { error: data };
    const secret = data[0] as string;
    return { toKeep: keptText(who, [secret]), then: () => direct(who, secret) };
  }

  if (held) return direct(who, held);
  if (!who.identity.productSecret) return { error: Fault.Board + "credentials-refused: no productSecret" };
  return {
    toSign: [who.identity.productSecret, registrationContent(who, random)],
    then: (signature) =>
      post(
        config,
        "/auth/register/device",
        ["productKey", config.productKey, "deviceName", nameOf(who), "random", random, "sign", signature, "signMethod", config.signMethod],
        keep,
      ),
  };
}
