/** The cold module `cloud`: where to connect and as whom. Holds secrets only while it is loaded. */
export { authorize } from "#cloud";
