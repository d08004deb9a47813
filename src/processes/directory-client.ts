// The directory as its clients see it, over its socket. `null` everywhere means that it cannot be asked now: try again later.

import { type AccountId, accountIdFromBytes, accountIdToBytes } from '#base/ids.ts'
import type { Recipient } from '#crypto/age/recipient.ts'
import { RecipientKeys } from '#delivery/recipient-keys.ts'
import type { Connection } from '#platform/net.ts'
import { CallClient, CallLostError, CallRefusedError } from '#protocol/call-client.ts'
import { type DirectoryRequest, type DirectoryResponse, directorySchema } from '#protocol/directory.ts'

export interface LocalAccount {
  readonly id: AccountId
  readonly address: string
  /** As an age recipient. */
  readonly recipientText: string
  /** Null if nothing can be sealed to it. */
  readonly recipient: Recipient | null
  readonly quotaBytes: number | null
}

export type Resolved =
  | { readonly kind: 'accounts'; readonly accounts: readonly LocalAccount[] }
  | { readonly kind: 'elsewhere' }
  | { readonly kind: 'unknown' }

export interface LoginFacts {
  /** Null: nobody has the name. */
  readonly account: AccountId | null
  readonly address: string
  readonly salt: Buffer
}

export class DirectoryClient {
  readonly #calls: CallClient<DirectoryRequest, DirectoryResponse>
  readonly #keys = new RecipientKeys()

  constructor(connect: () => Promise<Connection>) {
    this.#calls = new CallClient(directorySchema, { connect })
  }

  close(): void {
    this.#calls.close()
  }

  async resolve(address: string): Promise<Resolved | null> {
    const answer = await this.ask({ kind: 'resolve', address })
    if (answer?.kind === 'elsewhere' || answer?.kind === 'unknown') return answer
    if (answer?.kind !== 'accounts') return null
    const accounts = answer.accounts.map(({ id, address: main, recipient, quotaBytes }) => ({
      id: accountIdFromBytes(id),
      address: main,
      recipientText: recipient,
      recipient: this.#keys.get(recipient),
      quotaBytes,
    }))
    return { kind: 'accounts', accounts }
  }

  async route(login: Uint8Array): Promise<number | null> {
    const answer = await this.ask({ kind: 'route', login })
    return answer?.kind === 'vault' ? answer.number : null
  }

  /** In canonical form; null if mail for it is not taken here. */
  async servedDomain(domain: string): Promise<{ readonly name: string | null } | null> {
    const answer = await this.ask({ kind: 'servesDomain', domain })
    return answer?.kind === 'servedDomain' ? answer : null
  }

  async login(login: Uint8Array): Promise<LoginFacts | null> {
    const answer = await this.ask({ kind: 'login', login })
    if (answer?.kind !== 'login') return null
    const { account, address, salt } = answer
    return { account: account === null ? null : accountIdFromBytes(account), address, salt: Buffer.from(salt) }
  }

  /** Of an account; the main address first, none if there is no such account. */
  async account(
    account: AccountId,
  ): Promise<{ readonly addresses: readonly string[]; readonly quotaBytes: number | null } | null> {
    const answer = await this.ask({ kind: 'account', account: accountIdToBytes(account) })
    return answer?.kind === 'account' ? answer : null
  }

  /** 64 bytes, which the caller wipes. */
  async machine(account: AccountId): Promise<Buffer | null> {
    const answer = await this.ask({ kind: 'machine', account: accountIdToBytes(account) })
    return answer?.kind === 'machine' ? Buffer.from(answer.stretched) : null
  }

  /** Null if the directory cannot be asked, or was lost before it answered. */
  async ask(request: DirectoryRequest): Promise<DirectoryResponse | null> {
    try {
      return await this.#calls.call(request)
    } catch (error) {
      if (error instanceof CallRefusedError || error instanceof CallLostError) return null
      throw error
    }
  }
}
