// What arguments each test takes.

import type { Signature, TagSignature } from './signature.ts'

/** RFC 5228 §2.7.1; RFC 5231 §4. */
export const MATCH: Readonly<Record<string, TagSignature>> = {
  is: { group: 'match' },
  contains: { group: 'match' },
  matches: { group: 'match' },
  // draft-ietf-sieve-regex-01 §4.
  regex: { group: 'match', extension: 'regex' },
  value: { group: 'match', parameter: 'string', extension: 'relational' },
  count: { group: 'match', parameter: 'string', extension: 'relational' },
  comparator: { parameter: 'string' },
}

/** RFC 5228 §2.7.4; RFC 5233 §4. */
const PART: Readonly<Record<string, TagSignature>> = {
  all: { group: 'part' },
  localpart: { group: 'part' },
  domain: { group: 'part' },
  user: { group: 'part', extension: 'subaddress' },
  detail: { group: 'part', extension: 'subaddress' },
}

/** RFC 5260 §6. */
export const INDEX: Readonly<Record<string, TagSignature>> = {
  index: { parameter: 'number', extension: 'index' },
  last: { extension: 'index' },
}

/** RFC 5703 §4. */
const MIME: Readonly<Record<string, TagSignature>> = {
  mime: { extension: 'mime' },
  anychild: { extension: 'mime' },
}
const MIME_OPTIONS: Readonly<Record<string, TagSignature>> = {
  type: { group: 'option', extension: 'mime' },
  subtype: { group: 'option', extension: 'mime' },
  contenttype: { group: 'option', extension: 'mime' },
  param: { group: 'option', parameter: 'strings', extension: 'mime' },
}

export const TEST_SIGNATURES: Readonly<Record<string, Signature>> = {
  true: {},
  false: {},
  not: { tests: 'one' },
  allof: { tests: 'list' },
  anyof: { tests: 'list' },
  header: {
    tags: { ...MATCH, ...INDEX, ...MIME, ...MIME_OPTIONS },
    positional: [
      ['header-names', 'strings'],
      ['key-list', 'strings'],
    ],
  },
  address: {
    tags: { ...MATCH, ...PART, ...INDEX, ...MIME },
    positional: [
      ['header-list', 'strings'],
      ['key-list', 'strings'],
    ],
  },
  envelope: {
    extension: 'envelope',
    tags: { ...MATCH, ...PART },
    positional: [
      ['envelope-part', 'strings'],
      ['key-list', 'strings'],
    ],
  },
  exists: { tags: MIME, positional: [['header-names', 'strings']] },
  size: { tags: { over: { group: 'size' }, under: { group: 'size' } }, positional: [['limit', 'number']] },
  // RFC 5173.
  body: {
    extension: 'body',
    tags: {
      ...MATCH,
      raw: { group: 'transform' },
      text: { group: 'transform' },
      content: { group: 'transform', parameter: 'strings' },
    },
    positional: [['key-list', 'strings']],
  },
  // RFC 5260.
  date: {
    extension: 'date',
    tags: { ...MATCH, ...INDEX, zone: { group: 'zone', parameter: 'string' }, originalzone: { group: 'zone' } },
    positional: [
      ['header-name', 'string'],
      ['date-part', 'string'],
      ['key-list', 'strings'],
    ],
  },
  currentdate: {
    extension: 'date',
    tags: { ...MATCH, zone: { parameter: 'string' } },
    positional: [
      ['date-part', 'string'],
      ['key-list', 'strings'],
    ],
  },
  // RFC 5229 §5.
  string: {
    extension: 'variables',
    tags: MATCH,
    positional: [
      ['source', 'strings'],
      ['key-list', 'strings'],
    ],
  },
  // RFC 5232 §4.
  hasflag: {
    extension: 'imap4flags',
    tags: MATCH,
    positional: [
      ['variable-list?', 'strings'],
      ['list-of-flags', 'strings'],
    ],
  },
  // RFC 5183 §4.
  environment: {
    extension: 'environment',
    tags: MATCH,
    positional: [
      ['name', 'string'],
      ['key-list', 'strings'],
    ],
  },
  // RFC 5490 §3.1.
  mailboxexists: { extension: 'mailbox', positional: [['mailbox-names', 'strings']] },
  // RFC 5490 §3.3 to §4.2.
  metadata: {
    extension: 'mboxmetadata',
    tags: MATCH,
    positional: [
      ['mailbox', 'string'],
      ['annotation-name', 'string'],
      ['key-list', 'strings'],
    ],
  },
  metadataexists: {
    extension: 'mboxmetadata',
    positional: [
      ['mailbox', 'string'],
      ['annotation-names', 'strings'],
    ],
  },
  servermetadata: {
    extension: 'servermetadata',
    tags: MATCH,
    positional: [
      ['annotation-name', 'string'],
      ['key-list', 'strings'],
    ],
  },
  servermetadataexists: { extension: 'servermetadata', positional: [['annotation-names', 'strings']] },
  // RFC 8579 §3.
  specialuse_exists: {
    extension: 'special-use',
    positional: [
      ['mailbox?', 'string'],
      ['special-use-attrs', 'strings'],
    ],
  },
  // RFC 7352 §3.
  duplicate: {
    extension: 'duplicate',
    tags: {
      handle: { parameter: 'string' },
      header: { group: 'unique', parameter: 'string' },
      uniqueid: { group: 'unique', parameter: 'string' },
      seconds: { parameter: 'number' },
      last: {},
    },
  },
  // RFC 5463 §4.
  ihave: { extension: 'ihave', positional: [['capabilities', 'strings']] },
}
