// What goes with a share to whoever keeps it: read years later, by somebody who has forgotten what it is.

export interface ShareLetter {
  /** From 1, of so many. */
  readonly number: number
  readonly of: number
  /** So many open the account. */
  readonly threshold: number
  readonly contact: string
  /** The account's. */
  readonly address: string
  /** The host name by which the server is known. */
  readonly server: string
}

/** Sentences, to be broken into lines by whoever shows them; the share itself is not in them. */
export function shareLetter({ number, of, threshold, contact, address, server }: ShareLetter): readonly string[] {
  return [
    `For ${contact}: share ${number} of ${of} for the mail account ${address} at ${server}.`,
    `Any ${threshold} of these shares together open the account if its password is lost. One alone opens nothing and tells nothing.`,
    'Keep it on paper, where nobody else finds it, and give it back to the owner of the account alone, in person.',
    `To use it: mailkeep account recover ${address}. Without Mailkeep: verify-ledger.py, in the folder tools of its sources, with a copy of the server's ledger directory.`,
  ]
}
