// Watches over the owner's mail store from this browser: at login, and now and then, it asks for the signed state of the log and checks that it
// goes on from what it saw (docs/formats/jmap-integrity.md §1).

import type { Connection } from '#web/jmap/connection.ts'
import { Observable } from '#web/mail/observable.ts'
import { type IntegrityResponse, type ServerAlarm, type ServerRehearsal, type ServerScrub, checkLog } from './check.ts'
import { NOTHING, type Remembered, recall, remember } from './memory.ts'
import { canVerify } from './note.ts'

const EVERY_MS = 600_000

export class Guard extends Observable {
  readonly #connection: Connection
  #timer: ReturnType<typeof setInterval> | null = null
  #running: Promise<void> | null = null
  remembered: Remembered = NOTHING
  serverAlarms: readonly ServerAlarm[] = []
  /** What the server says; null if it says nothing. */
  scrub: ServerScrub | null = null
  rehearsal: ServerRehearsal | null = null
  /** What this browser can verify; null until it is known. */
  power: 'all' | 'proofs' | 'nothing' | null = null

  constructor(connection: Connection) {
    super()
    this.#connection = connection
  }

  start(): void {
    void this.check()
    this.#timer = setInterval(() => void this.check(), EVERY_MS)
  }

  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer)
  }

  /** What nobody has acknowledged yet, as sentences: found by this browser, and by the server. */
  get alarms(): readonly { readonly text: string; readonly found: string }[] {
    return [
      ...this.remembered.alarms.filter(({ accepted }) => accepted === null),
      ...this.serverAlarms.filter(({ acknowledged }) => acknowledged === null),
    ]
  }

  get hasOwnAlarm(): boolean {
    return this.remembered.alarms.some(({ accepted }) => accepted === null)
  }

  check(): Promise<void> {
    this.#running ??= this.#check()
      // Without a connection there is nothing to say: it is tried again.
      .catch(() => undefined)
      .finally(() => {
        this.#running = null
      })
    return this.#running
  }

  /** The owner says to go on from what is there now. */
  async accept(): Promise<void> {
    const { accountId } = await this.#connection.session()
    const now = new Date().toISOString()
    const alarms = this.remembered.alarms.map((one) => (one.accepted === null ? { ...one, accepted: now } : one))
    await this.#keep(accountId, { ...this.remembered, log: null, alarms })
    await this.check()
  }

  async #check(): Promise<void> {
    const { accountId } = await this.#connection.session()
    this.power ??= await canVerify()
    this.remembered = await recall(accountId)
    const { log, alarms } = this.remembered
    const answers = await this.#connection.call([['Integrity/get', { since: log?.size ?? null }]])
    const answer = answers.of(0) as IntegrityResponse
    this.serverAlarms = answer.alarms
    this.scrub = answer.scrub
    this.rehearsal = answer.rehearsal
    if (this.power !== 'nothing') {
      const checked = await checkLog(answer, log)
      const now = new Date().toISOString()
      if (checked.kind === 'alarm') {
        const isKnown = alarms.some(({ text, accepted }) => accepted === null && text === checked.text)
        const found = { text: checked.text, found: now, accepted: null }
        if (!isKnown) await this.#keep(accountId, { ...this.remembered, alarms: [...alarms, found] })
      } else if (!this.hasOwnAlarm) {
        await this.#keep(accountId, { log: checked.log, alarms, checked: now })
      }
    }
    this.changed()
  }

  async #keep(accountId: string, remembered: Remembered): Promise<void> {
    this.remembered = remembered
    await remember(accountId, remembered)
    this.changed()
  }
}
