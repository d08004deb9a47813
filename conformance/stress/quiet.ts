// When everybody is still: what is there, read by a session of its own, is what the operations explain (settle.ts), and what each client knows.

import { fetchAll, openBox } from './opening.ts'
import { fetchFrom, plain } from './actions.ts'
import { letterOf, tokenOf } from './letter.ts'
import { type Box, Model, textOfFlags } from './model.ts'
import { search } from './searching.ts'
import { Session, type Action, type Answer } from './session.ts'
import { type Listed, type Listing, settle } from './settle.ts'
import { NumberedView } from './view.ts'
import { must } from './violation.ts'
import type { Random } from '../../sim/random.ts'
import type { Server } from '../wire.ts'

/** Twice the same after so long: nothing is under way any more. */
const SETTLED_MOMENTS = 100
/** IDLE tells within this time (15 seconds over sockets), or not. */
const PUSHED_MOMENTS = 7500

export class Keeper implements Disposable {
  readonly #session: Session
  readonly #model: Model

  private constructor(model: Model, server: Server, hasModseq: boolean) {
    this.#model = model
    const kind = { name: 'keeper', needs: [], enables: [] }
    this.#session = new Session(model, hasModseq ? { ...kind, usesModseq: true } : kind, 'keeper', server)
  }

  /** The mailboxes are there, and empty. */
  static async begin(model: Model, server: Server, hasModseq: boolean): Promise<Keeper> {
    using probe = new Keeper(new Model([...model.boxes.keys()]), server, false)
    await probe.#session.connect()
    await probe.#empty()
    model.copiesShareFlags = await probe.#sharesFlags()
    await probe.#empty()
    const keeper = new Keeper(model, server, hasModseq)
    await keeper.#session.connect()
    return keeper
  }

  get lines(): readonly string[] {
    return this.#session.lines
  }

  async #empty(): Promise<void> {
    for (const { name } of this.#model.boxes.values()) {
      await this.#session.perform([plain(`DELETE ${name}`)])
      await this.#must(`CREATE ${name}`)
    }
  }

  /** Found out by asking: is a copy in another mailbox a message of its own? */
  async #sharesFlags(): Promise<boolean> {
    const [from, to] = [...this.#model.boxes.values()] as [Box, Box]
    const letter = letterOf('first')
    const parts = [`APPEND ${from.name} {${letter.length}}`, `${letter}\r\n`]
    await this.#session.perform([{ ...plain('APPEND'), parts }])
    await this.#must(`SELECT ${from.name}`, from)
    await this.#must(`COPY 1 ${to.name}`)
    await this.#must('STORE 1 +FLAGS.SILENT (\\Flagged)')
    let isFlagged = false
    const heard = ({ report }: Answer): void => void (isFlagged = (report.search ?? []).length > 0)
    await this.#must(`SELECT ${to.name}`, to)
    await this.#session.perform([{ ...plain('SEARCH FLAGGED'), done: heard }])
    await this.#must('CLOSE')
    this.#session.leave()
    return isFlagged
  }

  async #must(command: string, opens?: Box): Promise<void> {
    const action: Action = opens === undefined ? plain(command) : { ...plain(command), opens }
    const [response] = await this.#session.perform([action])
    must(response?.status === 'OK', 'RFC 9051 §6', () => `${command}: ${response?.raw}`)
  }

  /** Every mailbox, as the operations explain it. */
  async settled(): Promise<readonly Listing[]> {
    const listings: Listing[] = []
    if (this.#model.isUnsettled) await this.#wait()
    for (const box of this.#model.boxes.values()) {
      let listing = await this.#list(box)
      // Commands of connections that are gone may still be carried out.
      while (this.#model.isUnsettled) {
        const before = JSON.stringify(listing.messages.map(({ uid, flags }) => [uid, textOfFlags(flags)]))
        await this.#wait()
        listing = await this.#list(box)
        if (before === JSON.stringify(listing.messages.map(({ uid, flags }) => [uid, textOfFlags(flags)]))) break
      }
      listings.push(listing)
    }
    settle(this.#model, listings)
    this.#model.isUnsettled = false
    return listings
  }

  async #wait(): Promise<void> {
    for (let left = SETTLED_MOMENTS; left > 0; left--) await this.#session.moment()
  }

  async #list(box: Box): Promise<Listing> {
    const session = this.#session
    const openedAt = this.#model.now()
    let highestModseq = 0
    const examine: Action = {
      ...plain(`EXAMINE ${box.name}`),
      opens: box,
      done: ({ report }) => void (highestModseq = report.highestModseq ?? 0),
    }
    await session.perform([examine])
    const { view } = session
    must(view !== null, 'RFC 9051 §6.3.3', () => 'EXAMINE was refused')
    if (view.count === 0) return { box, messages: [], highestModseq, openedAt }
    const modseq = session.kind.usesModseq === true ? ' MODSEQ' : ''
    const messages: Listed[] = []
    const read = ({ report }: Answer): void => {
      for (const { message, flags, modseq } of view.known()) {
        if (message === null || flags === null) continue
        const bodies = [...report.told].filter(([entry]) => entry.message === message).flatMap(([, told]) => told)
        const body = bodies.find((one) => one.body !== null)?.body ?? ''
        const token = tokenOf(body)
        must(token !== null, 'RFC 9051 §2.3.1.1', () => `${box.name}: UID ${message.uid} is nobody's message: ${body}`)
        messages.push({ uid: message.uid, flags, modseq, token })
      }
    }
    await session.perform([{ ...fetchFrom(1, `FLAGS${modseq} BODY.PEEK[]`), done: read }])
    must(messages.length === view.count, 'RFC 9051 §6.4.5', () => `${messages.length} of ${view.count} were told`)
    const highest = Math.max(0, ...messages.map((one) => one.modseq))
    must(highest <= highestModseq || modseq === '', 'RFC 7162 §3.1.2.1', () => `MODSEQ ${highest} > ${highestModseq}`)
    return { box, messages, highestModseq, openedAt }
  }

  [Symbol.dispose](): void {
    this.#session[Symbol.dispose]()
  }
}

