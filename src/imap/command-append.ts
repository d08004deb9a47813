// APPEND (RFC 9051 §6.3.12), with APPENDUID (RFC 4315 §3). The message goes to the account as it comes, and is never in memory here.

import type { Mailbox, StagedMessage } from '#account/account.ts'
import { CommitRefusedError } from '#account/account.ts'
import { type Command, type Completion, type LiteralSink, no, ok } from './command.ts'
import { refusalOf } from './commit-refusal.ts'
import { type Cursor, SyntaxFailure } from './cursor.ts'
import { parseDateTime } from './date-time.ts'
import { type Flags, parseFlags } from './flag-names.ts'
import { exceedsKeywordLimit } from './keyword-limit.ts'
import { parseMailbox } from './mailbox-argument.ts'
import type { Session } from './session.ts'

interface Destination {
  readonly mailbox: Mailbox
  readonly flags: Flags
  /** Null: now. */
  readonly internalDate: number | null
}

const NO_FLAGS: Flags = { keywords: [], deleted: false }

/** `{` begins an announcement that ends the text: the literal on offer. */
function isAtOffer(cursor: Cursor): boolean {
  return cursor.peek() === 0x7b && !cursor.bytes.subarray(cursor.at).includes(0x0a)
}

function openLiteral(session: Session, cursor: Cursor, sizeBytes: number): LiteralSink | Completion | null {
  const start = cursor.at
  cursor.space()
  // The mailbox's name may be a literal too.
  if (isAtOffer(cursor)) return null
  cursor.at = start
  const path = parseMailbox(cursor, session)
  cursor.space()
  const flags = cursor.isAtList ? parseFlags(cursor, false) : NO_FLAGS
  if (flags !== NO_FLAGS) cursor.space()
  const internalDate = cursor.peek() === 0x22 ? parseDateTime(cursor) : null
  if (internalDate !== null) cursor.space()
  // RFC 3516 §4.4: a message that may have NULs.
  cursor.skip('~')
  if (!isAtOffer(cursor)) cursor.fail('the message as a literal')
  const mailbox = session.account.mailboxByPath(path)
  if (mailbox === null) return no('There is no such mailbox', 'TRYCREATE')
  if (sizeBytes === 0) return no('An empty message cannot be stored')
  if (sizeBytes > session.messageBytesMax) return no('The message is too large', 'TOOBIG')
  if (exceedsKeywordLimit(session.account, flags.keywords)) return no('There are too many keywords', 'LIMIT')
  return new MessageSink(session, { mailbox, flags, internalDate }, session.account.stage(sizeBytes))
}

class MessageSink implements LiteralSink {
  readonly #session: Session
  readonly #destination: Destination
  #staged: StagedMessage | null
  #refusal: Completion | null = null

  constructor(session: Session, destination: Destination, staged: StagedMessage) {
    this.#session = session
    this.#destination = destination
    this.#staged = staged
  }

  async write(chunk: Buffer): Promise<void> {
    if (this.#refusal !== null) return
    try {
      await this.#staged?.write(chunk)
    } catch (error) {
      if (!(error instanceof CommitRefusedError)) throw error
      // The rest still comes, and is passed over.
      this.#refusal = refusalOf(error)
    }
  }

  async finish(rest: Cursor): Promise<Completion> {
    rest.end()
    if (this.#refusal !== null) return this.#refusal
    const staged = this.#staged
    if (staged === null) throw new TypeError('the message was given up')
    this.#staged = null
    const { mailbox, flags, internalDate } = this.#destination
    const { account, host } = this.#session
    const [outcome] = await account.commit(
      [
        {
          kind: 'file',
          record: { message: 0 },
          mailboxes: [mailbox.id],
          keywords: flags.keywords,
          internalDate: internalDate ?? host.now(),
          thread: null,
          source: 'appended',
        },
      ],
      [{ staged }],
    )
    const uid = outcome?.applied === true ? outcome.added?.[0]?.uid : undefined
    if (uid === undefined) return no('The mailbox was deleted meanwhile', 'TRYCREATE')
    if (flags.deleted) await this.#markDeleted(uid)
    return ok('Appended', `APPENDUID ${mailbox.uidValidity} ${uid}`)
  }

  async #markDeleted(uid: number): Promise<void> {
    const { mailbox } = this.#destination
    await this.#session.account.commit([
      { kind: 'markDeleted', mailbox: mailbox.id, set: [[uid, uid]], deleted: true, unchangedSince: null },
    ])
  }

  [Symbol.dispose](): void {
    this.#staged?.[Symbol.dispose]()
    this.#staged = null
  }
}

export const append: Command<never> = {
  name: 'APPEND',
  state: 'authenticated',
  mayExpunge: true,
  changes: true,
  parse(cursor, session) {
    parseMailbox(cursor, session)
    throw new SyntaxFailure('the message as a literal expected')
  },
  run: () => no('The message as a literal expected'),
  openLiteral,
}
