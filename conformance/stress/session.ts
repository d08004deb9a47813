// One client: its connection, what it knows, and whether what it hears is allowed when it hears it. What it says is in actions.ts.

import type { Response } from '../response.ts'
import type { Server } from '../wire.ts'
import { type Esearch, codeOf, follow, heardIn } from './heard.ts'
import type { Kind } from './kinds.ts'
import type { Box, Marks, Message, Model } from './model.ts'
import { type Command, type Sent, Talk } from './talk.ts'
import { type Entry, NumberedView, type Remembered, type Told, UidView, type View } from './view.ts'
import { Violation, must } from './violation.ts'

const MOMENT_MS = 2

/** What came while a command was the first that was not answered. */
export class Report {
  readonly start: number
  readonly marks: ReadonlyMap<Box, Marks>
  readonly told = new Map<Entry, Told[]>()
  search: readonly number[] | null = null
  readonly esearches: Esearch[] = []
  readonly vanished: number[] = []
  readonly copyUids: (readonly string[])[] = []
  modseqMax = 0
  highestModseq: number | null = null
  existsCount = 0
  wasClosed = false

  constructor(start: number, marks: ReadonlyMap<Box, Marks>) {
    this.start = start
    this.marks = marks
  }
}

export interface Answer {
  readonly response: Response
  readonly report: Report
  readonly end: number
}

export interface Action extends Command {
  /** SELECT of it. */
  readonly opens?: Box
  /** When it is sent. */
  begin?(start: number, report: Report): void
  /** When it is answered. */
  done?(answer: Answer): void
}

export class Session implements Disposable {
  readonly model: Model
  readonly kind: Kind
  readonly name: string
  readonly #server: Server
  #talk: Talk<Action> | null = null
  #open = new Map<Action, Report>()
  view: View | null = null
  /** NOTIFY told the server to tell of expunges at any time (RFC 5465 §5). */
  hearsAnytime = false
  /** The search that the server keeps up to date with (RFC 5267), and what it found. */
  context: { readonly tag: string; readonly key: string; readonly uids: Set<number> } | null = null
  /** What it knew when it was last connected (RFC 7162 §3.2.5), up to which modseq. */
  memory: { readonly box: Box; readonly messages: readonly Remembered[]; readonly modseq: number } | null = null
  /** Up to here it knows everything. */
  knownModseq = 0
  /** It asked for these and was not told: they must be gone. */
  readonly unanswered = new Map<Message, string>()
  commands = 0

  constructor(model: Model, kind: Kind, name: string, server: Server) {
    this.model = model
    this.kind = kind
    this.name = name
    this.#server = server
  }

  get lines(): readonly string[] {
    return this.#talk?.lines ?? []
  }

  get talk(): Talk<Action> {
    must(this.#talk !== null, 'stress', () => `${this.name} is not connected`)
    return this.#talk
  }

  async connect(): Promise<void> {
    const { user, password } = this.#server
    this.#talk = await Talk.open<Action>(
      this.#server,
      this.name,
      (response, during) => this.#hear(response, during),
      this.model.trace,
    )
    await this.perform([{ parts: [`LOGIN "${user}" "${password}"`], name: 'LOGIN', mayExpunge: true }])
    for (const name of this.kind.enables)
      await this.perform([{ parts: [`ENABLE ${name}`], name: 'ENABLE', mayExpunge: true }])
  }

  /** Whatever is under way may be done by the server or not. */
  disconnect(): void {
    this.leave()
    this.#talk?.[Symbol.dispose]()
    this.#open = new Map()
    this.hearsAnytime = false
  }

  /** No mailbox is selected any more. */
  leave(): void {
    this.remember()
    this.view = null
    this.context = null
    this.knownModseq = 0
  }

