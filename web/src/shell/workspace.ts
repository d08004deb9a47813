// Everything that belongs to one login. It is made when somebody has logged in, and disposed when they have logged out.

import { createContext, useContext } from 'react'
import type { Unsaved } from '#web/compose/draft.ts'
import { Composing } from '#web/compose/composing.ts'
import { Guard } from '#web/integrity/guard.ts'
import { Connection } from '#web/jmap/connection.ts'
import { type Token, logOut } from '#web/jmap/login.ts'
import type { Id } from '#web/jmap/types.ts'
import { Actions } from '#web/mail/actions.ts'
import type { EmailList } from '#web/mail/email-list.ts'
import { Jobs } from '#web/mail/jobs.ts'
import { MailStore } from '#web/mail/mail-store.ts'
import { People } from '#web/mail/people.ts'
import { Synchroniser } from '#web/mail/synchroniser.ts'
import { EscrowWatch } from '#web/recovery/escrow-watch.ts'
import { parseSearch } from '#web/search/parse-search.ts'
import { Commands } from './commands.ts'
import { Notices } from './notices.ts'
import { type Route, isOwnPage } from './route.ts'
import { Router } from './router.ts'
import { ViewState } from './view-state.ts'

export class Workspace {
  readonly address: string
  readonly connection: Connection
  readonly mail: MailStore
  readonly synchroniser: Synchroniser
  readonly notices = new Notices()
  readonly jobs = new Jobs()
  readonly router = new Router()
  readonly view = new ViewState()
  readonly actions: Actions
  readonly people: People
  readonly composing: Composing
  readonly commands: Commands
  readonly guard: Guard
  readonly escrow: EscrowWatch
  readonly #token: Token

  constructor(token: Token, unsaved: Unsaved | null, onLoggedOut: () => void) {
    this.#token = token
    this.address = token.address
    this.connection = new Connection(token)
    this.connection.onLoggedOut = onLoggedOut
    this.mail = new MailStore(this.connection)
    this.synchroniser = new Synchroniser(this.mail)
    this.connection.onLost = () => this.synchroniser.lost()
    this.actions = new Actions(this.mail, this.notices, this.jobs)
    this.people = new People(this.mail)
    this.composing = new Composing(this.mail, this.people, this.notices, unsaved)
    this.commands = new Commands(this)
    this.guard = new Guard(this.connection)
    this.escrow = new EscrowWatch(this.connection)
    // What could not be saved without a connection is saved when there is one.
    this.synchroniser.onConnected = () => void this.composing.saveNow()
    this.synchroniser.start()
    this.guard.start()
    this.escrow.start()
  }

  /** The list that the route shows; null while the mailboxes are not known, and where there is none. */
  listOf(route: Route): EmailList | null {
    const { mail } = this
    if (isOwnPage(route) || mail.states === null) return null
    if (route.kind === 'search')
      return mail.list({ ...parseSearch(route.text, mail.mailboxes.values()), mailbox: null })
    const mailbox = this.mailboxOf(route)
    return mailbox === null ? null : mail.list({ filter: { inMailbox: mailbox }, mailbox, without: [] })
  }

  /** Of a route without a mailbox: the inbox. */
  mailboxOf(route: Route): Id | null {
    if (route.kind !== 'mailbox') return null
    return route.mailbox ?? this.mail.mailboxOf('inbox')?.id ?? null
  }

  /** False if a draft is kept open because it cannot be saved: then it is asked first, and `isCertain` after that. */
  async logOut(isCertain: boolean): Promise<boolean> {
    await this.composing.close()
    if (this.composing.draft !== null && !isCertain) return false
    await logOut(this.#token)
    return true
  }

  stop(): void {
    this.jobs.stopAll()
    this.synchroniser.stop()
    this.guard.stop()
    this.escrow.stop()
    this.router.stop()
  }
}

export const WorkspaceContext = createContext<Workspace | null>(null)

export function useWorkspace(): Workspace {
  const workspace = useContext(WorkspaceContext)
  if (workspace === null) throw new Error('no workspace')
  return workspace
}
