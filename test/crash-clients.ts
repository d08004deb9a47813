// Clients that go on whatever is killed: they connect again, and tell the model what they were told.

import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { CrashModel, Offered, Seen } from './crash-model.ts'
import { ImapConnection, fetchedString } from './imap-connection.ts'
import { LineClient } from './line-client.ts'

export interface ClientOptions {
  readonly model: CrashModel
  readonly ports: { readonly smtp: number; readonly imap: number }
  /** 0 up to, not including, 1: the same in every run with the same seed. */
  readonly random: () => number
  readonly password: string
  /** The test is over, whatever became of it. */
  readonly signal: AbortSignal
  /** Between two requests. */
  readonly pauseMs: number
}

const KEYWORDS = ['\\Flagged', '\\Seen', '\\Answered', 'blue', 'green']
const AGAIN_MS = 40
/** Longer than what is sealed in one piece. */
const LONG_BYTES = 200_000
const SHORT_BYTES = 6_000
const LONG_SHARE = 0.06

/** Every client runs until `stop`, and ends what it has begun. */
export class CrashClients {
  readonly #options: ClientOptions
  #isStopping = false
  readonly #running: Promise<void>[] = []
  #next = 0

  constructor(options: ClientOptions) {
    this.#options = options
  }

  deliver(accounts: readonly (readonly string[])[]): void {
    this.#run(this.#deliver(accounts))
  }

  append(account: string): void {
    this.#run(this.#append(account))
  }

  store(account: string): void {
    this.#run(this.#store(account))
  }