  /** What it knows now is what it can come back with. */
  remember(): void {
    if (this.kind.usesQresync !== true || this.view === null || this.knownModseq === 0) return
    const { view } = this
    const messages = view.known().flatMap((entry) => {
      const { message, flags, modseq } = entry
      return message === null ? [] : [{ uid: message.uid, number: view.numberOf(entry) ?? 0, flags, modseq }]
    })
    this.memory = { box: view.box, messages, modseq: this.knownModseq }
  }

  miss(message: Message, command: string): void {
    this.unanswered.set(message, command)
  }

  [Symbol.dispose](): void {
    this.#talk?.[Symbol.dispose]()
  }

  /** All at once; the tagged responses. */
  async perform(actions: readonly Action[]): Promise<readonly Response[]> {
    this.talk.heed()
    for (const action of actions) this.begin(action)
    return this.talk.all(actions)
  }

  /** IDLE, until `isOver` says so. */
  async idle(isOver: () => boolean): Promise<void> {
    const action: Action = { parts: ['IDLE'], name: 'IDLE', mayExpunge: true }
    this.talk.heed()
    this.begin(action)
    await this.talk.idle(action, isOver, () => this.moment())
  }

  moment(): Promise<void> {
    return this.#server.moment?.() ?? new Promise((resolve) => setTimeout(resolve, MOMENT_MS))
  }

  /** It is about to be sent. */
  begin(action: Action): void {
    this.commands++
    const start = this.model.now()
    const report = new Report(start, new Map([...this.model.boxes.values()].map((box) => [box, box.marks()])))
    this.#open.set(action, report)
    if (action.opens !== undefined && !this.#awaitsClosed) this.#openView(action.opens, start)
    action.begin?.(start, report)
  }

  /** With QRESYNC, what comes before CLOSED is about the mailbox before (RFC 7162 §3.2.11). */
  get #awaitsClosed(): boolean {
    return this.view !== null && this.kind.usesQresync === true
  }

