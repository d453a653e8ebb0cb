/** The image has one path: what choosing takes is left out of it. */
export const HAS_CHOICE = false;
