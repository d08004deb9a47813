// The directory as its clients see it, over its socket. `null` everywhere means that it cannot be asked now: try again later.

import { type AccountId, accountIdFromBytes, accountIdToBytes } from '#base/ids.ts'
import { type Recipient, parseRecipient } from '#crypto/age/recipient.ts'
import type { Connection } from '#platform/net.ts'
import { CallClient, CallLostError, CallRefusedError } from '#protocol/call-client.ts'
import { type DirectoryRequest, type DirectoryResponse, directorySchema } from '#protocol/directory.ts'
import { ProtocolError } from '#protocol/frame.ts'

export interface LocalAccount {
  readonly id: AccountId
  readonly address: string
  readonly recipient: Recipient
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

/** Recipients are long and take time to check: the last so many are kept. */
const RECIPIENTS_KEPT = 1_024

export class DirectoryClient {
  readonly #calls: CallClient<DirectoryRequest, DirectoryResponse>
  readonly #recipients = new Map<string, Recipient>()

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
      recipient: this.#recipient(recipient),
      quotaBytes,
    }))
    return { kind: 'accounts', accounts }
  }

  async route(login: Uint8Array): Promise<number | null> {
    const answer = await this.ask({ kind: 'route', login })
    return answer?.kind === 'vault' ? answer.number : null
  }

  async login(login: Uint8Array): Promise<LoginFacts | null> {
    const answer = await this.ask({ kind: 'login', login })
    if (answer?.kind !== 'login') return null
    const { account, address, salt } = answer
    return { account: account === null ? null : accountIdFromBytes(account), address, salt: Buffer.from(salt) }
  }

  async addresses(account: AccountId): Promise<readonly string[] | null> {
    const answer = await this.ask({ kind: 'addresses', account: accountIdToBytes(account) })
    return answer?.kind === 'addresses' ? answer.addresses : null
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

  #recipient(text: string): Recipient {
    const known = this.#recipients.get(text)
    if (known !== undefined) return known
    const recipient = parseRecipient(text)
    if (recipient === null) throw new ProtocolError('a malformed recipient')
    if (this.#recipients.size >= RECIPIENTS_KEPT) {
      const [oldest] = this.#recipients.keys()
      this.#recipients.delete(oldest as string)
    }
    this.#recipients.set(text, recipient)
    return recipient
  }
}
