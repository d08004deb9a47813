/** The run ends in an error. Thrown within this folder only. */
export class RunError extends Error {}
