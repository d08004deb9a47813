// A message that is being written. What it holds is saved to Drafts a moment after each pause, one save after the other: a save stores the
// message anew and removes the one before in the same step, for stored messages do not change.

import type { Connection } from '#web/jmap/connection.ts'
import { JmapFailure, plainWords } from '#web/jmap/failure.ts'
import type { Address, EmailBody, GetResponse, Id, Identity, SetError, SetResponse } from '#web/jmap/types.ts'
import type { MailStore } from '#web/mail/mail-store.ts'
import { Observable } from '#web/mail/observable.ts'
import type { Beginning } from './answer.ts'
import { Attachments } from './attachments.ts'

const PAUSE_MS = 1500

export type Saving = 'unchanged' | 'changed' | 'saving' | 'saved' | 'failed'

export interface Fields {
  readonly to: readonly Address[]
  readonly cc: readonly Address[]
  readonly bcc: readonly Address[]
  readonly subject: string
  readonly text: string
}

/** The message that is answered, and what it is marked with then. */
export interface Answered {
  readonly id: Id
  readonly keyword: '$answered' | '$forwarded'
}

/** A message that is being written, as it would have been saved. */
export interface Unsaved {
  readonly beginning: Beginning
  readonly id: Id | null
  readonly answered: Answered | null
  readonly files: Attachments['stored']
}

export class Draft extends Observable {
  readonly attachments: Attachments
  readonly answered: Answered | null
  readonly #connection: Connection
  readonly #mail: MailStore
  readonly #thread: Pick<Beginning, 'inReplyTo' | 'references'>
  #identity: Identity | undefined
  #fields: Fields
  #id: Id | null
  #saving: Saving = 'unchanged'
  #problem: string | null = null
  #timer: ReturnType<typeof setTimeout> | undefined
  #queue: Promise<void> = Promise.resolve()
  #isOver = false
  /** Told of the id under which it is saved. */
  onSaved: (id: Id) => void = () => {}

