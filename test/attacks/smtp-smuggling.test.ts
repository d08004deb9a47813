// SMTP smuggling (Longin, "SMTP Smuggling - Spoofing E-Mails Worldwide", SEC Consult 2023; CVE-2023-51764 Postfix, CVE-2023-51765 Sendmail,
// CVE-2023-51766 Exim, and what followed in others): a message holds what one server takes for the end of the message and the next does
// not, so that what follows, commands and a second message with a forged sender, is believed to come from the first server itself.
//
// What must hold: there is exactly one end of a message, CRLF . CRLF; whatever resembles it makes the message refused and ends the session
// before anything that follows is looked at. No message arrives, and no second envelope is ever asked about.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ENVELOPE, TestClient } from '#smtp/memory-host.test-support.ts'

const FORGED =
  'MAIL FROM:<admin@victim.example>\r\nRCPT TO:<ann@example.org>\r\nDATA\r\nSubject: forged\r\n\r\nforged\r\n.\r\n'
const GENUINE = 'Subject: genuine\r\n\r\ngenuine'

/** What was published as an end of a message in some implementation, or is near to one. */
const ENDS: Readonly<Record<string, string>> = {
  'LF . LF': '\n.\n',
  'LF . CRLF': '\n.\r\n',
  'CRLF . LF': '\r\n.\n',
  'CR . CR': '\r.\r',
  'CR . CRLF': '\r.\r\n',
  'CRLF . CR': '\r\n.\r',
  'CR . LF': '\r.\n',
  'LF . CR': '\n.\r',
  'LF CR . CRLF': '\n\r.\r\n',
  'CR CRLF . CRLF': '\r\r\n.\r\n',
  'CRLF . CR CRLF': '\r\n.\r\r\n',
  'CRLF . LF CR': '\r\n.\n\r',
  'CRLF .. LF': '\r\n..\n',
  'LF .. CRLF': '\n..\r\n',
  'CRLF LF . LF': '\r\n\n.\n',
  'NUL before LF': '\r\n.\r\0\n',
  'NUL after CR': '\r\0\n.\r\0\n',
}

/** Not an end of a message, and not a bare CR or LF either: they stay in the message that they are in. */
const TEXT: Readonly<Record<string, string>> = {
  'CRLF . NUL CRLF': '\r\n.\0\r\n',
  'CRLF NUL . CRLF': '\r\n\0.\r\n',
  'CRLF . space CRLF': '\r\n. \r\n',
  'CRLF space . CRLF': '\r\n .\r\n',
  'CRLF .. CRLF': '\r\n..\r\n',
  'CRLF . backspace CRLF': '\r\n.\b\r\n',
  'NEL . NEL': '\u0085.\u0085',
  'line separator': '\u2028.\u2028',
  'vertical tab . form feed': '\v.\f',
  'CRLF, a dot of another width, CRLF': '\r\n\uff0e\r\n',
  'overlong CR and LF in UTF-8': '\u00c0\u008d\u00c0\u008a.\u00c0\u008d\u00c0\u008a',
}

async function inData(): Promise<TestClient> {
  const client = new TestClient()
  assert.match(await client.say(`${ENVELOPE}DATA\r\n`), /354 /)
  return client
}

/** All places where one chunk could end, or every byte alone, or none. */
function divisions(length: number): number[][] {
  return [[], [...Array(length).keys()], ...Array.from({ length }, (_, at) => [at])]
}

for (const [name, end] of Object.entries(ENDS)) {
  test(`DATA: ${name} ends the session, not the message`, async () => {
    const input = Buffer.from(`${GENUINE}${end}${FORGED}`, 'latin1')
    for (const cuts of divisions(GENUINE.length + end.length + 4)) {
      const client = await inData()
      const reply = await client.say(input, cuts)
      assert.match(reply, /^550 5\.5\.2 An? (?:CR without LF|LF without CR) was received[^\r]*\r\n$/)
      assert(client.host.hasEnded)
      assert.deepEqual([client.host.arrived.length, client.host.aborted, client.host.senders.length], [0, 1, 1])
      assert.deepEqual(client.host.events, ['bareLineEnd'])
    }
  })

  test(`BDAT: ${name} is refused, and what follows it in the piece is not a command`, async () => {
    const content = Buffer.from(`${GENUINE}${end}${FORGED}`, 'latin1')
    const input = Buffer.concat([Buffer.from(`BDAT ${content.length} LAST\r\n`), content, Buffer.from('NOOP\r\n')])
    for (const cuts of [[], [...input.keys()], [GENUINE.length + 13, GENUINE.length + 14]]) {
      const client = new TestClient()
      await client.say(ENVELOPE)
      assert.match(await client.say(input, cuts), /^550 5\.6\.0 [^\r]*\r\n250 2\.0\.0 Done\r\n$/)
      assert.deepEqual([client.host.arrived.length, client.host.senders.length], [0, 1])
    }
  })
}

for (const [name, text] of Object.entries(TEXT)) {
  test(`DATA: ${name} is text`, async () => {
    const input = Buffer.from(`${GENUINE}${text}${FORGED}QUIT\r\n`, 'latin1')
    for (const cuts of [[], [...input.keys()]]) {
      const client = await inData()
      const reply = await client.say(input, cuts)
      // One message, or none because of the NUL in it; never two.
      assert.match(reply, text.includes('\0') ? /^550 5\.6\.0 [^\r]*\r\n221 / : /^250 2\.0\.0 Accepted as m1\r\n221 /)
      assert.equal(client.host.senders.length, 1)
      assert(client.host.arrived.length <= 1)
      const content = client.host.arrived[0]?.content.toString('latin1')
      if (content !== undefined) assert(content.includes(FORGED.slice(0, -3)))
    }
  })
}

test('commands: a CR or LF on its own ends the session before the command is run', async () => {
  for (const line of [
    'MAIL FROM:<a@example.net>\nRCPT TO:<ann@example.org>\r\n',
    'MAIL FROM:<a@example.net>\rRCPT TO:<ann@example.org>\r\n',
    'MAIL FROM:<a@example.net>\r\r\n',
    'MAIL FROM:<a@example.net>\n\r\n',
    'NOOP x\nMAIL FROM:<a@example.net>\r\n',
  ]) {
    for (const cuts of divisions(line.length)) {
      const client = new TestClient()
      await client.say('EHLO c\r\n')
      assert.match(await client.say(line, cuts), /^550 5\.5\.2 /)
      assert(client.host.hasEnded)
      assert.equal(client.host.senders.length, 0)
    }
  }
})

test('the one end of a message is found wherever it is divided, and what follows are commands', async () => {
  const input = Buffer.from(`${GENUINE}\r\n.\r\n${FORGED}`)
  for (const cuts of divisions(input.length)) {
    const client = await inData()
    await client.say(input, cuts)
    assert.deepEqual(
      client.host.arrived.map(({ content }) => content.toString()),
      [`${GENUINE}\r\n`, 'Subject: forged\r\n\r\nforged\r\n'],
    )
  }
})
