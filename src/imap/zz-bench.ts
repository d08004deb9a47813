import { MemoryAccount } from './memory-account.test-support.ts'
import { newClient } from './test-client.test-support.ts'
const account = new MemoryAccount()
const body = 'x'.repeat(78) + '\r\n'
const N = 20000
for (let i = 0; i < N; i++)
  account.deliver(
    Buffer.from(
      `From: Ann Example <ann${i}@example.org>\r\nTo: bob@example.org\r\nSubject: Message number ${i}\r\nMessage-ID: <${i}@example.org>\r\nDate: Tue, 17 Nov 2026 10:00:00 +0100\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n${body.repeat(120)}`,
    ),
    undefined,
    i % 3 ? ['$seen'] : [],
    Date.UTC(2026, 10, 17, 9),
  )
const client = newClient(account)
await client.say('a SELECT INBOX\r\n')
for (const items of [
  '(UID FLAGS)',
  '(FLAGS ENVELOPE)',
  'BODYSTRUCTURE',
  'BODY.PEEK[HEADER]',
  '(UID FLAGS INTERNALDATE RFC822.SIZE)',
]) {
  await client.say(`w FETCH 1:* ${items}\r\n`)
  const times = []
  for (let r = 0; r < 5; r++) {
    const t = performance.now()
    await client.engine.receive(Buffer.from(`b FETCH 1:* ${items}\r\n`))
    times.push(performance.now() - t)
    client.take()
  }
  times.sort((a, b) => a - b)
  console.log(items, Math.round(N / (times[2]! / 1000)), 'msg/s')
}
{
  const times = []
  for (let r = 0; r < 5; r++) {
    const t = performance.now()
    await client.engine.receive(Buffer.from(`b FETCH 1:2000 BODY.PEEK[]\r\n`))
    times.push(performance.now() - t)
    client.take()
  }
  times.sort((a, b) => a - b)
  console.log('BODY.PEEK[] 2000', Math.round((2000 * 10) / 1000 / (times[2]! / 1000)), 'MB/s')
}
{
  const t = performance.now()
  for (let i = 1; i <= 2000; i++) await client.engine.receive(Buffer.from(`b FETCH ${i} BODY.PEEK[]\r\n`))
  console.log('one at a time', Math.round(2000 / ((performance.now() - t) / 1000)), '/s')
  client.take()
}
for (const q of ['UNSEEN', 'SUBJECT 1999', 'ALL', 'SINCE 1-Nov-2026 LARGER 100', 'TEXT qzra']) {
  const t = performance.now()
  await client.engine.receive(Buffer.from(`b SEARCH ${q}\r\n`))
  console.log(q, (performance.now() - t).toFixed(1), 'ms')
  client.take()
}
{
  const t = performance.now()
  await client.engine.receive(Buffer.from(`b STORE 1:* +FLAGS (\\Flagged)\r\n`))
  console.log('store', (performance.now() - t).toFixed(1), 'ms')
  client.take()
}
{
  const t = performance.now()
  await client.engine.receive(Buffer.from(`b STORE 1:* +FLAGS.SILENT (\\Answered)\r\n`))
  console.log('store silent', (performance.now() - t).toFixed(1), 'ms')
  client.take()
}