  constructor(
    mail: MailStore,
    beginning: Beginning,
    identity: Identity | undefined,
    id: Id | null,
    answered: Answered | null,
  ) {
    super()
    this.#mail = mail
    this.#connection = mail.connection
    this.#identity = identity
    this.#id = id
    this.answered = answered
    const { to, cc, bcc, subject, text, inReplyTo, references } = beginning
    this.#fields = { to, cc, bcc, subject, text }
    this.#thread = { inReplyTo, references }
    this.attachments = new Attachments(this.#connection, () => this.#touch())
  }

  /** What is not on the server yet; null if all is. */
  get unsaved(): Unsaved | null {
    if (this.#isOver || this.#saving === 'unchanged' || this.#saving === 'saved') return null
    const beginning = { ...this.#fields, ...this.#thread }
    return { beginning, id: this.#id, answered: this.answered, files: this.attachments.stored }
  }

  get fields(): Fields {
    return this.#fields
  }

  get identity(): Identity | undefined {
    return this.#identity
  }

  get saving(): Saving {
    return this.#saving
  }

  get problem(): string | null {
    return this.#problem
  }

  get recipients(): readonly Address[] {
    const { to, cc, bcc } = this.#fields
    return [...to, ...cc, ...bcc]
  }

  change(fields: Partial<Fields>): void {
    this.#fields = { ...this.#fields, ...fields }
    this.#touch()
  }

  /** Goes on with what another login left unsaved. */
  takeOver({ files }: Unsaved): void {
    this.attachments.put(files)
    this.#touch()
  }

  sendAs(identity: Identity): void {
    this.#identity = identity
    this.#touch()
  }

  #touch(): void {
    this.#saving = 'changed'
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => void this.save(), PAUSE_MS)
    this.changed()
  }

  #object(): Record<string, unknown> {
    const drafts = this.#mail.mailboxOf('drafts')
    if (drafts === undefined) throw new JmapFailure('refused', 'There is no mailbox for drafts.')
    const { to, cc, bcc, subject, text } = this.#fields
    const { inReplyTo, references } = this.#thread
    const from = this.#identity
    return {
      mailboxIds: { [drafts.id]: true },
      keywords: { $draft: true, $seen: true },
      from: from === undefined ? undefined : [{ name: from.name === '' ? null : from.name, email: from.email }],
      to: unlessEmpty(to),
      cc: unlessEmpty(cc),
      bcc: unlessEmpty(bcc),
      subject: subject === '' ? undefined : subject,
      inReplyTo: inReplyTo ?? undefined,
      references: references ?? undefined,
      textBody: [{ partId: 'text', type: 'text/plain' }],
      bodyValues: { text: { value: text } },
      attachments: this.attachments.stored.map(({ blobId, name, type }) => ({
        blobId,
        name,
        type,
        disposition: 'attachment',
      })),
    }
  }

  /** Saves what is not saved yet. Never rejects: the state says how it went. */
  save(): Promise<void> {
    clearTimeout(this.#timer)
    this.#queue = this.#queue.then(() => this.#saveOnce())
    return this.#queue
  }

  async #saveOnce(): Promise<void> {
    if (this.#isOver || (this.#saving !== 'changed' && this.#saving !== 'failed')) return
    this.#saving = 'saving'
    this.changed()
    try {
      await this.#store([])
      // What was typed meanwhile waits for its own pause.
      if (this.#isSavingNow()) this.#saving = 'saved'
      this.#problem = null
    } catch (error) {
      this.#saving = 'failed'
      this.#problem = plainWords(error)
    }
    this.changed()
  }

  #isSavingNow(): boolean {
    return this.#saving === 'saving'
  }

  async #store(more: Parameters<Connection['call']>[0]): Promise<Awaited<ReturnType<Connection['call']>>> {
    const destroy = this.#id === null ? [] : [this.#id]
    const answers = await this.#connection.call([
      ['Email/set', { create: { message: this.#object() }, destroy }],
      ...more,
    ])
    const { created, notCreated } = answers.of(0) as SetResponse
    const id = created?.['message']?.id
    if (id === undefined) throw setFailure(notCreated?.['message'])
    this.#id = id
    this.onSaved(id)
    if (more.length === 0 && this.attachments.stored.length > 0) await this.#renameAttachments(id)
    return answers
  }

  /** Uploaded files are kept for an hour; those of a message for as long as there is the message. */
  async #renameAttachments(id: Id): Promise<void> {
    const answers = await this.#connection.call([
      ['Email/get', { ids: [id], properties: ['attachments'], bodyProperties: ['blobId'] }],
    ])
    const attachments = (answers.of(0) as GetResponse<EmailBody>).list[0]?.attachments ?? []
    this.attachments.rename(attachments.map(({ blobId }) => blobId))
  }

  /** Sends it: it moves from Drafts to Sent when the server has taken it. Rejects with JmapFailure; it is then still a draft. */
  async send(): Promise<void> {
    clearTimeout(this.#timer)
    await this.#queue
    const drafts = this.#mail.mailboxOf('drafts')
    const sent = this.#mail.mailboxOf('sent')
    if (this.#identity === undefined) throw new JmapFailure('refused', 'There is no address to send from.')
    const onSent: Record<string, unknown> = { 'keywords/$draft': null }
    if (drafts !== undefined && sent !== undefined) {
      onSent[`mailboxIds/${drafts.id}`] = null
      onSent[`mailboxIds/${sent.id}`] = true
    }
    const answers = await this.#store([
      [
        'EmailSubmission/set',
        {
          create: { submission: { identityId: this.#identity.id, emailId: '#message' } },
          onSuccessUpdateEmail: { '#submission': onSent },
        },
      ],
    ])
    const { created, notCreated } = answers.of(1) as SetResponse
    if (created?.['submission'] === undefined) throw setFailure(notCreated?.['submission'])
    this.#isOver = true
    if (this.answered !== null) {
      const { id, keyword } = this.answered
      this.#mail.update(new Map([[id, { keywords: { [keyword]: true } }]])).done.catch(() => {})
    }
  }

  /** Removes it, saved or not. Rejects with JmapFailure. */
  async discard(): Promise<void> {
    this.#isOver = true
    clearTimeout(this.#timer)
    await this.#queue
    if (this.#id !== null) await this.#mail.destroy([this.#id])
  }

  get isEmpty(): boolean {
    return this.#id === null && this.#saving === 'unchanged'
  }
}

function unlessEmpty(addresses: readonly Address[]): readonly Address[] | undefined {
  return addresses.length === 0 ? undefined : addresses
}

function setFailure(error: SetError | undefined): JmapFailure {
  const detail = error?.description === undefined || error.description === null ? '' : ` ${error.description}`
  switch (error?.type) {
    case 'invalidRecipients':
    case 'noRecipients':
      return new JmapFailure('refused', `The server does not accept the recipients.${detail}`, error.type)
    case 'forbiddenFrom':
    case 'forbiddenMailFrom':
      return new JmapFailure('refused', 'You may not send from this address.', error.type)
    case 'tooLarge':
      return new JmapFailure('refused', 'The message is larger than the server takes.', error.type)
    case 'blobNotFound':
      return new JmapFailure(
        'refused',
        'An attachment is no longer on the server: remove it and attach it again.',
        error.type,
      )
    case undefined:
    default:
      return new JmapFailure('refused', `The server did not accept the message.${detail}`, error?.type ?? null)
  }
}
