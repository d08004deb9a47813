// The Session object (RFC 8620 §2).

import type { Account } from '#account/account.ts'
import { type Access, mayUseCapability } from './access.ts'
import { ACCOUNT_CAPABILITIES, CAPABILITIES, type Capability } from './capabilities.ts'
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

export function sessionObject(
  account: Account,
  access: Access,
  urls: JmapUrls,
): Record<string, unknown> & { readonly state: string } {
  return {
    ...sessionFacts(account, access),
    apiUrl: urls.api,
    downloadUrl: urls.download,
    uploadUrl: urls.upload,
    eventSourceUrl: urls.events,
    state: sessionState(account, access),
  }
}

/** Changes when the session does; clients of all URLs see the same. */
export function sessionState(account: Account, access: Access): string {
  return fingerprint(JSON.stringify(sessionFacts(account, access)))
}

function sessionFacts(account: Account, access: Access): Record<string, unknown> {
  const accountId = formatAccountId(account.id)
  const offered = Object.entries(ACCOUNT_CAPABILITIES).filter(([uri]) => mayUseCapability(access, uri as Capability))
  return {
    capabilities: Object.fromEntries(CAPABILITIES),
    accounts: {
      [accountId]: {
        name: account.address,
        isPersonal: true,
        isReadOnly: access.kind === 'readOnly',
        accountCapabilities: Object.fromEntries(offered),
      },
    },
    primaryAccounts: Object.fromEntries(offered.map(([uri]) => [uri, accountId])),
    username: account.address,
  }
}
