/** Wi-Fi where it is, else the 4G module. */
export { cellular as other, prepare, wifi as path } from "./two";
