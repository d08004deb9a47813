// An account with some dozens of messages in mailboxes with difficult names, in a log of many small segments with parity; and what its owner had in it.

import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import type { Seq } from '#base/ids.ts'
import { type Fixture, makeFixture } from '#account/account-fixture.ts'
import type { OpenAccount } from '#account/open-account.ts'
import { INBOX } from '#account/state.ts'
import type { LedgerLimits } from '#ledger/limits.ts'
import { systemDisk } from '#platform/disk.ts'
import { type SalvageOptions, type SalvageReport, salvage } from './salvage.ts'

export const MESSAGES = 60
const SMALL: Partial<LedgerLimits> = {
  journalBytes: 256 * 1024,
  segmentBytes: 24 * 1024,
  inlineBytes: 20 * 1024,
  groupBytes: 64 * 1024,
  appendBytes: 128 * 1024,
  checkpointDelayMs: 1,
}

export interface OriginalMessage {
  readonly record: number
  readonly bytes: Buffer
  readonly segment: string
  readonly start: number
  readonly end: number
}

export class SalvageFixture implements Disposable {
  readonly directory = fs.mkdtempSync(path.join(os.tmpdir(), 'mailkeep-salvage-'))
  made!: Fixture
  originals: OriginalMessage[] = []
  /** By `mailbox uid`, of each message that is somewhere: which of `originals`, with flags. */
  readonly places = new Map<string, { readonly number: number; readonly flags: readonly string[] }>()
  #cases = 0

  static async make(): Promise<SalvageFixture> {
    const fixture = new SalvageFixture()
    const encode = (): null => null
    const failed = (error: unknown): never => {
      throw error
    }
    fixture.made = await makeFixture(`${fixture.directory}/made`, {
      quick: true,
      ledger: { limits: SMALL, parity: { percent: 10, encode, failed } },
    })
    await fixture.#fill()
    return fixture
  }

  async #fill(): Promise<void> {
    const { made } = this
    const messages = Array.from({ length: MESSAGES }, (_, number) => messageOf(number))
    for (let at = 0; at < MESSAGES; at += 20) await made.deliver(...messages.slice(at, at + 20))
    const account = await made.open()
    await account.filed()
    await use(account)
    await made.deliver(messageOf(MESSAGES))
    await account.filed()
    this.#note(account)
    await account.close()
    // Filed nowhere yet: it came while the account was locked.
    await made.deliver(messageOf(MESSAGES + 1))
    await made.log.settled((made.ledger.size(made.id) - 1) as Seq)
    await new Promise((resolve) => setTimeout(resolve, 200))
    await made.ledger.close()
    const all = [...messages, messageOf(MESSAGES), messageOf(MESSAGES + 1)]
    let number = 0
    for (const { header, location } of made.reader.records({ seq: 0 as Seq, location: null })) {
      if (location === null || header.kind !== 'mail') continue
      const segment = `segments/${location.segment.toString(16).padStart(16, '0')}.seg`
      const [start, end] = [location.offset, location.offset + 128 + header.payloadLength]
      this.originals.push({ record: header.seq, bytes: all[number++] as Buffer, segment, start, end })
    }
  }

  #note(account: OpenAccount): void {
    for (const { id, path: name } of account.mailboxes()) {
      const view = account.view(id)
      for (let index = 0; index < (view?.count ?? 0); index++) {
        const subject = account.summary(view?.emails[index] as never)?.subject ?? ''
        const { keywords, deleted } = account.flagSet(view?.flags[index] as number)
        const flags = [...keywords.map((keyword) => keyword), ...(deleted ? ['deleted'] : [])]
        this.places.set(`${name} ${view?.uids[index]}`, { number: Number(/^number (\d+)$/.exec(subject)?.[1]), flags })
      }
    }
  }

  /** Below the account's directory. */
  file(ledger: string, name: string): string {
    const { id } = this.made
    return `${ledger}/accounts/${id.slice(0, 2)}/${id}/${name}`
  }

  /** A copy of the ledger, to be damaged, and a directory for its export. */
  copy(): { readonly ledger: string; readonly target: string } {
    const at = `${this.directory}/case-${++this.#cases}`
    fs.cpSync(`${this.made.directory}/ledger`, `${at}/ledger`, { recursive: true })
    return { ledger: `${at}/ledger`, target: `${at}/export` }
  }

  run(ledger: string, target: string, options: Partial<SalvageOptions> = {}): Promise<SalvageReport> {
    systemDisk.makeDirectory(target)
    return salvage({
      disk: systemDisk,
      ledger,
      account: this.made.id,
      root: this.made.root,
      directory: target,
      format: 'eml',
      expunged: false,
      progress: () => undefined,
      pause: () => Promise.resolve(),
      ...options,
    })
  }

  [Symbol.dispose](): void {
    this.made.root[Symbol.dispose]()
    this.made.reader[Symbol.dispose]()
    fs.rmSync(this.directory, { recursive: true, force: true })
  }
}

/** Some of one sector, some of several blocks; with lines that mbox files have to quote. */
function messageOf(number: number): Buffer {
  const text = `From the ${number}th day on\r\n>From here\r\nsome words of message ${number}. `.repeat(
    1 + ((number * 37) % 90),
  )
  return Buffer.from(
    `From: ann@example.org\r\nTo: bob@example.net\r\nSubject: number ${number}\r\nDate: Mon, 2 Mar 2026 10:${String(number % 60).padStart(2, '0')}:00 +0000\r\nMessage-ID: <${number}@example.org>\r\n\r\n${text}${number % 3 === 0 ? '' : '\r\n'}`,
  )
}

async function use(account: OpenAccount): Promise<void> {
  const names = ['Work', 'Grüße', '.hidden', 'con', 'unfiled', '0000000001.eml', 'a%b:c', 'work']
  const created: number[] = []
  for (const [at, name] of names.entries()) {
    const parent = at === 5 ? (created[0] as never) : null
    const [outcome] = await account.commit([
      { kind: 'createMailbox', parent, name, role: null, uidValidity: 7, subscribed: true },
    ])
    if (outcome?.applied !== true) throw new Error(`not created: ${name}`)
    created.push(outcome.mailbox as number)
  }
  const move = (first: number, last: number, to: number): unknown =>
    account.commit([{ kind: 'move', from: INBOX, set: [[first, last]], to: to as never }])
  for (const [at, mailbox] of created.entries()) await move(1 + 3 * at, 3 + 3 * at, mailbox)
  const flag = (first: number, last: number, keywords: string[]): unknown =>
    account.commit([
      { kind: 'changeKeywords', mailbox: INBOX, set: [[first, last]], mode: 'add', keywords, unchangedSince: null },
    ])
  await flag(30, 40, ['$seen'])
  await flag(38, 45, ['$flagged', '$label1', 'todo'])
  await account.commit([{ kind: 'addToMailbox', from: INBOX, set: [[41, 43]], to: created[0] as never }])
  await account.commit([{ kind: 'markDeleted', mailbox: INBOX, set: [[44, 44]], deleted: true, unchangedSince: null }])
  await account.commit([{ kind: 'remove', mailbox: INBOX, set: [[50, 52]] }])
  await account.commit([
    { kind: 'set', key: 'contacts/1', value: { name: 'Bob', key: Buffer.from('key') } },
    { kind: 'set', key: 'colour', value: 'green' },
  ])
}
