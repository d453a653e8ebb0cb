/** What the command line asks for cannot be meant: wrong usage, unlike a failure. Commander itself did not see it. */
export class UsageError extends Error {}
