/** The section `cloud` of a product for Tuya. */
import type { ConnectionConfig } from "../../api/config";

export type TuyaRegion = "cn" | "eu" | "us" | "us-east" | "eu-west" | "in";

export interface TuyaConfig extends ConnectionConfig {
  /** Which of Tuya's data centers the project is in: it has its own host name. */
  region: TuyaRegion;
}
