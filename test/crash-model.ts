// What clients were told, and so what must be there, whatever was killed in between.

import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'

/** A message that a client tries to get stored. */
export interface Offered {
  readonly id: string
  readonly bytes: Buffer
  /** Addresses of the accounts that shall have it. */
  readonly accounts: readonly string[]
  /** Appended: where it was said to be. */
  uid: number | null
  /** Somebody was told that it is stored. */
  isAcknowledged: boolean
  /** Attempts of which nobody knows the outcome. */
  lost: number
  /** What its flags may be: one set, or several if nobody knows whether the last change was made. */
  flags: ReadonlySet<string>[]
  /** What was asked of it and answered, for whoever has to find a mistake. */
  readonly history: string[]
}

/** A mailbox as it is read back. */
export interface Seen {
  readonly uidValidity: number
  readonly uidNext: number
  readonly messages: readonly { readonly uid: number; readonly flags: ReadonlySet<string>; readonly bytes: Buffer }[]
}

const ID = /^X-Crash-Id: ([\w-]+)\r\n/m

export class CrashModel {
  readonly offered = new Map<string, Offered>()
  acknowledgements = 0
  readonly #before = new Map<
    string,
    { readonly uidValidity: number; readonly uidNext: number; readonly uids: Map<number, string> }
  >()

  offer(id: string, bytes: Buffer, accounts: readonly string[]): Offered {
    const offered: Offered = { id, bytes, accounts, uid: null, isAcknowledged: false, lost: 0, flags: [], history: [] }
    this.offered.set(id, offered)
    return offered
  }

  acknowledged(offered: Offered): void {
    offered.isAcknowledged = true
    this.acknowledgements++
  }

  /** A change of flags is asked for. `outcome`: it was acknowledged, or nobody knows. */
  changed(
    offered: Offered,
    change: (flags: ReadonlySet<string>) => ReadonlySet<string>,
    outcome: 'done' | 'lost',
  ): void {
    offered.history.push(outcome)
    const changed = offered.flags.map(change)
    offered.flags = outcome === 'done' ? changed : [...offered.flags, ...changed]
    if (outcome === 'done') this.acknowledgements++
  }

  /** Ids of what was acknowledged and is not there. */
  missing(account: string, seen: Seen): string[] {
    const ids = new Set(seen.messages.map(({ bytes }) => idOf(bytes)))
    return [...this.offered.values()]
      .filter(({ id, accounts, isAcknowledged }) => isAcknowledged && accounts.includes(account) && !ids.has(id))
      .map(({ id }) => id)
  }

  /** The account's INBOX has what it must have, and nothing else. */
  check(account: string, seen: Seen): void {
    const counts = new Map<string, number>()
    const uids = new Map<number, string>()
    for (const { uid, flags, bytes } of seen.messages) {
      assert(!uids.has(uid) && uid < seen.uidNext, `UID ${uid} of ${account}`)
      const id = idOf(bytes)
      uids.set(uid, id ?? digestOf(bytes))
      // The message that welcomes a new account.
      if (id === undefined) continue
      const offered = this.offered.get(id)
      assert(offered !== undefined && offered.accounts.includes(account), `${account} has what was for others: ${id}`)
      counts.set(id, (counts.get(id) ?? 0) + 1)
      checkContent(offered, bytes)
      if (offered.uid !== uid) continue
      checkFlags(offered, flags)
      offered.flags = [flags]
      offered.history.push(`seen with ${textOf(flags)}`)
    }
    for (const offered of this.offered.values()) {
      if (!offered.accounts.includes(account)) continue
      const count = counts.get(offered.id) ?? 0
      const where = `${offered.id} in ${account}, acknowledged: ${offered.isAcknowledged}, lost: ${offered.lost}`
      assert(!offered.isAcknowledged || count >= 1, `lost: ${where}`)
      assert(count <= offered.lost + (offered.isAcknowledged ? 1 : 0), `${count} times: ${where}`)
      if (offered.uid !== null) assert.equal(uids.get(offered.uid), offered.id, `UID ${offered.uid}: ${where}`)
    }
    this.#compare(account, seen, uids)
  }

  /** With how it was when it was read last. */
  #compare(account: string, { uidValidity, uidNext }: Seen, uids: Map<number, string>): void {
    const before = this.#before.get(account)
    if (before !== undefined) {
      assert.equal(uidValidity, before.uidValidity)
      assert(uidNext >= before.uidNext)
      for (const [uid, id] of before.uids) assert.equal(uids.get(uid), id, `UID ${uid} is what it was`)
      for (const uid of uids.keys())
        assert(before.uids.has(uid) || uid >= before.uidNext, `UID ${uid} is not used again`)
    }
    this.#before.set(account, { uidValidity, uidNext, uids })
  }
}

function idOf(bytes: Buffer): string | undefined {
  return ID.exec(bytes.toString('latin1', 0, 4_096))?.[1]
}

function checkContent({ id, bytes }: Offered, stored: Buffer): void {
  // What was delivered has trace fields before it.
  const sent = stored.subarray(Math.max(0, stored.length - bytes.length))
  assert(sent.equals(bytes), `${id} is not what was sent`)
  const trace = stored.subarray(0, stored.length - bytes.length).toString('latin1')
  assert.match(trace, /^(?:Return-Path: .*\r\nDelivered-To: .*\r\nReceived: .*\r\n(?:[ \t].*\r\n)*)?$/, id)
}

function checkFlags({ id, flags, history }: Offered, seen: ReadonlySet<string>): void {
  const allowed = flags.map(textOf)
  const story = history.slice(-8).join('; ')
  assert(allowed.includes(textOf(seen)), `flags of ${id}: ${textOf(seen)}, not ${allowed.join(' or ')}: ${story}`)
}

function textOf(flags: ReadonlySet<string>): string {
  return [...flags].toSorted().join(' ')
}

function digestOf(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex')
}
