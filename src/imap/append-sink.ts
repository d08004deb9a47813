// Takes the messages of APPEND (RFC 9051 §6.3.12) or REPLACE as they come: each goes into the account in pieces, and when the command is
// complete all of them are filed by one commit, with all that goes with it, or none (RFC 3502 §6.3.11).
//
// One commit is one append to the log, which bounds how much it may hold: several messages at once have bounds of their own.

import { CommitRefusedError, DamagedMessageError, type Mailbox, type StagedMessage } from '#account/account.ts'
import type { Operation } from '#account/operation.ts'
import { SHORT_BYTES_MAX } from '#account/staged-message.ts'
import { type AppendPlace, type AppendSegment, type AppendStep, parseAppendSegment } from './append-grammar.ts'
import { badUrl, emailOf, urlPart } from './catenate-part.ts'
import { parseMessageUrl } from './catenate-url.ts'
import { type Completion, type LiteralSink, no } from './command.ts'
import { refusalOf } from './commit-refusal.ts'
import { type Cursor, SyntaxFailure } from './cursor.ts'
import { MessageContent, sliceLength } from './fetch-content.ts'
import type { Flags } from './flag-names.ts'
import { exceedsKeywordLimit } from './keyword-limit.ts'
import { formatNumbersInOrder, rangesOf } from './sequence-set.ts'
import type { Session } from './session.ts'

/** Of one command. */
const MESSAGES_MAX = 100
/** Of those that the log takes in pieces, while others wait. */
const LONG_MESSAGES_MAX = 8
/** Sealed, and with their journal record, these fit into one append. */
const SHORT_BYTES_SUM_MAX = 512 * 1024

export interface AppendTarget {
  readonly mailbox: Mailbox
  /** Several messages are the client's mistake. */
  readonly isOneMessage: boolean
  /** The message whose place the new one takes, by the same commit: it never goes without the other being there. */
  readonly replaces: Extract<Operation, { kind: 'remove' }> | null
}

interface Message {
  readonly flags: Flags
  readonly internalDate: number | null
  staged: StagedMessage | null
}

const TOO_LARGE = no('The message is too large', 'TOOBIG')
const EMPTY = no('An empty message cannot be stored')
const TOO_MANY = no('These are too many messages at once', 'LIMIT')

export class AppendSink implements LiteralSink {
  readonly #session: Session
  readonly #target: AppendTarget
  readonly #reply: (code: string) => Completion
  readonly #messages: Message[] = []
  readonly #keywords = new Set<string>()
  #place: AppendPlace = 'first'
  /** Read, but not done. */
  #steps: AppendStep[] = []
  #begun = 0
  /** Of the literal on offer, and of all literals of the message that is read. */
  #offeredBytes = 0
  #announcedBytes = 0
  #refusal: Completion | null = null

  /** `reply` turns the response code APPENDUID (RFC 4315 §3) into the command's completion. */
  constructor(session: Session, target: AppendTarget, reply: (code: string) => Completion) {
    this.#session = session
    this.#target = target
    this.#reply = reply
  }

