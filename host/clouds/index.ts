/** The clouds that there are, one line each: a product's `cloud.type` is one of these names. */
export { aliyun } from "./aliyun/index.ts";
export { broker } from "./broker/index.ts";
export { onenet } from "./onenet/index.ts";
export { tuya } from "./tuya/index.ts";
