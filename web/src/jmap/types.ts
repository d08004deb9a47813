// The objects of JMAP that these pages use (RFC 8620, RFC 8621), with the properties that they ask for.

export type Id = string

export type MailboxRole = 'inbox' | 'drafts' | 'sent' | 'archive' | 'junk' | 'trash' | 'flagged' | 'important' | 'all'

export interface Mailbox {
  readonly id: Id
  readonly name: string
  readonly parentId: Id | null
  readonly role: MailboxRole | null
  readonly sortOrder: number
  readonly totalEmails: number
  readonly unreadEmails: number
  readonly totalThreads: number
  readonly unreadThreads: number
  readonly myRights: {
    readonly maySetSeen: boolean
    readonly mayRename: boolean
    readonly mayDelete: boolean
    readonly mayCreateChild: boolean
  }
}

export interface Address {
  readonly name: string | null
  readonly email: string
}

/** What lists and headers of conversations show. */
export interface Email {
  readonly id: Id
  readonly blobId: Id
  readonly threadId: Id
  readonly mailboxIds: Readonly<Record<Id, true>>
  readonly keywords: Readonly<Record<string, true>>
  readonly size: number
  readonly receivedAt: string
  readonly sentAt: string | null
  readonly from: readonly Address[] | null
  readonly to: readonly Address[] | null
  readonly cc: readonly Address[] | null
  readonly bcc: readonly Address[] | null
  readonly replyTo: readonly Address[] | null
  readonly subject: string | null
  readonly hasAttachment: boolean
  readonly preview: string
  readonly messageId: readonly string[] | null
  readonly inReplyTo: readonly string[] | null
  readonly references: readonly string[] | null
}

export const EMAIL_PROPERTIES: readonly (keyof Email)[] = [
  'id',
  'blobId',
  'threadId',
  'mailboxIds',
  'keywords',
  'size',
  'receivedAt',
  'sentAt',
  'from',
  'to',
  'cc',
  'bcc',
  'replyTo',
  'subject',
  'hasAttachment',
  'preview',
  'messageId',
  'inReplyTo',
  'references',
]

export interface BodyPart {
  readonly partId: string | null
  readonly blobId: Id | null
  readonly size: number
  readonly name: string | null
  readonly type: string
  readonly charset: string | null
  readonly disposition: string | null
  readonly cid: string | null
}

export const BODY_PART_PROPERTIES: readonly (keyof BodyPart)[] = [
  'partId',
  'blobId',
  'size',
  'name',
  'type',
  'charset',
  'disposition',
  'cid',
]

interface BodyValue {
  readonly value: string
  readonly isEncodingProblem: boolean
  readonly isTruncated: boolean
}

/** What is read of a message when it is opened. */
export interface EmailBody {
  readonly id: Id
  readonly textBody: readonly BodyPart[]
  readonly htmlBody: readonly BodyPart[]
  readonly attachments: readonly BodyPart[]
  readonly bodyValues: Readonly<Record<string, BodyValue>>
}

export interface Thread {
  readonly id: Id
  readonly emailIds: readonly Id[]
}

export interface Identity {
  readonly id: Id
  readonly name: string
  readonly email: string
  readonly textSignature: string
  readonly mayDelete: boolean
}

/** RFC 8621 §4.4.1. */
export interface FilterCondition {
  readonly inMailbox?: Id
  readonly inMailboxOtherThan?: readonly Id[]
  readonly before?: string
  readonly after?: string
  readonly minSize?: number
  readonly maxSize?: number
  readonly hasKeyword?: string
  readonly notKeyword?: string
  readonly hasAttachment?: boolean
  readonly text?: string
  readonly from?: string
  readonly to?: string
  readonly cc?: string
  readonly subject?: string
  readonly body?: string
}

export type Filter =
  | FilterCondition
  | { readonly operator: 'AND' | 'OR' | 'NOT'; readonly conditions: readonly Filter[] }

export interface GetResponse<T> {
  readonly state: string
  readonly list: readonly T[]
  readonly notFound: readonly Id[]
}

export interface ChangesResponse {
  readonly oldState: string
  readonly newState: string
  readonly hasMoreChanges: boolean
  readonly created: readonly Id[]
  readonly updated: readonly Id[]
  readonly destroyed: readonly Id[]
}

export interface QueryResponse {
  readonly queryState: string
  readonly canCalculateChanges: boolean
  readonly position: number
  readonly ids: readonly Id[]
  readonly total?: number
}

export interface QueryChangesResponse {
  readonly oldQueryState: string
  readonly newQueryState: string
  readonly total?: number
  readonly removed: readonly Id[]
  readonly added: readonly { readonly id: Id; readonly index: number }[]
}

export interface SetError {
  readonly type: string
  readonly description?: string | null
  readonly properties?: readonly string[] | null
}

export interface SetResponse {
  readonly oldState: string | null
  readonly newState: string
  readonly created?: Readonly<Record<string, { readonly id: Id; readonly blobId?: Id; readonly threadId?: Id }>> | null
  readonly notCreated?: Readonly<Record<string, SetError>> | null
  readonly notUpdated?: Readonly<Record<Id, SetError>> | null
  readonly notDestroyed?: Readonly<Record<Id, SetError>> | null
}
