// Bounds on what a client may send, and for how long it may be silent.

/** Of a line, strings in quotes included; RFC 5804 §4 allows those 1,024 octets. */
export const LINE_BYTES_MAX = 8_192
/** Before login: no command has more. */
export const PREAUTH_STRING_BYTES_MAX = 4_096
/** Longer literals are read past up to this length; then the session ends. */
export const SKIPPED_BYTES_MAX = 32 * 1024 * 1024
export const ARGUMENTS_MAX = 8

/** Unknown or malformed commands in a row after which the session ends. */
export const ERRORS_MAX = 25

/** RFC 5804 §1.2: at least 30 minutes after login. */
export const AUTOLOGOUT_MS = 30 * 60_000 + 15_000
