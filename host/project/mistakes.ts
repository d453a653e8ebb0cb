/** Mistakes of whoever uses the project. */

/** One or more mistakes in a file that a user writes; the message has one line for each. */
export class ConfigError extends Error {}

/** A mistake in an option of a command line, not in a file. */
export class OptionError extends ConfigError {}
