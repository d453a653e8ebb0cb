/** The image has two paths, one of them preferred. */
export const HAS_CHOICE = true;
