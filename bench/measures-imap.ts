// What IMAP clients do: log in, select, fetch, store, append, search, sort.

import { PLANTED, type Planted, plainMessages, plantedCount } from './corpus.ts'
import { ImapLoad } from './load-imap.ts'
import { type Mailbox, TEN_KILOBYTES, fillMailbox, opened, sizeOf } from './mailboxes.ts'
import { type Measure, type Prepared, type Run, type Scale, type Target, median, rate, timed } from './measure.ts'
import type { Server } from './peers/server.ts'

/** A fast answer is asked for until this has passed, so that ticks of the CPU's clock are small against it. */
const LONG_ENOUGH_MS = 300
const REPEATS_MAX = 50

const toBest = (to: readonly string[], limit: number): Target => ({ kind: 'ratio', to, limit })

export const imapMeasures: readonly Measure[] = [
  {
    name: 'login',
    title: 'login, 8 clients',
    unit: '/s',
    better: 'more',
    target: toBest(['Dovecot', 'Cyrus'], 0.3),
    prepare: prepareLogin,
  },
  {
    name: 'select',
    title: 'SELECT, new connection',
    unit: 'ms',
    better: 'less',
    target: toBest(['Cyrus'], 1),
    prepare: prepareSelect,
  },
  fetchMeasure('fetch-flags', 'UID FLAGS', toBest(['Cyrus'], 0.5)),
  fetchMeasure('fetch-envelope', 'UID FLAGS INTERNALDATE RFC822.SIZE ENVELOPE', toBest(['Cyrus'], 0.5)),
  fetchMeasure('fetch-bodystructure', 'UID BODYSTRUCTURE', toBest(['Dovecot'], 0.3)),
  fetchMeasure('fetch-header', 'UID FLAGS BODY.PEEK[HEADER]', toBest(['Dovecot'], 0.5)),
  {
    name: 'fetch-body',
    title: 'FETCH BODY.PEEK[] of 2,000',
    unit: 'MB/s',
    better: 'more',
    target: toBest(['Dovecot'], 0.4),
    prepare: (server, scale) => prepareFetch(server, scale, 'tenKilobytes', 'UID BODY.PEEK[]', 'bytes'),
  },
  {
    name: 'fetch-one',
    title: 'FETCH BODY.PEEK[] one at a time',
    unit: '/s',
    better: 'more',
    target: toBest(['Dovecot'], 0.4),
    prepare: prepareFetchOne,
  },
  {
    name: 'store-one',
    title: 'STORE on one message',
    unit: '/s',
    better: 'more',
    target: toBest(['Cyrus'], 0.7),
    prepare: prepareStoreOne,
  },
  {
    name: 'store-all',
    title: 'STORE on all messages',
    unit: '/s',
    better: 'more',
    target: toBest(['Cyrus'], 1),
    prepare: prepareStoreAll,
  },
  appendMeasure(1, 200, 0.7),
  appendMeasure(8, 800, 1.5),
  searchMeasure('BODY', 'middle'),
  searchMeasure('BODY', 'absent'),
  searchMeasure('TEXT', 'middle'),
  searchMeasure('TEXT', 'absent'),
  sortMeasure('sort-date', 'SORT (DATE) UTF-8 ALL', 'SORT'),
  sortMeasure('sort-subject', 'SORT (SUBJECT) UTF-8 ALL', 'SORT'),
  sortMeasure('thread', 'THREAD REFERENCES UTF-8 ALL', 'THREAD=REFERENCES'),
]

/** Does it again until it has taken long enough to say something about. */
async function repeated(action: () => Promise<unknown>): Promise<{ readonly times: number; readonly ms: number }> {
  const started = performance.now()
  for (let times = 1; ; times++) {
    await action()
    const ms = performance.now() - started
    if (ms >= LONG_ENOUGH_MS || times >= REPEATS_MAX) return { times, ms }
  }
}

function fetchMeasure(name: string, items: string, target: Target): Measure {
  return {
    name,
    title: `FETCH ${items.replace(/^UID (?:FLAGS INTERNALDATE RFC822.SIZE )?/, '')}`,
    unit: '/s',
    better: 'more',
    target,
    prepare: (server, scale) => prepareFetch(server, scale, 'large', items, 'messages'),
  }
}

