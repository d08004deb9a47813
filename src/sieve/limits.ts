// Bounds on scripts and on what they may do. RFC 5228 §2.10.4 and §2.10.7 allow them, and say how large some must be at least.

export const SCRIPT_BYTES_MAX = 128 * 1024

/** Of blocks, of tests within tests, and of scripts within scripts. */
export const NESTING_MAX = 32
export const INCLUDE_NESTING_MAX = 10
/** Scripts that one message may run, the same one again included. */
export const INCLUDES_MAX = 100

/** Loops over parts within each other; RFC 5703 §3: at least two. */
export const LOOPS_MAX = 4

/** Commands and tests of one script. */
export const NODES_MAX = 20_000
/** Strings of one list. */
export const LIST_LENGTH_MAX = 5_000

/** Octets of one string of a script, and of what variables make of it. */
export const STRING_BYTES_MAX = 64 * 1024
/** RFC 5229 §6: at least 4,000 characters. What is longer is cut. */
export const VARIABLE_BYTES_MAX = 16 * 1024
export const VARIABLES_MAX = 512
export const VARIABLE_NAME_MAX = 64
/** RFC 5229 §6: at least 9. */
export const MATCH_VARIABLES_MAX = 32

/** States of a regular expression's machine: what is repeated counts as often. */
export const REGEX_PROGRAM_MAX = 2_000
export const REGEX_DEPTH_MAX = 32
export const REGEX_REPEAT_MAX = 255

/** Mistakes that one answer tells. */
export const ISSUES_MAX = 20

/** RFC 5293 §4: at least 998 characters of one field. */
export const ADDED_FIELD_BYTES_MAX = 8 * 1024
/** Of all fields that are added, and places of the header from which some are taken. */
export const ADDED_BYTES_MAX = 64 * 1024
export const REMOVED_RANGES_MAX = 1_000

export const FILINGS_MAX = 32
export const REDIRECTS_MAX = 4
export const DUPLICATES_MAX = 32

/** Octets compared and copied for one message, about: some hundred milliseconds. */
export const WORK_MAX = 200_000_000
/** After so many the script is left for a while. */
export const WORK_PER_STEP = 2_000_000

/** Octets of a body's text that tests look at, of each part and of all. */
export const BODY_PART_BYTES_MAX = 1 << 20
export const BODY_BYTES_MAX = 1 << 22
