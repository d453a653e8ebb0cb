import type { Identity } from "../api/config";
import type { DeviceInfo } from "../api/device";

/** Fills `{imei}`, `{iccid}` and `{deviceName}` (the IMEI unless the identity names the device). */
export function fill(text: string, identity: Identity, info: DeviceInfo): string {
  const name = identity.deviceName || info.imei;
  return text.replace(/\{(\w+)\}/g, (_whole, key) => (key == "deviceName" ? name : info[key as "imei" | "iccid"]));
}
