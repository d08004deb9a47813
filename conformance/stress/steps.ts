// What a client does next, at random.

import type { Random } from '../../sim/random.ts'
import * as say from './actions.ts'
import { letterOf } from './letter.ts'
import type { Box } from './model.ts'
import { fetchAll, openBox } from './opening.ts'
import { search } from './searching.ts'
import type { Action, Session } from './session.ts'
import type { Entry, View } from './view.ts'

const FLAGS = ['\\Seen', '\\Flagged', '\\Answered', '\\Draft', '\\Deleted', '\\Deleted', 'k1', '$Forwarded']
const KEYS = [
  'ALL',
  'SEEN',
  'UNSEEN',
  'FLAGGED',
  'DELETED',
  'UNDELETED',
  'KEYWORD k1',
  'NOT KEYWORD k1',
  'OR SEEN FLAGGED',
]

export interface Surroundings {
  readonly main: Box
  readonly other: Box
  readonly capabilities: ReadonlySet<string>
  /** A mailbox of so many is not made larger. */
  readonly messagesMax: number
  /** How long a client stays in IDLE, at most. */
  readonly idleMoments: number
}

export class Walker {
  readonly session: Session
  readonly #random: Random
  readonly #around: Surroundings
  #tokens = 0

  constructor(session: Session, random: Random, around: Surroundings) {
    this.session = session
    this.#random = random
    this.#around = around
  }

  async begin(): Promise<void> {
    await this.session.connect()
    await openBox(this.session, this.#around.main, this.#random, true)
  }

  async step(): Promise<void> {
    const { session } = this
    const { view } = session
    if (view === null) return openBox(session, this.#box(0.9), this.#random, false)
    if (view.known().length < view.count && this.#random.chance(0.7)) return this.#perform([this.#learn(view)])
    const roll = this.#random.below(100)
    const isWanderer = session.kind.usesQresync === true
    if (roll < (isWanderer ? 8 : 3)) return this.#drop(view)
    if (roll < (isWanderer ? 10 : 6)) return this.#leave(view)
    if (roll < 14 && session.kind.idles === true) return this.#idle()
    if (roll < 26) return this.#perform(this.#pipeline(view))
    return this.#perform([this.#action(view)])
  }

  async #perform(actions: readonly Action[]): Promise<void> {
    await this.session.perform(actions)
  }

  #box(mainly: number): Box {
    return this.#random.chance(mainly) ? this.#around.main : this.#around.other
  }

  /** Without message numbers: after NOTIFY they may shift at any time (RFC 5465 §5.2), and after UIDONLY there are none. */
  get #usesUids(): boolean {
    const { hearsAnytime, kind } = this.session
    return hearsAnytime || kind.usesUidsOnly === true || this.#random.chance(0.5)
  }

  #learn(view: View): Action {
    const items = this.session.kind.usesModseq === true ? 'UID FLAGS MODSEQ' : 'UID FLAGS'
    if (!this.#usesUids && view.count > 0) return say.fetchNumbers(1, view.count, items)
    return fetchAll(this.session)
  }

  /** Null if it knows none. */
  #target(view: View, byUid: boolean, most = 4): say.Target | null {
    const known = view.known()
    if (known.length === 0) return null
    const entries = new Set<Entry>()
    for (let left = 1 + this.#random.below(most); left > 0; left--) entries.add(this.#random.pick(known))
    return { entries: [...entries], byUid }
  }

