// What a run may ask of whoever runs the script. Nothing of it changes anything.

import type { Octets } from '#message/part.ts'
import type { Compiled } from './compile.ts'

export interface SieveHost {
  /** The time at which everything happens, in milliseconds since the Unix epoch. */
  readonly now: number
  /** RFC 5228 §5.4. Null: it is not known. `from` is empty for the null reverse-path. */
  readonly envelope: { readonly from: Octets | null; readonly to: Octets | null }
  /** RFC 5490 §3.1: a path, as text. */
  mailboxExists(path: string): boolean
  /** Whether a new mailbox may have that path. */
  mayCreate(path: string): boolean
  /** RFC 8579: the path of the mailbox that has the attribute, as `\Junk`. */
  specialUse(attribute: string): string | null
  /** RFC 5490 §3.3 and §4.1: an annotation of a mailbox, or of the account if `path` is null. `name` in lower case. */
  annotation(path: string | null, name: string): Octets | null
  /** RFC 5183. */
  environment(name: string): Octets | null
  /** RFC 7352: seen by an earlier run. */
  isDuplicate(handle: Octets, uniqueId: Octets): boolean
  /** RFC 6609: a script of the owner's. */
  script(name: string): Compiled | null
}
