// The Session object (RFC 8620 §2).

import type { Account } from '#account/account.ts'
import { ACCOUNT_CAPABILITIES, CAPABILITIES } from './capabilities.ts'
import { fingerprint } from './fingerprint.ts'
import { formatAccountId } from './ids.ts'

/** Level 1 templates (RFC 6570), as the RFC names their variables. */
export interface JmapUrls {
  readonly api: string
  /** With accountId, blobId, name and type. */
  readonly download: string
  /** With accountId. */
  readonly upload: string
  /** With types, closeafter and ping. */
  readonly events: string
}

export function sessionObject(account: Account, urls: JmapUrls): Record<string, unknown> & { readonly state: string } {
  return {
    ...sessionFacts(account),
    apiUrl: urls.api,
    downloadUrl: urls.download,
    uploadUrl: urls.upload,
    eventSourceUrl: urls.events,
    state: sessionState(account),
  }
}

/** Changes when the session does; clients of all URLs see the same. */
export function sessionState(account: Account): string {
  return fingerprint(JSON.stringify(sessionFacts(account)))
}

function sessionFacts(account: Account): Record<string, unknown> {
  const accountId = formatAccountId(account.id)
  return {
    capabilities: Object.fromEntries(CAPABILITIES),
    accounts: {
      [accountId]: {
        name: account.address,
        isPersonal: true,
        isReadOnly: false,
        accountCapabilities: ACCOUNT_CAPABILITIES,
      },
    },
    primaryAccounts: Object.fromEntries(Object.keys(ACCOUNT_CAPABILITIES).map((uri) => [uri, accountId])),
    username: account.address,
  }
}
