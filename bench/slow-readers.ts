// What clients hold in memory that ask for a whole mailbox and do not read the answer: 200 of them by TLS, on a whole Mailkeep, of a mailbox that begins with a message of 3 MB, and
// of one of many small messages. How much more memory the gate and the vault have for each; and how long short commands of somebody else take meanwhile.
//
// CLIENTS=n for another number than 200.

import os from 'node:os'
import { startMailkeep } from '../test/harness.ts'
import { plainMessages } from './corpus.ts'
import { ImapLoad } from './load-imap.ts'
import { sleep } from './peers/server.ts'
import { proportionalBytesOf } from './process-tree.ts'

const CLIENTS = Number(process.env['CLIENTS'] ?? 200)
const PASSWORD = 'correct horse battery'
const [READER, OTHER] = ['reader@example.org', 'other@example.org']
const SETTLED_MS = 8_000
const LOOKS = 200
const MB = 2 ** 20
const MAILBOXES = [
  { name: 'large', messages: 20, bytes: 3 * MB },
  { name: 'small', messages: 2_000, bytes: 10_240 },
]
/** What each may take in all processes. */
const LIMIT_KB = 1_024

await using mailkeep = await startMailkeep({ accounts: { [READER]: PASSWORD, [OTHER]: PASSWORD } })
const target = { port: mailkeep.ports.imaps, user: READER, password: PASSWORD, isTls: true }
using filling = await ImapLoad.login(target)
for (const { name, messages, bytes } of MAILBOXES) {
  await filling.command(`CREATE ${name}`)
  for (const message of plainMessages(messages, bytes)) await filling.append(name, message)
}
using other = await ImapLoad.login({ ...target, user: OTHER })
await other.command('SELECT INBOX')
const { processes } = await mailkeep.status()
const pids = processes.filter(({ name }) => name === 'gate' || name.startsWith('vault'))
const used = async (): Promise<readonly number[]> => {
  // Wherever a session ends, what nobody holds any more is given back soon.
  await (await ImapLoad.login({ ...target, user: OTHER })).logout()
  await sleep(SETTLED_MS)
  return pids.map(({ pid }) => proportionalBytesOf(pid) ?? 0)
}
console.log(`${CLIENTS} clients, load ${os.loadavg()[0]?.toFixed(2)}`)
for (const { name } of MAILBOXES) {
  const clients: ImapLoad[] = []
  while (clients.length < CLIENTS) {
    const client = await ImapLoad.login(target)
    await client.command(`SELECT ${name}`)
    clients.push(client)
  }
  const before = await used()
  for (const client of clients) client.ignore('FETCH 1:* (UID BODY.PEEK[])')
  const after = await used()
  let sum = 0
  for (const [at, process] of pids.entries()) {
    const each = ((after[at] as number) - (before[at] as number)) / 1024 / CLIENTS
    sum += each
    console.log(`${`${name}: ${process.name}`.padEnd(40)} ${each.toFixed(0).padStart(8)} KB for each`)
  }
  const times: number[] = []
  for (let look = 0; look < LOOKS; look++) {
    const begun = performance.now()
    await other.command('FETCH 1 (FLAGS BODY.PEEK[])')
    times.push(performance.now() - begun)
  }
  times.sort((a, b) => a - b)
  const [middle, high] = [times[LOOKS >> 1] as number, times[Math.floor(LOOKS * 0.99)] as number]
  console.log(
    `${`${name}: FETCH of somebody else`.padEnd(40)} ${middle.toFixed(1).padStart(8)} ms, 99th percentile ${high.toFixed(1)} ms`,
  )
  if (sum > LIMIT_KB) {
    console.log(`MISSED: each is to take less than ${LIMIT_KB} KB`)
    process.exitCode = 1
  }
  for (const client of clients) client[Symbol.dispose]()
  await sleep(2_000)
}
