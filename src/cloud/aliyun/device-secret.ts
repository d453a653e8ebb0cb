/** Aliyun IoT Platform, one device one secret: the device signs who it is ("Establish MQTT connections over TCP", document 73742). */
import type { Authorization, Who } from "../../api/cloud";
import { direct } from "./plan";

export function authorize(who: Who): Authorization {
  return direct(who, who.identity.deviceSecret);
}
