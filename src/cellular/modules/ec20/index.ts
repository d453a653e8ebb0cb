/** Quectel EC20, EC21, EC25. */
export { modem } from "./bringup";
export { request } from "./http";
export { dialect } from "./steady";