function listingOf(listings: readonly Listing[], box: Box): Listing {
  return listings.find((one) => one.box === box) as Listing
}

/** Brings a client up to date, and compares what it knows with what is there. */
export async function compareAtRest(
  session: Session,
  listings: readonly Listing[],
  main: Box,
  random: Random,
): Promise<void> {
  for (const [message, command] of session.unanswered)
    for (const { box, messages } of listings)
      must(
        !messages.some(({ uid }) => box.messages.get(uid) === message),
        'RFC 9051 §6.4',
        () => `${command} said nothing of UID ${message.uid}, which is there`,
      )
  session.unanswered.clear()
  if (session.view === null) await openBox(session, main, random, true)
  const here = (): Listing => listingOf(listings, session.view?.box ?? main)
  if (session.kind.idles === true && random.chance(0.5)) await waitInIdle(session, here())
  await session.perform([plain('NOOP')])
  compare(session, here())
  if (session.kind.usesQresync === true && random.chance(0.6)) {
    session.disconnect()
    await session.connect()
    await openBox(session, session.memory?.box ?? main, random, false)
    await session.perform([plain('NOOP')])
    compare(session, here())
  }
  if (random.chance(0.5)) await findsSame(session, here(), random)
  if (random.chance(0.5)) await readAgain(session, here())
}

function isUpToDate(session: Session, { messages }: Listing): boolean {
  const { view } = session
  if (view === null || view.count !== messages.length) return false
  const flags = new Map(messages.map((one) => [one.uid, textOfFlags(one.flags)]))
  return view
    .known()
    .every((entry) => entry.flags === null || flags.get(entry.message?.uid ?? 0) === textOfFlags(entry.flags))
}

/** RFC 2177: whoever is in IDLE hears of everything without asking. */
async function waitInIdle(session: Session, listing: Listing): Promise<void> {
  let left = PUSHED_MOMENTS
  await session.idle(() => isUpToDate(session, listing) || left-- === 0)
  must(isUpToDate(session, listing), 'RFC 2177 §3', () => `in IDLE not everything was told`)
}

