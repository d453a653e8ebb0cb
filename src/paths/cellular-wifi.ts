/** The 4G module; Wi-Fi where that does not get online. */
export { cellular as path, prepare, wifi as other } from "./two";
