// Runs the active script over one message: what the language asks for comes from the account as it is now.

import type { Octets } from '#message/part.ts'
import { VERSION } from '#base/version.ts'
import type { Account } from '#account/account.ts'
import { ANNOTATIONS_SETTING, annotationsOf } from '#account/annotations.ts'
import type { MailboxRole, SettingValue } from '#account/operation.ts'
import { isMailboxName, ROLES } from '#account/operation-bounds.ts'
import type { Slices } from '#account/turns.ts'
import { type Compiled, compileScript } from '#sieve/compile.ts'
import type { SieveHost } from '#sieve/host.ts'
import type { MessageView } from '#sieve/message-view.ts'
import { toOctets } from '#sieve/octets.ts'
import { type Outcome, failedOutcome } from '#sieve/outcome.ts'
import { runInSteps } from '#sieve/run.ts'
import { activeName, findScript } from './script-store.ts'
import type { Trace } from './trace-fields.ts'

const PATH_BYTES_MAX = 1_024
const DEPTH_MAX = 32

export interface RunOptions {
  readonly account: Account
  readonly hostname: string
  readonly slices: Slices
  readonly receivedAt: number
  readonly trace: Trace
  readonly isDuplicate: (handle: Octets, uniqueId: Octets) => boolean
}

export interface ActiveScript {
  readonly name: string
  readonly compiled: Compiled
}

/** Compiles scripts once, as long as they stay what they are. */
export class ScriptRunner {
  readonly #read: (key: string) => SettingValue
  readonly #compiled = new Map<string, { readonly script: Octets; readonly compiled: Compiled }>()

  constructor(read: (key: string) => SettingValue) {
    this.#read = read
  }

  /** Null: there is none, or it is not there. */
  active(): ActiveScript | null {
    const name = activeName(this.#read)
    const compiled = name === null ? null : this.#compile(name)
    return name === null || compiled === null ? null : { name, compiled }
  }

  /** Of a script that compiles. */
  run({ compiled }: ActiveScript, message: MessageView, options: RunOptions): Promise<Outcome> {
    if (!compiled.ok) {
      // It was stored by another version.
      const [issue] = compiled.issues
      const failure = { line: 1, column: 1, text: 'the script has mistakes', ...issue, script: null }
      return Promise.resolve(failedOutcome(failure))
    }
    return options.slices.run(runInSteps(compiled.program, message, this.#host(options)))
  }

  #compile(name: string): Compiled | null {
    const script = findScript(this.#read, name)
    if (script === null) return null
    const known = this.#compiled.get(name)
    if (known?.script === script) return known.compiled
    const compiled = compileScript(script)
    this.#compiled.set(name, { script, compiled })
    return compiled
  }

  #host({ account, hostname, receivedAt, trace, isDuplicate }: RunOptions): SieveHost {
    const environment: Readonly<Record<string, string>> = {
      name: 'Mailkeep',
      version: VERSION,
      host: hostname,
      domain: account.address.slice(account.address.lastIndexOf('@') + 1),
      location: 'MS',
      phase: 'post',
      'remote-ip': trace.remoteIp,
      'remote-host': trace.remoteHost,
    }
    return {
      now: receivedAt,
      envelope: { from: trace.from, to: trace.to },
      mailboxExists: (path) => account.mailboxByPath(path) !== null,
      mayCreate,
      specialUse: (attribute) => specialUse(account, attribute),
      annotation: (path, name) => annotation(account, path, name),
      environment: (name) => (Object.hasOwn(environment, name) ? toOctets(environment[name] as string) : null),
      isDuplicate,
      script: (name) => this.#compile(name),
    }
  }
}

/** RFC 5490: the owner's own, and those of the account for the server's. */
function annotation(account: Account, path: string | null, name: string): Octets | null {
  const owner = path === null ? 0 : (account.mailboxByPath(path)?.id ?? null)
  if (owner === null) return null
  return annotationsOf(account.setting(ANNOTATIONS_SETTING), owner).get(name)?.toString('latin1') ?? null
}

function mayCreate(path: string): boolean {
  const components = path.split('/')
  return Buffer.byteLength(path) <= PATH_BYTES_MAX && components.length <= DEPTH_MAX && components.every(isMailboxName)
}

/** RFC 6154 §2's attributes, and RFC 8457's; any case. */
export function roleOfAttribute(attribute: string): MailboxRole | null {
  const name = attribute.startsWith('\\') ? attribute.slice(1).toLowerCase() : ''
  return ROLES.find((role) => role === name && role !== 'inbox') ?? null
}

function specialUse(account: Account, attribute: string): string | null {
  const role = roleOfAttribute(attribute)
  return role === null ? null : (account.mailboxByRole(role)?.path ?? null)
}