  offer(cursor: Cursor, sizeBytes: number): 'keep' | 'stream' | Completion {
    const segment = parseAppendSegment(cursor, this.#place)
    if (segment.next === 'argument') return 'keep'
    return this.#take(segment, sizeBytes) ?? 'stream'
  }

  async write(chunk: Buffer): Promise<void> {
    await this.#carryOut()
    await this.#attempt(async () => this.#messages.at(-1)?.staged?.write(chunk))
  }

  /** Throws CommitRefusedError and SyntaxFailure. */
  async finish(rest: Cursor): Promise<Completion> {
    const segment = parseAppendSegment(rest, this.#place)
    rest.end()
    const refusal = this.#take(segment, 0)
    if (refusal !== null) return refusal
    await this.#carryOut()
    return this.#refusal ?? (await this.#file())
  }

  [Symbol.dispose](): void {
    for (const message of this.#messages) {
      message.staged?.[Symbol.dispose]()
      message.staged = null
    }
  }

  #take({ steps, place }: AppendSegment, sizeBytes: number): Completion | null {
    for (const step of steps) {
      if (step.kind === 'begin') {
        this.#begun++
        if (this.#target.isOneMessage && this.#begun > 1) throw new SyntaxFailure('one message expected')
        if (this.#begun > MESSAGES_MAX) return TOO_MANY
        this.#announcedBytes = 0
        for (const keyword of step.flags.keywords) this.#keywords.add(keyword)
      } else if (step.kind === 'literal') {
        if (sizeBytes === 0 && step.isWholeMessage) return EMPTY
        this.#announcedBytes += sizeBytes
        if (this.#announcedBytes > this.#session.messageBytesMax) return TOO_LARGE
        // Their plaintext is in memory until the commit.
        const before = sum(this.#sizes().slice(0, this.#begun - 1))
        if (before + this.#announcedBytes > this.#session.messageBytesMax) return TOO_MANY
      }
    }
    if (exceedsKeywordLimit(this.#session.account, [...this.#keywords])) {
      return no('There are too many keywords', 'LIMIT')
    }
    this.#offeredBytes = sizeBytes
    this.#place = place
    this.#steps.push(...steps)
    this.#advance()
    return this.#refusal
  }

  /** What needs no waiting is done at once, so that the account is ready before the client sends. */
  #advance(): void {
    while (this.#refusal === null) {
      const step = this.#steps[0]
      if (step === undefined || step.kind === 'url') return
      this.#steps.shift()
      if (step.kind === 'begin') this.#begin(step, this.#steps[0])
      else if (step.kind === 'end') this.#refusal = this.#whyNot()
    }
  }

  async #carryOut(): Promise<void> {
    for (let step = this.#steps[0]; step?.kind === 'url' && this.#refusal === null; step = this.#steps[0]) {
      const { url } = step
      await this.#attempt(() => this.#copyPart(url))
      this.#steps.shift()
      this.#advance()
    }
  }

  #begin({ flags, internalDate }: Extract<AppendStep, { kind: 'begin' }>, next: AppendStep | undefined): void {
    // A message that is put together grows as it comes.
    const sizeBytes = next?.kind === 'literal' && next.isWholeMessage ? this.#offeredBytes : null
    const staged = this.#session.account.stage(sizeBytes)
    this.#messages.push({ flags, internalDate, staged })
  }

  /** Looks at the messages that there are now. */
  #whyNot(): Completion | null {
    const sizes = this.#sizes()
    if (sizes.includes(0)) return EMPTY
    if (sizes.length < 2) return null
    const short = sizes.filter((size) => size <= SHORT_BYTES_MAX)
    const isMuch =
      sizes.length - short.length > LONG_MESSAGES_MAX ||
      sum(short) > SHORT_BYTES_SUM_MAX ||
      sum(sizes) > this.#session.messageBytesMax
    return isMuch ? TOO_MANY : null
  }

  #sizes(): number[] {
    return this.#messages.map(({ staged }) => staged?.sizeBytes ?? 0)
  }

  /** After a refusal the rest still comes, and is passed over. */
  async #attempt(action: () => Promise<unknown>): Promise<void> {
    if (this.#refusal !== null) return
    try {
      await action()
    } catch (error) {
      if (!(error instanceof CommitRefusedError)) throw error
      this.#refusal = refusalOf(error)
    }
  }

  /** RFC 4469 §3. */
  async #copyPart(text: string): Promise<void> {
    const staged = this.#messages.at(-1)?.staged
    const { account, selected } = this.#session
    const url = parseMessageUrl(text, selected === null ? null : (account.mailbox(selected.id)?.path ?? null))
    const email = url === null ? null : emailOf(this.#session, url)
    if (url === null || email === null || staged === undefined || staged === null) {
      this.#refusal = badUrl(text)
      return
    }
    try {
      using content = await MessageContent.of(account, email, this.#session.host)
      const part = await urlPart(content, url)
      if (part === null) this.#refusal = badUrl(text)
      else if (staged.sizeBytes + sliceLength(part) > this.#session.messageBytesMax) this.#refusal = TOO_LARGE
      else if (part.kind === 'held') await staged.write(part.bytes)
      else for await (const piece of content.pieces(part.start, part.end)) await staged.write(piece)
    } catch (error) {
      if (!(error instanceof DamagedMessageError)) throw error
      // It may have been expunged meanwhile.
      const isThere = emailOf(this.#session, url) === email
      this.#refusal = isThere ? no('A message is damaged, and nothing was taken from it', 'CORRUPTION') : badUrl(text)
    }
  }

  async #file(): Promise<Completion> {
    const { account, host } = this.#session
    const { mailbox, replaces } = this.#target
    const now = host.now()
    const files = this.#messages.map(({ flags, internalDate }, message): Operation => {
      const common = { mailboxes: [mailbox.id], keywords: flags.keywords, thread: null, source: 'appended' } as const
      return { kind: 'file', record: { message }, internalDate: internalDate ?? now, ...common }
    })
    const staged = this.#messages.map((message) => ({ staged: message.staged as StagedMessage }))
    for (const message of this.#messages) message.staged = null
    const deleted = Array.from(this.#messages.keys()).filter((index) => this.#messages[index]?.flags.deleted === true)
    const isFilingAlone = replaces === null && deleted.length === 0
    const outcomes = await account.commit(isFilingAlone ? files : () => this.#withRest(files, deleted), staged)
    const uids = outcomes
      .slice(0, files.length)
      .map((outcome) => (outcome.applied ? outcome.added?.[0]?.uid : undefined))
    if (!uids.every((uid) => uid !== undefined)) return no('The mailbox was deleted meanwhile', 'TRYCREATE')
    this.#session.notifications?.forgetAdded(mailbox.id, uids, this.#session.selected?.id === mailbox.id)
    return this.#reply(`APPENDUID ${mailbox.uidValidity} ${formatNumbersInOrder(uids)}`)
  }

  /** What else is to be done with the messages: nothing of it if their mailbox is not there, because then they will not be. */
  #withRest(files: readonly Operation[], deleted: readonly number[]): readonly Operation[] {
    const { mailbox, replaces } = this.#target
    const there = this.#session.account.mailbox(mailbox.id)
    if (there === null) return files
    const operations = [...files]
    if (deleted.length > 0) {
      const set = rangesOf(deleted.map((index) => there.uidNext + index))
      operations.push({ kind: 'markDeleted', mailbox: mailbox.id, set, deleted: true, unchangedSince: null })
    }
    if (replaces !== null) operations.push(replaces)
    return operations
  }
}

/** Null: the literal on offer is an argument, such as a URL. Throws SyntaxFailure. */
export function openAppend(sink: AppendSink, cursor: Cursor, sizeBytes: number): LiteralSink | Completion | null {
  const decision = sink.offer(cursor, sizeBytes)
  if (decision === 'keep') return null
  return decision === 'stream' ? sink : decision
}

function sum(sizes: readonly number[]): number {
  return sizes.reduce((total, size) => total + size, 0)
}
