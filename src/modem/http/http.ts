/** The cold module `http`: requests that the 4G module makes. */
export { request } from "#http";
