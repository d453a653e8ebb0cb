/** Packages as decision 0014 describes them, made here without any code of the project. */
import { createHash, createHmac } from "node:crypto";

export const OTA_KEY = "fleet-key-0123456789";

export interface PackageOptions {
  files: Record<string, string>;
  version?: string;
  key?: string;
  /** Members of the manifest that differ. */
  manifest?: Record<string, unknown>;
}

export function packageOf({ files, version = "1.0.1", key = OTA_KEY, manifest = {} }: PackageOptions): Buffer {
  const content = Buffer.from(Object.values(files).join(""), "latin1");
  const text = JSON.stringify({
    product: "rig",
    board: "linux",
    link: "cellular",
    model: "ec20",
    cloud: "aliyun",
    core: ["0.1.0", "0.1.99"],
    version,
    older: false,
    files: Object.entries(files).map(([name, data]) => [name, data.length]),
    sha256: createHash("sha256").update(content).digest("hex"),
    ...manifest,
  });
  const head = `ECU1${text.length.toString(16).padStart(4, "0")}${text}`;
  return Buffer.concat([Buffer.from(head + createHmac("sha256", key).update(head).digest("hex")), content]);
}

/** An application that says which one it is, and how well. */
export function appSaying(text: string, health = "true"): string {
  return `exports.app=function(d){d.log("${text}");d.on("online",function(){d.publish("~/up","${text}",{qos:1})});return{health:function(){return ${health}}}}`;
}