  #action(view: View): Action {
    const byUid = this.#usesUids
    const roll = this.#random.below(100)
    const isFull = view.count >= this.#around.messagesMax
    if (roll < 20) return isFull ? this.#expunge(view) : this.#append()
    if (roll < 24) return this.#noop()
    if (roll < 30) return this.#expunge(view)
    if (roll < 40) return this.#search(byUid)
    if (roll < 42 && !this.session.hearsAnytime && this.session.kind.usesUidsOnly !== true) return say.fetchBeyond(view)
    const target = this.#target(view, byUid)
    if (target === null) return this.#append()
    if (roll < 65) return this.#store(view, target)
    if (roll < 90) return this.#fetch(view, target)
    return this.#transfer(view, target)
  }

  /** IMAP4rev2 has no CHECK. */
  #noop(): Action {
    return say.plain(this.session.kind.name === 'rev2' || this.#random.chance(0.8) ? 'NOOP' : 'CHECK')
  }

  /** Commands by numbers only among those during which numbers do not shift (RFC 9051 §5.5). */
  #pipeline(view: View): readonly Action[] {
    const byUid = this.#usesUids
    // Of two that search, nobody could tell which answer is whose.
    let searches = 0
    const one = (): Action | null => {
      const target = this.#target(view, byUid)
      const roll = this.#random.below(byUid ? 100 : 60)
      if (target === null || roll < 10) return byUid ? this.#noop() : searches++ > 0 ? null : this.#search(false)
      if (roll < 35) return this.#store(view, target)
      if (roll < 60) return this.#fetch(view, target)
      if (roll < 70) return searches++ > 0 ? null : this.#search(true)
      if (roll < 80) return this.#append(false)
      return roll < 90 ? this.#expunge(view) : this.#transfer(view, target)
    }
    const all = Array.from({ length: 2 + this.#random.below(3) }, one).filter((action) => action !== null)
    return all.length > 0 ? all : [this.#search(byUid)]
  }

  #someFlags(): readonly string[] {
    return [...new Set(Array.from({ length: this.#random.below(3) }, () => this.#random.pick(FLAGS)))]
  }

  #token(): string {
    return `${this.session.name}.${++this.#tokens}`
  }

  #append(mayWait = true): Action {
    const { capabilities } = this.#around
    const waits = !capabilities.has('LITERAL+') || (mayWait && this.#random.chance(0.4))
    const count = capabilities.has('MULTIAPPEND') && this.#random.chance(0.2) ? 2 : 1
    const letters = Array.from({ length: count }, () => ({ token: this.#token(), flags: this.#someFlags() }))
    return say.append(this.#box(0.85), letters, waits)
  }

  #expunge(view: View): Action {
    if (this.session.kind.usesUidsOnly !== true && this.#random.chance(0.6)) return say.expunge(view, null)
    const target = this.#target(view, true, 8)
    const uids = target?.entries.flatMap(({ message }) => (message === null ? [] : [message.uid])) ?? []
    return say.expunge(view, uids.length === 0 ? null : uids, uids.length === 0 ? 'EXPUNGE' : 'UID EXPUNGE')
  }

  #search(byUid: boolean): Action {
    const { kind } = this.session
    const canReturn = this.#around.capabilities.has('ESEARCH')
    const likes = kind.usesContext === true ? 0.8 : 0.3
    const returns =
      canReturn && this.#random.chance(likes) ? this.#random.pick(['ALL', 'COUNT', 'ALL COUNT', 'MIN MAX ALL']) : null
    return search(this.session, { key: this.#random.pick(KEYS), byUid, returns })
  }

  #store(view: View, target: say.Target): Action {
    const random = this.#random
    const isConditional = this.session.kind.usesModseq === true && random.chance(0.5)
    const modseqs = target.entries.map(({ modseq }) => modseq).filter((modseq) => modseq > 0)
    const since = modseqs.length === 0 ? view.box.modseqMax : random.pick(modseqs)
    return say.store(this.session, view, target, {
      sign: random.pick(['+', '+', '-', '='] as const),
      flags: [random.pick(FLAGS), ...this.#someFlags()].filter((flag, at, all) => all.indexOf(flag) === at),
      isSilent: random.chance(0.4),
      unchangedSince: isConditional ? since : null,
    })
  }

  #fetch(view: View, target: say.Target): Action {
    const { usesModseq, usesQresync, usesUidsOnly } = this.session.kind
    const choices: say.Fetching[] = [
      { items: 'FLAGS', wants: 'flags' },
      { items: 'UID FLAGS', wants: 'flags' },
      { items: 'UID BODY.PEEK[]', wants: 'body' },
      { items: 'UID BODY[]', wants: 'body', setsSeen: true },
    ]
    if (usesModseq === true) {
      const since = Math.max(1, view.box.modseqMax - this.#random.below(6))
      choices.push({ items: 'FLAGS MODSEQ', wants: 'flags' })
      choices.push({ items: 'FLAGS', wants: null, modifier: ` (CHANGEDSINCE ${since})` })
      if (usesQresync === true && target.byUid)
        choices.push({ items: 'FLAGS', wants: null, modifier: ` (CHANGEDSINCE ${since} VANISHED)` })
    }
    const chosen = this.#random.pick(choices)
    const items = usesUidsOnly === true ? chosen.items.replace('UID ', '') : chosen.items
    return say.fetch(this.session, view, target, { ...chosen, items })
  }

  #transfer(view: View, target: say.Target): Action {
    const { main, other, capabilities } = this.#around
    const random = this.#random
    const isOut = view.box === main
    if (!isOut && main.messages.size > 0 && view.count === 0) return this.#append()
    const moves = capabilities.has('MOVE') && random.chance(0.5)
    // A copy within the mailbox, now and then.
    const to = isOut ? (!moves && view.count < this.#around.messagesMax && random.chance(0.3) ? main : other) : main
    return say.transfer(this.session, view, target, to, moves)
  }

  async #idle(): Promise<void> {
    let left = this.#random.below(this.#around.idleMoments + 1)
    await this.session.idle(() => left-- === 0)
  }

  /** CLOSE expunges without a word; UNSELECT and another SELECT do not. */
  async #leave(view: View): Promise<void> {
    const { session } = this
    const random = this.#random
    session.remember()
    // With CLOSE it may be told of a modseq, but not of what went (RFC 7162 §3.2.8).
    session.knownModseq = 0
    const roll = random.below(4)
    if (roll < 2) {
      await session.perform([say.expunge(view, null, 'CLOSE')])
      // Of what it expunged nothing was told.
      session.leave()
    } else if (roll === 2 && this.#around.capabilities.has('UNSELECT')) {
      await session.perform([say.plain('UNSELECT')])
      session.leave()
    }
    return openBox(session, this.#box(view.box === this.#around.main ? 0.5 : 1), random, false)
  }

  /** The connection ends in the middle of something, and another one begins. */
  async #drop(view: View): Promise<void> {
    const { session } = this
    const random = this.#random
    const roll = random.below(4)
    if (roll === 0) {
      const letter = letterOf(this.#token())
      // Never whole: it must not appear.
      session.talk.send(
        `cut APPEND ${view.box.name} {${letter.length}+}\r\n${letter.slice(0, random.below(letter.length))}`,
      )
    } else if (roll < 3) {
      const actions = this.#pipeline(view).filter(({ parts }) => parts.length === 1)
      for (const action of actions) session.begin(action)
      const lines = actions.map(({ parts }, at) => `cut${at} ${parts[0]}\r\n`).join('')
      session.talk.send(random.chance(0.5) ? lines : lines.slice(0, random.below(lines.length + 1)))
      session.model.isUnsettled = true
    }
    for (let left = random.below(3); left > 0; left--) await session.moment()
    session.disconnect()
    // While it is away, others go on.
    if (session.kind.usesQresync === true) for (let left = random.below(40); left > 0; left--) await session.moment()
    await session.connect()
    await openBox(session, this.#box(0.95), random, false)
  }
}
