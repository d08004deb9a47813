// Keywords (RFC 8621 §4.1.1): 1 to 255 characters there, 128 here, which the log allows; without regard to case, in lower case.

const KEYWORD = /^[!#$&'+,\-./0-9:;<=>?@[^_`A-Za-z|}~]{1,128}$/

/** In lower case; null if it is none. */
export function parseKeyword(text: string): string | null {
  return KEYWORD.test(text) ? text.toLowerCase() : null
}