  #openView(box: Box, start: number): void {
    this.context = null
    this.knownModseq = 0
    this.view = this.kind.usesUidsOnly === true ? new UidView(box, start) : new NumberedView(box, start)
  }

  #hear(response: Response, during: Sent<Action> | null): void {
    const action = during?.command ?? null
    const report = action === null ? null : (this.#open.get(action) as Report)
    if (response.tag !== '*') return this.#answered(response, action as Action, report as Report)
    if (response.status !== null) return this.#heardStatus(response, action, report)
    const heard = heardIn(response)
    if (heard.kind === 'other') return
    // Of several commands, a server may carry out some at once (RFC 9051 §5.5): what is told may be of any of them.
    const reports = action === null ? [] : [...this.#open.values()]
    if (heard.kind === 'search') {
      for (const one of reports) one.search ??= heard.numbers
      return
    }
    if (heard.kind === 'esearch') {
      if (heard.tag !== null && heard.tag === this.context?.tag) follow(this.context.uids, heard)
      for (const one of reports) one.esearches.push(heard)
      return
    }
    const { view } = this
    must(view !== null, 'RFC 9051 §7.5', () => `without a mailbox: ${response.raw.slice(0, 80)}`)
    switch (heard.kind) {
      case 'exists':
        for (const one of reports) one.existsCount++
        return view.exists(heard.number)
      case 'expunge': {
        this.#checkExpunge(action)
        must(this.kind.usesQresync !== true, 'RFC 7162 §3.2.10.2', () => 'EXPUNGE after ENABLE QRESYNC')
        return this.#gone(view.expunged(heard.number))
      }
      case 'vanished': {
        const hasVanished = this.kind.usesQresync === true || this.kind.usesUidsOnly === true
        must(hasVanished, 'RFC 7162 §3.2.10', () => 'VANISHED, which was not asked for')
        for (const uid of heard.uids) this.#gone(view.box.messages.get(uid) ?? null)
        for (const one of reports) one.vanished.push(...heard.uids)
        if (heard.isEarlier) return
        this.#checkExpunge(action)
        return view.vanished(heard.uids)
      }
      case 'fetch':
      case 'uidfetch': {
        const isUid = heard.kind === 'uidfetch'
        must(isUid === (this.kind.usesUidsOnly === true), 'RFC 9586 §3.3', () => response.raw.slice(0, 80))
        return this.#heardFetch(heard.number, heard.told, view, reports)
      }
    }
  }

  #gone(message: Message | null): void {
    if (message !== null) message.goneAt = Math.min(message.goneAt, this.model.now())
  }

  /** RFC 9051 §7.5.1. */
  #checkExpunge(action: Action | null): void {
    if (this.hearsAnytime) return
    must(action !== null, 'RFC 9051 §7.5.1', () => 'EXPUNGE while no command is in progress')
    must(action.mayExpunge, 'RFC 9051 §7.5.1', () => `EXPUNGE during ${action.name}`)
  }

  #heardFetch(number: number, told: Told, view: View, reports: readonly Report[]): void {
    const entry = view.fetched(number, told, this.model.now())
    for (const report of reports) {
      report.told.set(entry, [...(report.told.get(entry) ?? []), told])
      report.modseqMax = Math.max(report.modseqMax, told.modseq ?? 0)
    }
    const mayBeAsked = [...this.#open.keys()].some(({ name }) => name.endsWith('FETCH'))
    if (mayBeAsked || told.flags === null) return
    const { usesModseq, usesQresync } = this.kind
    must(usesModseq !== true || told.modseq !== null, 'RFC 7162 §3.2', () => 'flags have changed, told without MODSEQ')
    must(usesQresync !== true || told.uid !== null, 'RFC 7162 §3.2.4', () => 'flags have changed, told without UID')
  }

  #heardStatus(response: Response, action: Action | null, report: Report | null): void {
    must(response.status !== 'BYE', 'RFC 9051 §7.1.5', () => `the server ends it: ${response.raw}`)
    if (report === null || action === null) return
    if (codeOf(response, 'CLOSED') !== null) {
      report.wasClosed = true
      if (action.opens !== undefined) this.#openView(action.opens, report.start)
    }
    const copyUid = codeOf(response, 'COPYUID')
    if (copyUid !== null) for (const one of this.#open.values()) one.copyUids.push(copyUid)
    const [highest] = codeOf(response, 'HIGHESTMODSEQ') ?? []
    if (highest !== undefined) report.highestModseq = Number(highest)
    const { opens: box } = action
    if (box === undefined) return
    const marks = report.marks.get(box) as Marks
    const [validity] = codeOf(response, 'UIDVALIDITY') ?? []
    if (validity !== undefined) box.validity(validity)
    const [next] = codeOf(response, 'UIDNEXT') ?? []
    if (next !== undefined) box.uidNext(Number(next), marks)
    if (highest !== undefined) box.highestModseq(Number(highest), marks)
  }

  #answered(response: Response, action: Action, report: Report): void {
    this.#open.delete(action)
    if (response.status === 'BAD' && !action.name.startsWith('BEYOND'))
      throw new Violation(`RFC 9051 §7.1.3: ${action.name}: ${response.raw}`)
    const copyUid = codeOf(response, 'COPYUID')
    if (copyUid !== null) report.copyUids.unshift(copyUid)
    action.done?.({ response, report, end: this.model.now() })
    if (response.status === 'OK') this.#learnModseq(response, report)
  }

  /** RFC 7162 §3.2: what it was told is complete up to here, unless the server says that it is not. */
  #learnModseq(response: Response, report: Report): void {
    const { view } = this
    if (this.kind.usesQresync !== true || view === null || view.known().length < view.count) return
    const [tagged] = codeOf(response, 'HIGHESTMODSEQ') ?? []
    const said = tagged === undefined ? report.highestModseq : Number(tagged)
    this.knownModseq = said ?? Math.max(this.knownModseq, report.modseqMax)
  }
}
