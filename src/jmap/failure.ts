// Errors of one method call (RFC 8620 §3.6.2) and of one object (§5.3). Both are expected outcomes: a failure is thrown by whoever finds it, and
// becomes an `error` response, or an entry of notCreated, notUpdated or notDestroyed, at the edge of the method or of the object.

export type MethodErrorType =
  | 'serverUnavailable'
  | 'serverFail'
  | 'serverPartialFail'
  | 'unknownMethod'
  | 'invalidArguments'
  | 'invalidResultReference'
  | 'forbidden'
  | 'accountNotFound'
  | 'accountNotSupportedByMethod'
  | 'accountReadOnly'
  | 'requestTooLarge'
  | 'stateMismatch'
  | 'cannotCalculateChanges'
  | 'tooManyChanges'
  | 'anchorNotFound'
  | 'unsupportedSort'
  | 'unsupportedFilter'
  | 'fromAccountNotFound'
  /** Of docs/formats/jmap-restore.md §1. */
  | 'tooEarly'
  | 'notFound'
  | 'journalDamaged'
  /** Of docs/formats/jmap-keys.md §3. */
  | 'wrongPassword'
  | 'rateLimit'
  /** Of docs/formats/jmap-recovery.md §1. */
  | 'meansRefused'

export class MethodFailure extends Error {
  override name = 'MethodFailure'
  readonly type: MethodErrorType

  constructor(type: MethodErrorType, description = '') {
    super(description)
    this.type = type
  }

  /** The arguments of the `error` response. */
  toResponse(): Record<string, unknown> {
    return this.message === '' ? { type: this.type } : { type: this.type, description: this.message }
  }
}

export type SetErrorType =
  | 'forbidden'
  | 'overQuota'
  | 'tooLarge'
  | 'rateLimit'
  | 'notFound'
  | 'invalidPatch'
  | 'willDestroy'
  | 'invalidProperties'
  | 'alreadyExists'
  | 'mailboxHasChild'
  | 'mailboxHasEmail'
  | 'blobNotFound'
  | 'tooManyKeywords'
  | 'tooManyMailboxes'
  | 'invalidEmail'
  | 'tooManyRecipients'
  | 'noRecipients'
  | 'invalidRecipients'
  | 'forbiddenMailFrom'
  | 'forbiddenFrom'
  | 'forbiddenToSend'
  | 'cannotUnsend'
  | 'serverUnavailable'

export interface SetError {
  readonly type: SetErrorType
  readonly [property: string]: unknown
}

export class SetFailure extends Error {
  override name = 'SetFailure'
  readonly error: SetError

  constructor(type: SetErrorType, properties: Record<string, unknown> = {}) {
    super(type)
    this.error = { type, ...properties }
  }
}

export function invalidProperties(properties: Iterable<string>, description?: string): SetFailure {
  const listed = [...new Set(properties)]
  return new SetFailure('invalidProperties', {
    properties: listed,
    ...(description === undefined ? {} : { description }),
  })
}
