// The people one writes to and hears from, as far as the page has seen them: for completing addresses. Those one wrote to come first, then those
// seen most often.

import type { Address, Email, GetResponse } from '#web/jmap/types.ts'
import { result } from '#web/jmap/connection.ts'
import type { MailStore } from './mail-store.ts'

const SENT_MAX = 200
const SUGGESTIONS_MAX = 6

interface Person {
  name: string | null
  readonly email: string
  weight: number
}

export class People {
  readonly #mail: MailStore
  readonly #people = new Map<string, Person>()
  readonly #counted = new Set<string>()
  #isSentRead = false

  constructor(mail: MailStore) {
    this.#mail = mail
  }

  /** Reads once to whom messages were sent. */
  async prepare(): Promise<void> {
    const sent = this.#mail.mailboxOf('sent')
    if (this.#isSentRead || sent === undefined) return
    this.#isSentRead = true
    const answers = await this.#mail.connection.call([
      [
        'Email/query',
        { filter: { inMailbox: sent.id }, sort: [{ property: 'receivedAt', isAscending: false }], limit: SENT_MAX },
      ],
      ['Email/get', { '#ids': result(0, 'Email/query', '/ids'), properties: ['id', 'to', 'cc'] }],
    ])
    for (const { id, to, cc } of (answers.of(1) as GetResponse<Pick<Email, 'id' | 'to' | 'cc'>>).list) {
      this.#count(`${id} sent`, [...(to ?? []), ...(cc ?? [])], 5)
    }
  }

  #count(key: string, addresses: readonly Address[], weight: number): void {
    if (this.#counted.has(key)) return
    this.#counted.add(key)
    for (const { name, email } of addresses) {
      const id = email.toLowerCase()
      const person = this.#people.get(id)
      if (person === undefined) this.#people.set(id, { name, email, weight })
      else {
        person.name ??= name
        person.weight += weight
      }
    }
  }

  suggest(text: string, not: readonly Address[]): readonly Address[] {
    const wanted = text.trim().toLowerCase()
    if (wanted === '') return []
    for (const { id, from, to, cc } of this.#mail.emails)
      this.#count(id, [...(from ?? []), ...(to ?? []), ...(cc ?? [])], 1)
    const excluded = new Set(not.map(({ email }) => email.toLowerCase()))
    return [...this.#people.values()]
      .filter((person) => !excluded.has(person.email.toLowerCase()) && matches(person, wanted))
      .sort((a, b) => b.weight - a.weight)
      .slice(0, SUGGESTIONS_MAX)
      .map(({ name, email }) => ({ name, email }))
  }
}

/** At the start of a word of the name, or of the address or its domain. */
function matches({ name, email }: Person, wanted: string): boolean {
  const words = ` ${(name ?? '').toLowerCase()} ${email.toLowerCase().replace('@', ' ')}`
  return words.includes(` ${wanted}`) || email.toLowerCase().startsWith(wanted)
}
