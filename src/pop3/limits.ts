// Bounds on what a client may send, and for how long it may be silent.

/** RFC 2449 §4 allows 255; some clients send more. */
export const LINE_BYTES_MAX = 1_024

/** Before login: AUTH with its initial response. */
export const PREAUTH_LINE_BYTES_MAX = 4_096

/** Unknown or malformed commands in a row after which the session ends. */
export const ERRORS_MAX = 25

/** RFC 1939 §3: at least ten minutes. */
export const AUTOLOGOUT_MS = 10 * 60_000 + 15_000
