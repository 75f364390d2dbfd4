// The exit codes of the command line.

/** What was asked was done; a scenario failed or did not load; the words, the files or the machine were wrong. */
export const exitCodes = { done: 0, failed: 1, misused: 2 } as const
