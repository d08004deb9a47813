// What a script may require (RFC 5228 §6.1): only what is complete. `SIEVE` of ManageSieve's capabilities is this list.

export const EXTENSIONS = [
  'body',
  'comparator-i;ascii-casemap',
  'comparator-i;ascii-numeric',
  'comparator-i;octet',
  'copy',
  'date',
  'duplicate',
  'editheader',
  'encoded-character',
  'envelope',
  'environment',
  'extracttext',
  'fileinto',
  'foreverypart',
  'ihave',
  'imap4flags',
  'include',
  'index',
  'mailbox',
  'mboxmetadata',
  'mime',
  'regex',
  'relational',
  'servermetadata',
  'special-use',
  'subaddress',
  'vacation',
  'vacation-seconds',
  'variables',
] as const

export type Extension = (typeof EXTENSIONS)[number]

export function isExtension(name: string): name is Extension {
  return (EXTENSIONS as readonly string[]).includes(name)
}

/** What brings another with it (RFC 6131 §2). */
export function impliedBy(name: Extension): readonly Extension[] {
  return name === 'vacation-seconds' ? ['vacation'] : []
}
