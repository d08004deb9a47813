// What whoever asks may do: the owner everything; an app password what its owner gave it (docs/formats/jmap-keys.md §1). Whatever is not named here as
// reading changes something.

import { INTEGRITY, CORE, type Capability, MAIL, SUBMISSION } from './capabilities.ts'
import { MethodFailure } from './failure.ts'
import type { Method } from './method.ts'

export interface Access {
  /** `full`, `readOnly`: of an app password. */
  readonly kind: 'owner' | 'full' | 'readOnly'
  /** It was revoked, or its time is over: nothing more is done. */
  readonly isOver: boolean
  /** The host's own: what came in by it. */
  readonly origin?: object
}

/** With the owner's own password. */
export const OWNER_ACCESS: Access = { kind: 'owner', isOver: false }

/** What app passwords have: the account as it is. Who can open it, and what it was, is for its owner. */
const FOR_ALL: ReadonlySet<Capability> = new Set([CORE, MAIL, SUBMISSION, INTEGRITY])

const READING: ReadonlySet<string> = new Set([
  'Core/echo',
  'Blob/copy',
  'Mailbox/get',
  'Mailbox/changes',
  'Mailbox/query',
  'Mailbox/queryChanges',
  'Thread/get',
  'Thread/changes',
  'Email/get',
  'Email/changes',
  'Email/query',
  'Email/queryChanges',
  'Email/parse',
  'SearchSnippet/get',
  'Identity/get',
  'Identity/changes',
  'EmailSubmission/get',
  'EmailSubmission/changes',
  'EmailSubmission/query',
  'EmailSubmission/queryChanges',
  'Integrity/get',
  'Integrity/prove',
])

export function mayUseCapability({ kind }: Access, capability: Capability): boolean {
  return kind === 'owner' || FOR_ALL.has(capability)
}

/** Throws MethodFailure. */
export function checkAccess(access: Access, { name, capability }: Method): void {
  if (access.isOver) throw new MethodFailure('forbidden', 'The password was revoked, or is another now')
  // RFC 8620 §3.6.2.
  if (!mayUseCapability(access, capability)) throw new MethodFailure('accountNotSupportedByMethod')
  if (access.kind === 'readOnly' && !READING.has(name)) throw new MethodFailure('accountReadOnly')
}
