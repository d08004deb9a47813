// Flag lists ready to send: rendered once for each set of flags that occurs, because a mailbox of a hundred thousand messages
// has a few dozen of them.

import type { Account, FlagSet } from '#account/account.ts'
import { flagOf } from './flag-names.ts'

interface Rendered {
  readonly plain: Buffer
  readonly recent: Buffer
  readonly seen: boolean
  readonly deleted: boolean
}

export class FlagLists {
  readonly #account: Account
  /** By the id of the set: those are small numbers without large gaps. */
  readonly #rendered: (Rendered | undefined)[] = []

  constructor(account: Account) {
    this.#account = account
  }

  get(flagSet: number): Rendered {
    const known = this.#rendered[flagSet]
    if (known !== undefined) return known
    const rendered = render(this.#account.flagSet(flagSet))
    while (this.#rendered.length <= flagSet) this.#rendered.push(undefined)
    this.#rendered[flagSet] = rendered
    return rendered
  }
}

function render(flagSet: FlagSet): Rendered {
  const flags = flagSet.keywords.map(flagOf)
  if (flagSet.deleted) flags.push('\\Deleted')
  return {
    plain: Buffer.from(`(${flags.join(' ')})`, 'latin1'),
    recent: Buffer.from(`(${[...flags, '\\Recent'].join(' ')})`, 'latin1'),
    seen: flagSet.keywords.includes('$seen'),
    deleted: flagSet.deleted,
  }
}
