/** A private broker may ask the device for a certificate (mutual TLS). */
export const SHOWS_CERTIFICATE = true;
