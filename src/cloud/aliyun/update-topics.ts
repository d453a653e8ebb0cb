/** Aliyun IoT Platform, "OTA" and "Download files over MQTT". */
export const INFORM = "/ota/device/inform/~/";
export const PROGRESS = "/ota/device/progress/~/";
export const UPGRADE = "/ota/device/upgrade/~/";
export const GET = "/sys/~/thing/ota/firmware/get";
export const GET_REPLY = "/sys/~/thing/ota/firmware/get_reply";
export const DOWNLOAD = "/sys/~/thing/file/download";
export const DOWNLOAD_REPLY = "/sys/~/thing/file/download_reply";
