/** Modules that stay in memory, those that others need first. */
export const RESIDENT = ["at", "core"];
