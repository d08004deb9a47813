// The message that is being written, if any: where it comes from, and how it ends. The id of its saved draft is kept for this tab, so that a
// reload finds it again; its text is kept nowhere but on the server.

import { plainWords } from '#web/jmap/failure.ts'
import { result } from '#web/jmap/connection.ts'
import { EMAIL_PROPERTIES, type Address, type Email, type GetResponse, type Id } from '#web/jmap/types.ts'
import type { MailStore } from '#web/mail/mail-store.ts'
import { Observable } from '#web/mail/observable.ts'
import type { People } from '#web/mail/people.ts'
import { readableText } from '#web/read/readable-text.ts'
import type { Notices } from '#web/shell/notices.ts'
import {
  type Beginning,
  forwardedText,
  identityFor,
  quote,
  references,
  replyRecipients,
  signatureText,
  withPrefix,
} from './answer.ts'
import { type Answered, Draft, type Unsaved } from './draft.ts'

const KEY = 'mailkeep.draft'
const NOTHING: Beginning = { to: [], cc: [], bcc: [], subject: '', text: '', inReplyTo: null, references: null }

export class Composing extends Observable {
  readonly people: People
  readonly #mail: MailStore
  readonly #notices: Notices
  #draft: Draft | null = null
  #generation = 0
  #unsaved: Unsaved | null

  /** `unsaved`: what the login before this one was writing when it ended. */
  constructor(mail: MailStore, people: People, notices: Notices, unsaved: Unsaved | null) {
    super()
    this.#mail = mail
    this.people = people
    this.#notices = notices
    this.#unsaved = unsaved
  }

  /** Another for each message that is written. */
  get generation(): number {
    return this.#generation
  }

  get draft(): Draft | null {
    return this.#draft
  }

  async #open(beginning: Beginning, email: Email | null, id: Id | null, answered: Answered | null): Promise<Draft> {
    await this.close()
    const draft = new Draft(this.#mail, beginning, identityFor(email, this.#mail.identities), id, answered)
    draft.onSaved = (saved) => remember(saved)
    remember(id)
    this.#draft = draft
    this.#generation++
    this.changed()
    void this.people.prepare().catch(() => {})
    return draft
  }

  async write(to: readonly Address[] = []): Promise<void> {
    await this.#open(
      { ...NOTHING, to, text: signatureText(identityFor(null, this.#mail.identities)) },
      null,
      null,
      null,
    )
  }

  /** The text of the message, or none if it cannot be read: an answer is possible all the same. */
  async #textOf(email: Email): Promise<string> {
    try {
      return await readableText(await this.#mail.body(email.id))
    } catch {
      return ''
    }
  }

  async reply(email: Email, isToAll: boolean): Promise<void> {
    const { identities } = this.#mail
    const identity = identityFor(email, identities)
    const beginning = {
      ...NOTHING,
      ...replyRecipients(email, isToAll, identities),
      subject: withPrefix('Re', email.subject),
      text: `${signatureText(identity)}\n\n${quote(email, await this.#textOf(email))}`,
      inReplyTo: email.messageId,
      references: references(email),
    }
    await this.#open(beginning, email, null, { id: email.id, keyword: '$answered' })
  }

  async forward(email: Email): Promise<void> {
    const identity = identityFor(email, this.#mail.identities)
    const beginning = {
      ...NOTHING,
      subject: withPrefix('Fwd', email.subject),
      text: `${signatureText(identity)}\n\n${forwardedText(email, await this.#textOf(email))}`,
      references: references(email),
    }
    const draft = await this.#open(beginning, email, null, { id: email.id, keyword: '$forwarded' })
    const body = await this.#mail.body(email.id).catch(() => null)
    if (body !== null && body.attachments.length > 0) draft.attachments.put(body.attachments)
  }

  /** Goes on with a saved draft. */
  async resume(email: Email): Promise<void> {
    try {
      const body = await this.#mail.body(email.id)
      const beginning = {
        to: email.to ?? [],
        cc: email.cc ?? [],
        bcc: email.bcc ?? [],
        subject: email.subject ?? '',
        // The line end that every text in a message has is none that was typed.
        text: (await readableText(body)).replace(/\n$/, ''),
        inReplyTo: email.inReplyTo,
        references: email.references,
      }
      const draft = await this.#open(beginning, email, email.id, null)
      draft.attachments.put(body.attachments)
    } catch (error) {
      this.#notices.problem(`The draft cannot be opened. ${plainWords(error)}`)
    }
  }

  get unsaved(): Unsaved | null {
    return this.#draft?.unsaved ?? this.#unsaved
  }

  /** After a reload, or a login that ended by itself: the draft that was open. */
  async restore(): Promise<void> {
    const unsaved = this.#unsaved
    this.#unsaved = null
    if (unsaved !== null) {
      const draft = await this.#open(unsaved.beginning, null, unsaved.id, unsaved.answered)
      draft.takeOver(unsaved)
      return
    }
    const id = remembered()
    if (id === null || this.#draft !== null) return
    const answers = await this.#mail.connection.call([
      ['Email/get', { ids: [id], properties: EMAIL_PROPERTIES }],
      ['Thread/get', { '#ids': result(0, 'Email/get', '/list/*/threadId') }],
    ])
    const [email] = (answers.of(0) as GetResponse<Email>).list
    if (email?.keywords['$draft'] === true) await this.resume(email)
    else remember(null)
  }

  async saveNow(): Promise<void> {
    await this.#draft?.save()
  }

  /** Keeps it in Drafts. */
  async close(): Promise<void> {
    const draft = this.#draft
    if (draft === null) return
    this.#draft = null
    this.changed()
    remember(null)
    draft.onSaved = () => {}
    await draft.save()
    if (draft.saving === 'failed') {
      this.#draft = draft
      this.changed()
      this.#notices.problem(`The draft is not saved. ${draft.problem ?? ''}`)
    }
  }

  async send(): Promise<void> {
    const draft = this.#draft
    if (draft === null) return
    this.#draft = null
    this.changed()
    this.#notices.say('Sending …')
    try {
      await draft.send()
      remember(null)
      this.#notices.say('Sent.')
    } catch (error) {
      this.#notices.problem(`Not sent. ${plainWords(error)}`)
      if (this.#draft === null) {
        this.#draft = draft
        this.changed()
      }
    }
  }

  async discard(): Promise<void> {
    const draft = this.#draft
    if (draft === null) return
    this.#draft = null
    remember(null)
    this.changed()
    try {
      const wasEmpty = draft.isEmpty
      await draft.discard()
      if (!wasEmpty) this.#notices.say('Draft discarded.')
    } catch (error) {
      this.#notices.problem(`The draft is still in Drafts. ${plainWords(error)}`)
    }
  }
}

function remembered(): Id | null {
  try {
    return sessionStorage.getItem(KEY)
  } catch {
    return null
  }
}

function remember(id: Id | null): void {
  try {
    if (id === null) sessionStorage.removeItem(KEY)
    else sessionStorage.setItem(KEY, id)
  } catch {
    // Without storage a reload finds the draft in Drafts.
  }
}
