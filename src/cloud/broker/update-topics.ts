/** A private broker: the messages of Aliyun's OTA under the device's own topics. */
export const INFORM = "~/ota/inform";
export const PROGRESS = "~/ota/progress";
export const UPGRADE = "~/ota/upgrade";
export const GET = "~/ota/get";
export const GET_REPLY = "~/ota/get_reply";
export const DOWNLOAD = "~/ota/download";
export const DOWNLOAD_REPLY = "~/ota/download_reply";
