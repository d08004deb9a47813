// From whom the owner may send (RFC 8621 §6). Each of the owner's addresses has an identity that cannot be destroyed; it exists without a record,
// until it is given a name or a signature. Others are records of their own.

import * as v from 'valibot'
import type { AddressText } from '#message/header-forms.ts'
import type { Account } from '#account/account.ts'
import type { SettingValue } from '#account/operation.ts'
import { fingerprint } from './fingerprint.ts'
import type { JmapHost } from './host.ts'
import { parseNumbered } from './ids.ts'
import { IDENTITIES_MAX } from './limits.ts'
import { type RecordChanges, SettingRecords } from './setting-records.ts'

export interface IdentityFields {
  readonly name: string
  readonly email: string
  readonly replyTo: readonly AddressText[] | null
  readonly bcc: readonly AddressText[] | null
  readonly textSignature: string
  readonly htmlSignature: string
}

export interface Identity extends IdentityFields {
  readonly id: string
  readonly mayDelete: boolean
}

const addresses = v.nullable(v.array(v.object({ name: v.nullable(v.string()), email: v.string() })))

/** What is kept of one; `own`: it is that of one of the owner's addresses. */
const schema = v.object({
  own: v.boolean(),
  name: v.string(),
  email: v.string(),
  replyTo: addresses,
  bcc: addresses,
  textSignature: v.string(),
  htmlSignature: v.string(),
})

type Stored = v.InferOutput<typeof schema>

const PREFIX = 'jmap/identity'

export class Identities implements Disposable {
  readonly #host: JmapHost
  readonly #records: SettingRecords<Stored>

  constructor(account: Account, host: JmapHost) {
    this.#host = host
    this.#records = new SettingRecords(account, { prefix: PREFIX, slots: IDENTITIES_MAX, evicts: false, decode })
  }

  get state(): string {
    return `${this.#records.state}-${this.#addressState()}`
  }

  /** The owner's addresses first, the main one before all. */
  all(): Identity[] {
    const records = this.#records.all()
    const own = this.#host.addresses().map((email): Identity => {
      const kept = records.find(({ value }) => value.own && value.email === email)
      const fields = kept === undefined ? withoutFields(email) : fieldsOf(kept.value)
      return { ...fields, id: ownId(email), mayDelete: false }
    })
    const others = records.filter(({ value }) => !value.own)
    return [...own, ...others.map(({ id, value }) => ({ ...fieldsOf(value), id: `i${id}`, mayDelete: true }))]
  }

  get(id: string): Identity | null {
    return this.all().find((identity) => identity.id === id) ?? null
  }

  /** Null if the state is too old. */
  changesSince(state: string): { readonly [K in keyof RecordChanges]: readonly string[] } | null {
    const [number = '', addresses] = state.split('-')
    if (!/^\d{1,15}$/.test(number) || addresses !== this.#addressState()) return null
    const changes = this.#records.changesSince(Number(number))
    if (changes === null) return null
    const own = new Map(this.#records.all().flatMap(({ id, value }) => (value.own ? [[id, ownId(value.email)]] : [])))
    // What an address's identity was given is an update of it, whenever that was first.
    const isOwn = (id: number): boolean => own.has(id)
    return {
      created: changes.created.filter((id) => !isOwn(id)).map((id) => `i${id}`),
      updated: [...changes.updated, ...changes.created.filter(isOwn)].map((id) => own.get(id) ?? `i${id}`),
      destroyed: changes.destroyed.map((id) => `i${id}`),
    }
  }

  /** Whether the owner may send from this address. */
  isAllowed(address: string): boolean {
    const email = address.toLowerCase()
    return this.#host.addresses().some((own) => own === email || matches(own, email))
  }

  /** Null if there are too many. Throws CommitRefusedError. */
  async create(fields: IdentityFields): Promise<string | null> {
    const id = await this.#records.create({ ...fields, own: false } as Stored)
    return id === null ? null : `i${id}`
  }

  /** False if it could not be kept. Throws CommitRefusedError. */
  async update(identity: Identity): Promise<boolean> {
    const { id, mayDelete, ...fields } = identity
    const stored = { ...fields, own: !mayDelete } as Stored
    const known = mayDelete
      ? parseNumbered(id, 'i')
      : this.#records.all().find(({ value }) => value.own && value.email === identity.email)?.id
    if (known == null) return (await this.#records.create(stored)) !== null
    return this.#records.update(known, stored)
  }

  /** False if there is none. Throws CommitRefusedError. */
  async destroy(id: string): Promise<boolean> {
    const number = parseNumbered(id, 'i')
    return number !== null && this.#records.destroy(number)
  }

  #addressState(): string {
    return fingerprint(this.#host.addresses().join('\n'))
  }

  [Symbol.dispose](): void {
    this.#records[Symbol.dispose]()
  }
}

/** Of the identity that an address has. */
function ownId(email: string): string {
  return `i_${fingerprint(email)}`
}

/** `own`: `*@domain`. */
function matches(own: string, email: string): boolean {
  return own.startsWith('*@') && email.lastIndexOf('@') > 0 && email.slice(email.lastIndexOf('@')) === own.slice(1)
}

/** Whether an identity for `allowed` (which may be `*@domain`) covers the address. */
export function covers(allowed: string, address: string): boolean {
  const own = allowed.toLowerCase()
  const email = address.toLowerCase()
  return own === email || matches(own, email)
}

function fieldsOf({ name, email, replyTo, bcc, textSignature, htmlSignature }: Stored): IdentityFields {
  return { name, email, replyTo, bcc, textSignature, htmlSignature }
}

function withoutFields(email: string): IdentityFields {
  return { name: '', email, replyTo: null, bcc: null, textSignature: '', htmlSignature: '' }
}

function decode(value: SettingValue): Stored | null {
  const result = v.safeParse(schema, value)
  return result.success ? result.output : null
}