function compare(session: Session, { box, messages }: Listing): void {
  const view = session.view as NonNullable<Session['view']>
  const where = (): string => `${box.name}, what ${session.name} knows`
  must(view.count === messages.length, 'RFC 9051 §7.4.1', () => {
    const known = view.known().map(({ message }) => message?.uid)
    return `${where()}: ${view.count} messages (${known.join(' ')}), there are ${messages.length} (${messages.map(({ uid }) => uid).join(' ')})`
  })
  const byUid = new Map(messages.map((one) => [one.uid, one]))
  for (const entry of view.known()) {
    const uid = entry.message?.uid ?? 0
    const listed = byUid.get(uid)
    must(listed !== undefined, 'RFC 9051 §7.5.1', () => `${where()}: UID ${uid} is not there`)
    const number = view.numberOf(entry)
    must(
      number === null || messages[number - 1] === listed,
      'RFC 9051 §2.3.1.2',
      () => `${where()}: UID ${uid} is not number ${number}`,
    )
    must(
      entry.flags === null || textOfFlags(entry.flags) === textOfFlags(listed.flags),
      'RFC 9051 §7.5.2',
      () => `${where()}: UID ${uid} ${textOfFlags(entry.flags ?? new Set())}, there ${textOfFlags(listed.flags)}`,
    )
    must(
      session.kind.usesModseq !== true || entry.modseq === 0 || entry.flags === null || entry.modseq === listed.modseq,
      'RFC 7162 §3.2',
      () => `${where()}: UID ${uid} MODSEQ ${entry.modseq}, there ${listed.modseq}`,
    )
  }
  const { context } = session
  if (context === null) return
  const found = messages.filter(({ flags }) => matches(context.key, flags)).map(({ uid }) => uid)
  const kept = [...context.uids].filter((uid) => byUid.has(uid)).toSorted((left, right) => left - right)
  must(found.join() === kept.join(), 'RFC 5267 §4.3', () => `${context.key}: kept ${kept.join()}, are ${found.join()}`)
}

function matches(key: string, flags: ReadonlySet<string>): boolean {
  switch (key) {
    case 'SEEN':
      return flags.has('\\Seen')
    case 'UNSEEN':
      return !flags.has('\\Seen')
    case 'FLAGGED':
      return flags.has('\\Flagged')
    case 'UNDELETED':
      return !flags.has('\\Deleted')
    default:
      return flags.has('k1')
  }
}

async function findsSame(session: Session, { messages }: Listing, random: Random): Promise<void> {
  const key = random.pick(['SEEN', 'UNSEEN', 'FLAGGED', 'UNDELETED', 'KEYWORD k1'])
  const byUid = session.hearsAnytime || session.kind.usesUidsOnly === true || random.chance(0.5)
  const expected = messages.flatMap(({ uid, flags }, at) => (matches(key, flags) ? [byUid ? uid : at + 1] : []))
  const found = (numbers: readonly number[] | null): void => {
    const sorted = [...(numbers ?? [])].toSorted((left, right) => left - right)
    must(
      sorted.join() === expected.join(),
      'RFC 9051 §6.4.4',
      () => `${key}: found ${sorted.join()}, are ${expected.join()}`,
    )
  }
  await session.perform([search(session, { key, byUid, returns: null }, found)])
}

/** Within the session that stood open: the same; and what CHANGEDSINCE tells is what has changed since (RFC 7162 §3.1.4.1). */
async function readAgain(session: Session, listing: Listing): Promise<void> {
  const view = session.view as NonNullable<Session['view']>
  if (view.count === 0) return
  if (session.kind.usesModseq === true && view instanceof NumberedView) {
    const { messages } = listing
    const since =
      messages.map(({ modseq }) => modseq).toSorted((left, right) => left - right)[messages.length >>> 1] ?? 1
    const changed = messages.filter(({ modseq }) => modseq > since).map(({ uid }) => uid)
    const done = ({ report }: Answer): void => {
      const told = [...report.told.keys()]
        .map(({ message }) => message?.uid ?? 0)
        .toSorted((left, right) => left - right)
      must(
        told.join() === changed.join(),
        'RFC 7162 §3.1.4.1',
        () => `CHANGEDSINCE ${since} told ${told.join()}, changed are ${changed.join()}`,
      )
    }
    const last = messages.at(-1)?.uid ?? 1
    const text = `UID FETCH 1:${last} (FLAGS) (CHANGEDSINCE ${since})`
    await session.perform([{ ...plain(text), name: 'UID FETCH', done }])
  }
  await session.perform([fetchAll(session)])
  must(view.known().length === view.count, 'RFC 9051 §6.4.5', () => `${view.known().length} of ${view.count} were told`)
  compare(session, listing)
}
