// Which e-mails match a filter. What one index answers for all of them (words, header fields) is asked once; the rest is looked up e-mail by e-mail.

import { unreachable } from '#base/assert.ts'
import type { EmailId, MailboxId } from '#base/ids.ts'
import type { Account, Email, WordField } from '#account/account.ts'
import type { Context } from './context.ts'
import { type FilterNode, type TextField, conjuncts } from './email-filter.ts'
import { isShownIn, shownMailboxes, shownThread } from './shown.ts'
import { wordQueryOf } from './text-query.ts'

const WORD_FIELDS: Readonly<Record<TextField, WordField | null>> = {
  text: null,
  from: 'from',
  to: 'to',
  cc: 'cc',
  bcc: 'bcc',
  subject: 'subject',
  body: 'body',
}

export type TextNode = FilterNode & { readonly kind: 'text' }

/** A text without words is found everywhere. */
export function hasWords({ query }: TextNode): boolean {
  return query.phrases.length > 0
}

/** E-mails between two looks at the clock. */
const LOOKS_EVERY = 32

/** Which of a thread's e-mails have a keyword. */
interface ThreadKeyword {
  readonly some: boolean
  readonly all: boolean
}

export class ThreadKeywords {
  readonly #account: Account
  readonly #known = new Map<string, ThreadKeyword>()

  constructor(account: Account) {
    this.#account = account
  }

  of(thread: number, keyword: string): ThreadKeyword {
    const key = `${thread} ${keyword}`
    let known = this.#known.get(key)
    if (known === undefined) {
      const emails = shownThread(this.#account, thread)
      const having = emails.filter((email) => this.#account.email(email)?.keywords.includes(keyword) === true)
      known = { some: having.length > 0, all: having.length === emails.length }
      this.#known.set(key, known)
    }
    return known
  }
}

export class EmailMatcher {
  readonly #context: Context
  readonly #filter: FilterNode
  readonly #threads: ThreadKeywords
  /** What an index has found for a text or header condition. */
  readonly #found = new Map<FilterNode, ReadonlySet<EmailId>>()

  constructor(context: Context, filter: FilterNode) {
    this.#context = context
    this.#filter = filter
    this.#threads = new ThreadKeywords(context.account)
  }

  /** E-mails that have the words of a text condition. */
  async withWords(node: TextNode): Promise<ReadonlySet<EmailId>> {
    let found = this.#found.get(node)
    if (found === undefined) {
      const query = wordQueryOf(node.query, WORD_FIELDS[node.field])
      found = new Set(await this.#context.account.searchWords(query))
      this.#found.set(node, found)
    }
    return found
  }

  async #askForWords(node: FilterNode): Promise<void> {
    if ('parts' in node) for (const part of node.parts) await this.#askForWords(part)
    else if (node.kind === 'text' && hasWords(node)) await this.withWords(node)
  }

  /** Those of `candidates` that match, in their order. */
  async matching(candidates: Uint32Array): Promise<Uint32Array<ArrayBuffer>> {
    const parts = conjuncts(this.#filter)
    await this.#askForWords(this.#filter)
    const plain = parts.filter((part) => !hasHeader(part))
    const others = parts.filter(hasHeader)
    const base = await this.#filtered(candidates, plain)
    if (others.length === 0) return base
    for (const part of others) await this.#askForHeaders(part, base)
    return this.#filtered(base, others)
  }

  async #filtered(ids: Uint32Array, parts: readonly FilterNode[]): Promise<Uint32Array<ArrayBuffer>> {
    const found = new Uint32Array(ids.length)
    let count = 0
    for (let at = 0; at < ids.length; at++) {
      const candidate = new Candidate(this.#context, ids[at] as EmailId)
      if (parts.every((part) => this.#matches(part, candidate))) found[count++] = ids[at] as number
      if (at % LOOKS_EVERY === 0) await this.#context.pause()
    }
    return found.slice(0, count)
  }

  async #askForHeaders(node: FilterNode, ids: Uint32Array): Promise<void> {
    if ('parts' in node) for (const part of node.parts) await this.#askForHeaders(part, ids)
    else if (node.kind === 'header') {
      const { name, value } = node
      this.#found.set(node, new Set(await this.#context.account.searchText({ field: 'header', name, value }, ids)))
    }
  }

  #matches(node: FilterNode, email: Candidate): boolean {
    switch (node.kind) {
      case 'and':
        return node.parts.every((part) => this.#matches(part, email))
      case 'or':
        return node.parts.some((part) => this.#matches(part, email))
      case 'not':
        return !node.parts.some((part) => this.#matches(part, email))
      case 'inMailbox':
        return node.mailbox !== null && email.isIn(node.mailbox)
      case 'inMailboxOtherThan':
        return email.mailboxes().some((mailbox) => !node.mailboxes.includes(mailbox))
      case 'before':
        return email.date < node.date
      case 'after':
        return email.date >= node.date
      case 'minSize':
        return (email.row()?.sizeBytes ?? 0) >= node.size
      case 'maxSize':
        return (email.row()?.sizeBytes ?? 0) < node.size
      case 'hasKeyword':
        return email.row()?.keywords.includes(node.keyword) === true
      case 'notKeyword':
        return email.row()?.keywords.includes(node.keyword) !== true
      case 'allInThread':
        return this.#threads.of(email.thread, node.keyword).all
      case 'someInThread':
        return this.#threads.of(email.thread, node.keyword).some
      case 'noneInThread':
        return !this.#threads.of(email.thread, node.keyword).some
      case 'hasAttachment':
        return this.#context.account.summary(email.id)?.hasAttachment === node.value
      case 'text':
        return !hasWords(node) || this.#found.get(node)?.has(email.id) === true
      case 'header':
        return this.#found.get(node)?.has(email.id) === true
      default:
        return unreachable(node)
    }
  }
}

function hasHeader(node: FilterNode): boolean {
  return 'parts' in node ? node.parts.some(hasHeader) : node.kind === 'header'
}

/** One e-mail, looked up as far as it must be. */
class Candidate {
  readonly id: EmailId
  readonly #context: Context
  #row: Email | null | undefined

  constructor(context: Context, id: EmailId) {
    this.#context = context
    this.id = id
  }

  get date(): number {
    return this.#context.index.columns.date(this.id)
  }

  get thread(): number {
    return this.#context.index.columns.thread(this.id)
  }

  row(): Email | null {
    if (this.#row === undefined) this.#row = this.#context.account.email(this.id)
    return this.#row
  }

  isIn(mailbox: MailboxId): boolean {
    return isShownIn(this.#context.account, this.id, mailbox)
  }

  mailboxes(): readonly MailboxId[] {
    return shownMailboxes(this.#context.account, this.id)
  }
}
