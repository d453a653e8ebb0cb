import type { Identity } from "../api/config";
import type { DeviceInfo } from "../api/device";

/** Fills `{imei}`, `{iccid}` and `{deviceName}` (the IMEI unless the identity names the device). */
export function fill(text: string, identity: Identity, info: DeviceInfo): string {
  return text
    .replace(/\{imei\}/, info.imei)
    .replace(/\{iccid\}/, info.iccid)
    .replace(/\{deviceName\}/, identity.deviceName || info.imei);
}
