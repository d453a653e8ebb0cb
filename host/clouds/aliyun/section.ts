/** The product's section: what follows from its other fields is filled in, what contradicts them is named. */
import type { AliyunAuth, AliyunConfig } from "../../../src/cloud/aliyun/config.ts";
import { willMistakes } from "../shared/section.ts";
import type { Server } from "../types.ts";
import { authHost, filesHost, HTTPS_PORT } from "./hosts.ts";

/** Where the device asks something over HTTPS before it connects. */
export function asksOverHttps(auth: AliyunAuth): boolean {
  return auth == "https" || auth == "register-https";
}

/** Where it is given its secret. */
export function registers(auth: AliyunAuth): boolean {
  return auth.startsWith("register-");
}

export function complete(cloud: AliyunConfig): string[] {
  const { auth, productKey, instanceId, region } = cloud;
  const mistakes: string[] = [];
  // Host names: Aliyun IoT Platform, "View the endpoints of an instance".
  cloud.host ??= instanceId ? `${instanceId}.mqtt.iothub.aliyuncs.com` : `${productKey}.iot-as-mqtt.${region}.aliyuncs.com`;
  cloud.clientId = cloud.clientId.replaceAll("{productKey}", productKey);
  cloud.topicBase = cloud.topicBase.replaceAll("{productKey}", productKey);
  if (asksOverHttps(auth)) cloud.authHost ??= authHost(region);
  else if (cloud.authHost !== undefined || cloud.authTls)
    mistakes.push(`cloud.auth: "${auth}" asks nothing over HTTPS; leave authHost and authTls out`);
  if (registers(auth) && !asksOverHttps(auth) && (!cloud.tls || cloud.tls.insecure))
    mistakes.push(`cloud.tls: "${auth}" sends the device's secret over MQTT, to a verified server only`);
  if (auth == "register-nwl" && region != "cn-shanghai")
    mistakes.push('cloud.region: registration without entry in the console ("register-nwl") is offered in cn-shanghai only');
  mistakes.push(...willMistakes(cloud, "Aliyun IoT Platform keeps"));
  if (!cloud.topicBase.startsWith(`/${productKey}/`) || cloud.topicBase.split("/").length < 3)
    mistakes.push("cloud.topicBase: a device has topics of its own only: /{productKey}/{deviceName}/…");
  return mistakes;
}

/** Where the device asks something over HTTPS it verifies that server too, by default as the broker. */
export function servers(cloud: AliyunConfig): Server[] {
  const found: Server[] = [];
  if (asksOverHttps(cloud.auth)) {
    const [host = "", port = HTTPS_PORT] = cloud.authHost.split(":");
    cloud.authTls ??= {
      ca: "",
      caChecksum: "",
      settings: "",
      wishes: "",
      serverName: null,
      checkDate: cloud.tls?.checkDate ?? "auto",
      insecure: false,
    };
    found.push({ field: "authTls", tls: cloud.authTls, host, port: Number(port) });
  }
  // Object storage of the region (Aliyun IoT Platform, "OTA"); what a push names is asked.
  if (cloud.otaTls) found.push({ field: "otaTls", tls: cloud.otaTls, host: filesHost(cloud.region), port: HTTPS_PORT });
  return found;
}

export function wifiMistakes({ auth, otaTls }: AliyunConfig): string[] {
  const mistakes: string[] = [];
  if (asksOverHttps(auth)) mistakes.push(`cloud.auth: "${auth}" asks over HTTPS, which the 4G module does; use it with "link": "cellular"`);
  if (otaTls) mistakes.push('cloud.otaTls: updates come over HTTPS through the 4G module; use it with "link": "cellular", or leave it out');
  if (registers(auth)) mistakes.push(`cloud.auth: "${auth}" gives secrets to a verified server only; use it with "link": "cellular"`);
  return mistakes;
}