async function prepareFetch(
  server: Server,
  scale: Scale,
  mailbox: Mailbox,
  items: string,
  counts: 'messages' | 'bytes',
): Promise<Prepared | null> {
  const connection = await opened(server, mailbox, scale)
  if (connection === null) return null
  const command = `FETCH 1:* (${items})`
  const messages = sizeOf(mailbox, scale)
  const answers = (await connection.ask(command)).match(/^\* \d+ FETCH \(/gm)?.length
  if (answers !== messages) throw new Error(`${command}: ${answers} answers for ${messages} messages`)
  const size = async (): Promise<number> => {
    const before = connection.bytes
    await connection.command(command)
    return connection.bytes - before
  }
  const expected = await size()
  return {
    async run() {
      const { times, ms } = await repeated(async () => {
        const bytes = await size()
        // The tagged line may tell the time.
        if (Math.abs(bytes - expected) > 100) throw new Error(`${command}: ${bytes} bytes instead of ${expected}`)
      })
      const operations = messages * times
      return { value: counts === 'messages' ? rate(operations, ms) : (expected * times) / 1000 / ms, operations }
    },
    [Symbol.dispose]: () => connection[Symbol.dispose](),
  }
}

async function prepareFetchOne(server: Server, scale: Scale): Promise<Prepared | null> {
  const connection = await opened(server, 'tenKilobytes', scale)
  if (connection === null) return null
  const messages = sizeOf('tenKilobytes', scale)
  const count = Math.min(500, messages)
  let next = 0
  return {
    warmsUp: true,
    async run() {
      const before = connection.bytes
      const ms = await timed(async () => {
        for (let times = 0; times < count; times++) {
          await connection.command(`FETCH ${1 + (next % messages)} (UID BODY.PEEK[])`)
          next += 7
        }
      })
      if (connection.bytes - before < count * TEN_KILOBYTES) throw new Error('FETCH gave less than the messages hold')
      return { value: rate(count, ms), operations: count }
    },
    [Symbol.dispose]: () => connection[Symbol.dispose](),
  }
}

/** Of an account that is unlocked: one connection is there all the time. */
async function prepareLogin(server: Server): Promise<Prepared | null> {
  const { imap } = server
  if (imap === null) return null
  const connection = await ImapLoad.login(imap)
  return {
    warmsUp: true,
    async run() {
      const count = 200
      let left = count
      const client = async (): Promise<void> => {
        while (left-- > 0) {
          using connection = await ImapLoad.login(imap)
          await connection.logout()
        }
      }
      const ms = await timed(() => Promise.all(Array.from({ length: 8 }, client)))
      return { value: rate(count, ms), operations: count }
    },
    [Symbol.dispose]: () => connection[Symbol.dispose](),
  }
}

async function prepareSelect(server: Server, scale: Scale): Promise<Prepared | null> {
  const { imap } = server
  if (imap === null) return null
  await fillMailbox(server, imap, 'large', scale)
  let connections: ImapLoad[] = []
  const close = (): void => {
    for (const connection of connections) connection[Symbol.dispose]()
    connections = []
  }
  return {
    warmsUp: true,
    async before() {
      close()
      while (connections.length < 50) connections.push(await ImapLoad.login(imap))
    },
    async run() {
      const times: number[] = []
      for (const connection of connections) times.push(await timed(() => connection.command('SELECT large')))
      return { value: median(times), operations: times.length }
    },
    [Symbol.dispose]: close,
  }
}

async function prepareStoreOne(server: Server, scale: Scale): Promise<Prepared | null> {
  const connection = await opened(server, 'large', scale)
  if (connection === null) return null
  const count = Math.min(300, scale.messages)
  let isSet = false
  return {
    warmsUp: true,
    async run() {
      isSet = !isSet
      const ms = await timed(async () => {
        for (let number = 1; number <= count; number++)
          await connection.command(`STORE ${number} ${isSet ? '+' : '-'}FLAGS.SILENT (\\Flagged)`)
      })
      return { value: rate(count, ms), operations: count }
    },
    check: () => expectHits(connection, 'FLAGGED', isSet ? count : 0),
    [Symbol.dispose]: () => connection[Symbol.dispose](),
  }
}

async function prepareStoreAll(server: Server, scale: Scale): Promise<Prepared | null> {
  const connection = await opened(server, 'large', scale)
  if (connection === null) return null
  let isSet = false
  const change = (): Promise<void> => {
    isSet = !isSet
    return connection.command(`STORE 1:* ${isSet ? '+' : '-'}FLAGS.SILENT (measured)`)
  }
  await change()
  return {
    async run() {
      const { times, ms } = await repeated(change)
      const operations = scale.messages * times
      return { value: rate(operations, ms), operations }
    },
    check: () => expectHits(connection, 'KEYWORD measured', isSet ? scale.messages : 0),
    [Symbol.dispose]: () => connection[Symbol.dispose](),
  }
}

function appendMeasure(clients: number, count: number, limit: number): Measure {
  return {
    name: `append-${clients}`,
    title: `APPEND, ${clients} ${clients === 1 ? 'client' : 'clients'}`,
    unit: '/s',
    better: 'more',
    target: toBest(['Dovecot'], limit),
    prepare: (server, scale) => prepareAppend(server, clients, Math.min(count, scale.messages)),
  }
}

/** All into one mailbox, each message when the server has asked for it. */
async function prepareAppend({ imap }: Server, clients: number, count: number): Promise<Prepared | null> {
  if (imap === null) return null
  const mailbox = `appended${clients}`
  const connections = await Promise.all(Array.from({ length: clients }, () => ImapLoad.login(imap)))
  const [first] = connections as [ImapLoad]
  await first.command(`CREATE ${mailbox}`)
  const messages = [...plainMessages(count, TEN_KILOBYTES, 3)]
  let appended = 0
  return {
    warmsUp: true,
    async run(): Promise<Run> {
      let next = 0
      const client = async (connection: ImapLoad): Promise<void> => {
        while (next < count) await connection.append(mailbox, messages[next++] as Buffer)
      }
      const ms = await timed(() => Promise.all(connections.map(client)))
      appended += count
      return { value: rate(count, ms), operations: count }
    },
    async check() {
      const there = await first.count(mailbox)
      if (there !== appended) throw new Error(`${there} messages are there of ${appended} that were appended`)
    },
    [Symbol.dispose]() {
      for (const connection of connections) connection[Symbol.dispose]()
    },
  }
}

function searchMeasure(key: 'BODY' | 'TEXT', which: keyof typeof PLANTED): Measure {
  const planted: Planted = PLANTED[which]
  const what = which === 'absent' ? 'none' : 'hits'
  return {
    name: `search-${key.toLowerCase()}-${what}`,
    title: `SEARCH ${key}, ${which === 'absent' ? 'no hit' : '1 in 75 hits'}`,
    unit: 'ms',
    better: 'less',
    target: toBest(['Dovecot', 'Cyrus'], 1 / 20),
    async prepare(server, scale) {
      const connection = await opened(server, 'large', scale)
      if (connection === null) return null
      const search = (): Promise<void> =>
        expectHits(connection, `${key} ${planted.word}`, plantedCount(planted, scale.messages))
      await search()
      return {
        async run() {
          const { times, ms } = await repeated(search)
          return { value: ms / times, operations: times }
        },
        [Symbol.dispose]: () => connection[Symbol.dispose](),
      }
    },
  }
}

function sortMeasure(name: string, command: string, capability: string): Measure {
  return {
    name,
    title: command.replace(' UTF-8 ALL', ''),
    unit: 'ms',
    better: 'less',
    target: toBest(['Dovecot'], 3),
    async prepare(server, scale) {
      const connection = await opened(server, 'large', scale)
      if (connection === null) return null
      const capabilities = /^\* CAPABILITY (.*)\r$/m.exec(await connection.ask('CAPABILITY'))?.[1] ?? ''
      if (!capabilities.split(' ').includes(capability)) {
        connection[Symbol.dispose]()
        return null
      }
      const sorted = /^\* (?:SORT|THREAD) (.*)\r$/m.exec(await connection.ask(command))?.[1] ?? ''
      const count = sorted.match(/\d+/g)?.length
      if (count !== scale.messages) throw new Error(`${command}: ${count} of ${scale.messages} messages`)
      return {
        async run() {
          const { times, ms } = await repeated(() => connection.command(command))
          return { value: ms / times, operations: times }
        },
        [Symbol.dispose]: () => connection[Symbol.dispose](),
      }
    },
  }
}

async function expectHits(connection: ImapLoad, criteria: string, expected: number): Promise<void> {
  const hits = await connection.hits(criteria)
  if (hits !== expected) throw new Error(`SEARCH ${criteria}: ${hits} hits instead of ${expected}`)
}
