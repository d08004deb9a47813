// What the server says it can do (RFC 9051 §6.1.1, §7.2.2). Only what is complete is named.

const COMMON = ['IMAP4rev1', 'IMAP4rev2', 'LITERAL+', 'ID', 'ENABLE', 'SASL-IR'] as const

const AFTER_LOGIN = [
  'IDLE',
  'NOTIFY',
  'NAMESPACE',
  'UIDPLUS',
  'MOVE',
  'UNSELECT',
  'CHILDREN',
  'SPECIAL-USE',
  'CREATE-SPECIAL-USE',
  'LIST-EXTENDED',
  'LIST-STATUS',
  'STATUS=SIZE',
  'CONDSTORE',
  'QRESYNC',
  'UIDONLY',
  'ESEARCH',
  'SEARCHRES',
  'SORT',
  'SORT=DISPLAY',
  'ESORT',
  'MULTISEARCH',
  'PARTIAL',
  'CONTEXT=SEARCH',
  'CONTEXT=SORT',
  'THREAD=ORDEREDSUBJECT',
  'THREAD=REFERENCES',
  'WITHIN',
  'BINARY',
  'OBJECTID',
  'APPENDLIMIT',
  'MULTIAPPEND',
  'CATENATE',
  'REPLACE',
  'PREVIEW',
  'SAVEDATE',
  'ACL',
  // RFC 4314 §2.2: the rights that its predecessor did not have.
  'RIGHTS=kxte',
  'LIST-MYRIGHTS',
  'QUOTA',
  'QUOTA=RES-STORAGE',
  'METADATA',
  'FILTERS',
  'COMPRESS=DEFLATE',
  'INPROGRESS',
] as const

export const sessionCapabilities: string = [...COMMON, ...AFTER_LOGIN].join(' ')

export interface PreauthSituation {
  /** The connection is encrypted, or does not leave this machine: passwords may be sent. */
  readonly isConfidential: boolean
  readonly canStartTls: boolean
}

export function preauthCapabilities({ isConfidential, canStartTls }: PreauthSituation): string {
  const mechanisms = isConfidential ? ['AUTH=PLAIN', 'AUTH=LOGIN'] : ['LOGINDISABLED']
  return [...COMMON, ...(canStartTls ? ['STARTTLS'] : []), ...mechanisms].join(' ')
}