  async stop(): Promise<void> {
    this.#isStopping = true
    await Promise.all(this.#running.splice(0))
    this.#isStopping = false
  }

  #run(work: Promise<void>): void {
    const { signal } = this.#options
    this.#running.push(
      work.catch((error: unknown) => {
        if (!signal.aborted) throw error
      }),
    )
  }

  #offer(accounts: readonly string[]): Offered {
    const { model, random } = this.#options
    const id = `m${this.#next++}`
    const length = random() < LONG_SHARE ? LONG_BYTES : 100 + Math.floor(random() * SHORT_BYTES)
    const lines = randomBytes(length).toString('base64').replaceAll(/.{76}/g, '$&\r\n')
    return model.offer(id, Buffer.from(`Subject: ${id}\r\nX-Crash-Id: ${id}\r\n\r\n${lines}\r\n`), accounts)
  }

  /** Like a mail server: what was not acknowledged is sent again. */
  async #deliver(accounts: readonly (readonly string[])[]): Promise<void> {
    const { model, random, ports, signal } = this.#options
    let client: LineClient | null = null
    while (!this.#isStopping) {
      const offered = this.#offer(accounts[Math.floor(random() * accounts.length)] as readonly string[])
      for (;;) {
        let isSent = false
        try {
          if (client === null) {
            client = await LineClient.connect(ports.smtp)
            await mustMatch(client, /^220 /)
            await client.say('EHLO client.example.net', /^250 /)
          }
          const commands = ['MAIL FROM:<a@example.net>', ...offered.accounts.map((account) => `RCPT TO:<${account}>`)]
          for (const command of commands) await mustSay(client, command, /^250 /)
          await mustSay(client, 'DATA', /^354 /)
          isSent = true
          client.send(Buffer.concat([offered.bytes, Buffer.from('.\r\n')]))
          // Where it is 4xx, mx could not be told who has it: the sender tries again, and some have it twice.
          await mustMatch(client, /^250 /)
          isSent = false
          model.acknowledged(offered)
          break
        } catch {
          if (isSent) offered.lost++
          client?.[Symbol.dispose]()
          client = null
          signal.throwIfAborted()
          await sleep(AGAIN_MS)
        }
      }
      await this.#pause()
    }
    client?.[Symbol.dispose]()
  }

  async #append(account: string): Promise<void> {
    const { model } = this.#options
    let client: ImapConnection | null = null
    while (!this.#isStopping) {
      client ??= await this.#login(account)
      const offered = this.#offer([account])
      let answer: string
      try {
        const append = `APPEND INBOX (\\Seen) {${offered.bytes.length}}`
        answer = (await client.command(append, offered.bytes)).status
      } catch {
        // Nobody knows; a person would look, and try again with another message.
        offered.lost++
        client = this.#dropped(client)
        continue
      }
      const uid = /^OK \[APPENDUID \d+ (\d+)\]/.exec(answer)?.[1]
      if (uid !== undefined) {
        offered.uid = Number(uid)
        offered.flags = [new Set(['\\Seen'])]
        model.acknowledged(offered)
      } else if (!answer.startsWith('NO ')) {
        // Said goodbye in the middle.
        offered.lost++
      }
      await this.#pause()
    }
    client?.[Symbol.dispose]()
  }

  /** Changes flags of what was appended; nobody else does. */
  async #store(account: string): Promise<void> {
    const { model, random } = this.#options
    let client: ImapConnection | null = null
    while (!this.#isStopping) {
      await this.#pause()
      // A change of which nobody knows may still be on its way, and be made after the next: that message is left alone until somebody has looked.
      const candidates = [...model.offered.values()].filter(
        ({ uid, accounts, flags }) => uid !== null && accounts[0] === account && flags.length === 1,
      )
      const offered = candidates[Math.floor(random() * candidates.length)]
      if (offered === undefined) continue
      const flags = KEYWORDS.filter(() => random() < 0.4)
      const operation = (['+', '-', ''] as const)[Math.floor(random() * 3)] ?? ''
      const change = (before: ReadonlySet<string>): ReadonlySet<string> => {
        if (operation === '') return new Set(flags)
        const both = new Set([...before, ...flags])
        return operation === '+' ? both : new Set([...before].filter((flag) => !flags.includes(flag)))
      }
      let isAsked = false
      try {
        if (client === null) {
          client = await this.#login(account)
          await client.must('SELECT INBOX')
        }
        // A session that was not told of a message yet passes over its UID.
        await client.must('NOOP')
        isAsked = true
        const store = `UID STORE ${offered.uid} ${operation}FLAGS (${flags.join(' ')})`
        offered.history.push(store)
        const { status, untagged } = await client.command(store)
        if (status.startsWith('OK ')) {
          model.changed(offered, change, 'done')
          if (!untagged.some((text) => text.includes(`UID ${offered.uid} `)))
            offered.history.push(`no FETCH: ${untagged.join()}`)
        }
        // Nothing was changed, nor will be.
        else if (status.startsWith('NO ')) offered.history.push(status)
        else throw new Error(status)
      } catch {
        if (isAsked) model.changed(offered, change, 'lost')
        client = client === null ? null : this.#dropped(client)
      }
    }
    client?.[Symbol.dispose]()
  }

  async #login(account: string): Promise<ImapConnection> {
    const { ports, password, signal } = this.#options
    for (;;) {
      let client: ImapConnection | null = null
      try {
        client = await ImapConnection.open(ports.imap)
        await client.must(`LOGIN "${account}" "${password}"`)
        return client
      } catch {
        client?.[Symbol.dispose]()
        signal.throwIfAborted()
        await sleep(AGAIN_MS)
      }
    }
  }

  #dropped(client: ImapConnection): null {
    client[Symbol.dispose]()
    return null
  }

  #pause(): Promise<void> {
    const { pauseMs, random, signal } = this.#options
    signal.throwIfAborted()
    return sleep(pauseMs * (0.5 + random()))
  }
}

const REPLY = /^\d{3} /

function mustSay(client: LineClient, command: string, reply: RegExp): Promise<void> {
  client.send(`${command}\r\n`)
  return mustMatch(client, reply)
}

/** The next reply is that, or it is an error. */
async function mustMatch(client: LineClient, reply: RegExp): Promise<void> {
  const text = await client.expect(REPLY)
  if (!reply.test(text)) throw new Error(text)
}

/** The account's INBOX, whole. */
export async function readInbox(port: number, account: string, password: string): Promise<Seen> {
  using client = await ImapConnection.login(port, account, password)
  const selected = (await client.must('EXAMINE INBOX')).join('\n')
  const found = await client.must('UID FETCH 1:* (UID FLAGS BODY.PEEK[])')
  const number = (pattern: RegExp): number => Number(pattern.exec(selected)?.[1])
  return {
    uidValidity: number(/\[UIDVALIDITY (\d+)\]/),
    uidNext: number(/\[UIDNEXT (\d+)\]/),
    messages: found
      .filter((response) => response.includes('BODY[]'))
      .map((response) => ({
        uid: Number(/\bUID (\d+)/.exec(response)?.[1]),
        flags: new Set(
          (/\bFLAGS \(([^)]*)\)/.exec(response)?.[1] ?? '')
            .split(' ')
            .filter((flag) => flag !== '' && flag !== '\\Recent'),
        ),
        bytes: Buffer.from(fetchedString(response, 'BODY[]'), 'latin1'),
      })),
  }
}
