/** Clouds that know their devices by signature: what a certificate needs is left out of their images (300 bytes). */
export const SHOWS_CERTIFICATE = false;
