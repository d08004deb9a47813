// The owner's scripts, kept as settings of the account (docs/formats/sieve.md): in the log like everything else, and restored with it. One of them may
// be active.

import type { Octets } from '#message/part.ts'
import type { Account } from '#account/account.ts'
import type { Operation, SettingValue } from '#account/operation.ts'
import { SCRIPT_BYTES_MAX } from '#sieve/limits.ts'
import { isScriptName } from '#sieve/script-name.ts'
import { describeFailure, readFailures } from './failures.ts'

const SCRIPT_SLOTS = 64
const ACTIVE_SETTING = 'sieve/active'

export type PutProblem = 'tooLarge' | 'tooMany'

function scriptSetting(slot: number): string {
  return `sieve/script/${slot}`
}

interface StoredScript {
  readonly slot: number
  readonly name: string
  readonly script: Uint8Array
}

/** What reads settings: an account, or what it is about to have. */
export type ReadSetting = (key: string) => SettingValue

function readScript(slot: number, value: SettingValue): StoredScript | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || value instanceof Uint8Array) return null
  const { name, script } = value as { readonly [key: string]: SettingValue }
  if (typeof name !== 'string' || !isScriptName(name) || !(script instanceof Uint8Array)) return null
  return { slot, name, script }
}

function storedScripts(read: ReadSetting): StoredScript[] {
  const stored: StoredScript[] = []
  for (let slot = 0; slot < SCRIPT_SLOTS; slot++) {
    const script = readScript(slot, read(scriptSetting(slot)))
    if (script !== null) stored.push(script)
  }
  return stored
}

export function findScript(read: ReadSetting, name: string): Octets | null {
  const found = storedScripts(read).find((stored) => stored.name === name)
  return found === undefined ? null : Buffer.from(found.script).toString('latin1')
}

/** The active script's name; null if there is none. */
export function activeName(read: ReadSetting): string | null {
  const name = read(ACTIVE_SETTING)
  return typeof name === 'string' && name !== '' ? name : null
}

/** Changes of one account's scripts, one at a time. */
const turns = new WeakMap<object, Promise<unknown>>()

export class ScriptStore {
  readonly #account: Account
  readonly #read: ReadSetting

  constructor(account: Account) {
    this.#account = account
    this.#read = (key) => account.setting(key)
  }

  /** By name. */
  list(): { readonly name: string; readonly isActive: boolean }[] {
    const active = activeName(this.#read)
    return storedScripts(this.#read)
      .map(({ name }) => ({ name, isActive: name === active }))
      .sort((a, b) => (a.name < b.name ? -1 : 1))
  }

  get(name: string): Uint8Array | null {
    return this.#find(name)?.script ?? null
  }

  /** Why a script of that size cannot be stored; null if it can. */
  whyNot(name: string, sizeBytes: number): PutProblem | null {
    if (sizeBytes > SCRIPT_BYTES_MAX) return 'tooLarge'
    return this.#slotFor(name) === null ? 'tooMany' : null
  }

  /** Null: it is stored. The script has been found valid. Throws CommitRefusedError. */
  put(name: string, script: Uint8Array): Promise<PutProblem | null> {
    return this.#exclusively(async () => {
      const slot = this.#slotFor(name)
      if (slot === null) return 'tooMany'
      await this.#set([[scriptSetting(slot), { name, script: Uint8Array.from(script) }]])
      return null
    })
  }

  /** False if there is no such script. Throws CommitRefusedError. */
  setActive(name: string | null): Promise<boolean> {
    return this.#exclusively(async () => {
      if (name !== null && this.#find(name) === null) return false
      if (activeName(this.#read) !== name) await this.#set([[ACTIVE_SETTING, name]])
      return true
    })
  }

  /** Throws CommitRefusedError. */
  delete(name: string): Promise<'deleted' | 'active' | 'missing'> {
    return this.#exclusively(async () => {
      const found = this.#find(name)
      if (found === null) return 'missing'
      if (activeName(this.#read) === name) return 'active'
      await this.#set([[scriptSetting(found.slot), null]])
      return 'deleted'
    })
  }

  /** Throws CommitRefusedError. */
  rename(from: string, to: string): Promise<'renamed' | 'taken' | 'missing'> {
    return this.#exclusively(async () => {
      const found = this.#find(from)
      if (found === null) return 'missing'
      if (this.#find(to) !== null) return 'taken'
      const changes: [string, SettingValue][] = [[scriptSetting(found.slot), { name: to, script: found.script }]]
      if (activeName(this.#read) === from) changes.push([ACTIVE_SETTING, to])
      await this.#set(changes)
      return 'renamed'
    })
  }

  /** Of the active script as it is now, in words; null if there was none. */
  lastFailure(): string | null {
    const active = activeName(this.#read)
    const last = readFailures(this.#read).at(-1)
    return last === undefined || last.script !== active ? null : describeFailure(last)
  }

  #find(name: string): StoredScript | null {
    return storedScripts(this.#read).find((stored) => stored.name === name) ?? null
  }

  /** That of the script, or a free one. */
  #slotFor(name: string): number | null {
    const stored = storedScripts(this.#read)
    const known = stored.find((script) => script.name === name)
    if (known !== undefined) return known.slot
    const used = new Set(stored.map(({ slot }) => slot))
    for (let slot = 0; slot < SCRIPT_SLOTS; slot++) if (!used.has(slot)) return slot
    return null
  }

  async #set(changes: readonly (readonly [key: string, value: SettingValue])[]): Promise<void> {
    await this.#account.commit(changes.map(([key, value]): Operation => ({ kind: 'set', key, value })))
  }

  #exclusively<R>(work: () => Promise<R>): Promise<R> {
    const key = this.#account
    const done = (turns.get(key) ?? Promise.resolve()).then(work, work)
    turns.set(
      key,
      done.catch(() => undefined),
    )
    return done
  }
}
