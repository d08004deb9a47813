// What the owner of an account of low security finds in the mailbox: that the operator asked to open the account, and that it was opened.

import { composeMessage } from '#message/compose.ts'

export interface EscrowNotice {
  readonly address: string
  /** Of the server. */
  readonly hostName: string
  /** `asked`: and may open it when so much time has passed. */
  readonly what:
    | { readonly kind: 'asked'; readonly delayMs: number }
    | { readonly kind: 'used'; readonly requested: number }
  readonly now: number
  readonly messageId: string
  readonly boundarySeed: string
}

const HOUR_MS = 3_600_000

/** Throws DraftError if the address cannot be written. */
export function composeEscrowNotice(notice: EscrowNotice): Buffer {
  const { address, hostName, what, now, messageId, boundarySeed } = notice
  const subject =
    what.kind === 'asked' ? 'The operator asks to open your account' : 'The operator has opened your account'
  return composeMessage({
    boundarySeed,
    // RFC 6532: an address that is not ASCII has no other form.
    // eslint-disable-next-line no-control-regex -- exactly the bytes of ASCII
    utf8: !/^[\x00-\x7f]*$/.test(address),
    fields: [
      { name: 'From', addresses: [{ name: 'Mailkeep', email: `postmaster@${hostName}` }] },
      { name: 'To', addresses: [{ name: null, email: address }] },
      { name: 'Subject', text: subject },
      { name: 'Date', date: { ms: now, zoneMinutes: 0 } },
      { name: 'Message-ID', messageIds: [messageId] },
      // RFC 3834 §5: nobody answers by a program.
      { name: 'Auto-Submitted', text: 'auto-generated' },
    ],
    body: { kind: 'text', subtype: 'plain', text: paragraphs(notice).join('\n\n') + '\n' },
  })
}

function paragraphs({ address, hostName, what, now }: EscrowNotice): readonly string[] {
  const choice = `You chose low security for ${address}: whoever runs ${hostName} can open it with a key that is kept away from the server, after a delay, and not without your being told.`
  if (what.kind === 'asked') {
    return [
      `On ${moment(now)} the operator of ${hostName} asked to open your account, so as to set a new password.`,
      choice,
      `It can be done when the server has run for ${duration(what.delayMs)}. If you did not ask for it, refuse it: on the page "Recovery" of the webmail, or have the operator type`,
      `    mailkeep account escrow refuse ${address}`,
      'which asks for your password. On the same page you choose high security, and then nobody but you can open your account.',
    ]
  }
  return [
    `On ${moment(now)} the operator of ${hostName} opened your account, as was asked for on ${moment(what.requested)}, and set a new password.`,
    choice,
    'It is noted in your account\'s log as well, where nobody can take it away: the page "Recovery" of the webmail and the command mailkeep audit show it.',
    'If you did not ask for it, ask the operator why, and change your password: the operator knows the one that was set.',
  ]
}

function moment(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 16).replace('T', ' at ')} UTC`
}

function duration(ms: number): string {
  const hours = Math.ceil(ms / HOUR_MS)
  return hours % 24 === 0 ? `${hours / 24} ${hours === 24 ? 'day' : 'days'}` : `${hours} hours`
}
