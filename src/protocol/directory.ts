// What processes ask of the directory (docs/formats/frames.md §4.2). Which of these a client may ask follows from its socket
// (`directory-server.ts`).

import { bytes, fixed, list, nullable, oneOf, struct, text, u53, u8, variant } from '#base/codec.ts'
import type { CallSchema } from './call-server.ts'

/** Local part, `@` and domain, in any form that a peer may send. */
const address = text(1_024)
const account = fixed(16)
const RECIPIENT_LENGTH_MAX = 4_096
const LISTED_MAX = 100_000

const accountFields = {
  id: account,
  address,
  recipient: text(RECIPIENT_LENGTH_MAX),
  /** Null: there is none. */
  quotaBytes: nullable(u53),
}

const request = variant({
  /** mx, courier, vault: where mail for the address goes. */
  resolve: { address },
  /** gate: which vault has the account of this login name. */
  route: { login: bytes(1_024) },
  /** vault: what a login needs. */
  login: { login: bytes(1_024) },
  /** vault: addresses that the account may send from, and its quota. */
  account: { account },
  /** vault: what opens the account's machine slot (docs/formats/keys.md §3). */
  machine: { account },
  /** vault, admin: the request to open the account by escrow. */
  escrow: { account },
  /** vault: its owner refuses it; the operator has used it. */
  refuseEscrow: { account },
  useEscrow: { account },
  /** The rest: admin. */
  requestEscrow: { account },
  addDomain: { domain: text(1_024) },
  listDomains: {},
  /** An id for a new account, and what its first password slot needs. */
  prepareAccount: { address },
  addAccount: accountFields,
  removeAccount: { address },
  listAccounts: {},
  findAccount: { address },
  addAlias: { address, targets: list(address, 1_000) },
  removeAlias: { address },
  listAliases: {},
  /** gate, admin: whether mail for a domain, in any form that a peer may write, is taken here. */
  servesDomain: { domain: text(1_024) },
})

const response = variant({
  failed: {
    reason: oneOf('malformed', 'exists', 'noSuchDomain', 'noSuchAddress', 'tooMany', 'inUse', 'notDue', 'unavailable'),
  },
  done: {},
  elsewhere: {},
  unknown: {},
  accounts: { accounts: list(struct(accountFields), 100) },
  vault: { number: u8 },
  /** `account` is null where nobody has the name: the salt is there all the same, so that trying takes the same time. */
  login: { account: nullable(account), address, salt: fixed(32), vault: u8 },
  account: { addresses: list(address, 10_000), quotaBytes: nullable(u53) },
  machine: { stretched: fixed(64) },
  escrow: {
    request: nullable(
      struct({
        requested: u53,
        delayMs: u53,
        /** 0: it can be used. */ leftMs: u53,
        state: oneOf('waiting', 'refused', 'used', 'expired'),
      }),
    ),
  },
  domains: { domains: list(struct({ name: text(255), created: u53 }), LISTED_MAX) },
  prepared: { id: account, address, salt: fixed(32), vault: u8 },
  found: { id: account, address, vault: u8, salt: fixed(32) },
  accountList: {
    accounts: list(struct({ id: account, address, quotaBytes: nullable(u53), created: u53, vault: u8 }), LISTED_MAX),
  },
  aliases: { aliases: list(struct({ address, targets: list(address, 100), created: u53 }), LISTED_MAX) },
  /** In canonical form; null: it is not served here. */
  servedDomain: { name: nullable(text(255)) },
})

export const directorySchema = {
  request,
  response,
  requestBytesMax: 1024 * 1024,
  responseBytesMax: 32 * 1024 * 1024,
} satisfies CallSchema<unknown, unknown>

export type DirectoryRequest = Parameters<typeof request.write>[1]
export type DirectoryResponse = Parameters<typeof response.write>[1]
