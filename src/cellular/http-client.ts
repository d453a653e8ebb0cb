/** The cold module `http-client`: requests that the 4G module makes. */
export { request } from "#product";
