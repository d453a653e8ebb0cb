/** The section `cloud` of a product for Aliyun IoT Platform. */
import type { ConnectionConfig, TlsConfig } from "../../api/config";

export type SignMethod = "hmacmd5" | "hmacsha1" | "hmacsha256";

/**
 * How a device of Aliyun IoT Platform proves itself: with its own secret, over MQTT or over HTTPS first (`https`); or with its product's,
 * by which it asks for its own once (`register-…`: over HTTPS, over MQTT, and over MQTT without having been entered in the console).
 */
export type AliyunAuth = "device-secret" | "https" | "register-https" | "register-mqtt" | "register-nwl";

export interface AliyunConfig extends ConnectionConfig {
  productKey: string;
  /** `cn-shanghai` …: part of the public instance's host name. */
  region: string;
  /** `iot-…`: an instance of one's own has its own host name; `""`: the public one. */
  instanceId: string;
  auth: AliyunAuth;
  /** Where `https` and `register-https` ask, as in a URL: host, and port if it is not 443. The builder fills it in. */
  authHost: string;
  /** How that server is verified; in the modes that ask it. */
  authTls?: TlsConfig;
  signMethod: SignMethod;
  /** Digits that are signed too (a salt: no clock is needed); `""`: none. */
  timestamp: string;
}
