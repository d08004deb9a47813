import assert from 'node:assert/strict'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { after, before, test } from 'node:test'
import fc from 'fast-check'
import { codePoint } from '#base/code-point.test-support.ts'
import type { EmailId } from '#base/ids.ts'
import { type Fixture, makeFixture } from './account-fixture.ts'
import type { TextCriterion, WordQuery } from './account.ts'
import type { OpenAccount } from './open-account.ts'

const MESSAGES = [
  'From: Ada Lovelace <ada@analytical.example>\r\nTo: Charles <charles@engine.example>\r\nSubject: The Engine\r\nX-Mark: opaque Token\r\n\r\nIt weaves algebraic\r\npatterns. Grüße aus Köln.\r\n',
  'From: "Babbage, Charles" <charles@engine.example>\r\nTo: ada@analytical.example\r\nCc: Mary <mary@soc.example>\r\nSubject: Re: the engine\r\n\r\nalgebra is fine; engineering takes longer.\r\n',
  'From: =?utf-8?B?5bGx55Sw?= <yamada@tokyo.example>\r\nTo: ada@analytical.example\r\nSubject: =?utf-8?B?5pel5pys6Kqe44Gu44Oh44O844Or?=\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n今日は東京都で会議です。\r\n',
  'From: list@example\r\nBcc: secret@hidden.example\r\nSubject: file\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/html\r\n\r\n<p>Hello <b>wor</b>ld, naïve café</p>\r\n--b\r\nContent-Type: application/pdf; name="Invoice-2026.pdf"\r\nContent-Disposition: attachment; filename="Invoice-2026.pdf"\r\n\r\n%PDF\r\n--b--\r\n',
]

let fixture: Fixture
let account: OpenAccount
let ids: EmailId[]

before(async () => {
  fixture = await makeFixture(fs.mkdtempSync(path.join(os.tmpdir(), 'mailkeep-search-')), { quick: true })
  for (const message of MESSAGES) await fixture.deliver(Buffer.from(message))
  account = await fixture.open()
  ids = MESSAGES.map((_, index) => (index + 1) as EmailId)
})

after(async () => {
  await account.close()
  await fixture.close()
  fs.rmSync(fixture.directory, { recursive: true })
})

const found = (criterion: TextCriterion): Promise<EmailId[]> => account.searchText(criterion, ids)

test('substrings are found as IMAP asks: in any case, within words, across line breaks, in decoded text', async () => {
  const cases: [TextCriterion, number[]][] = [
    [{ field: 'body', value: 'gebra' }, [1, 2]],
    [{ field: 'body', value: 'ALGEBRAIC PATTERNS' }, [1]],
    [{ field: 'body', value: 'engine' }, [2]],
    [{ field: 'text', value: 'engine' }, [1, 2]],
    [{ field: 'subject', value: 'ENGINE' }, [1, 2]],
    [{ field: 'subject', value: 'Re:' }, [2]],
    [{ field: 'from', value: 'babbage, c' }, [2]],
    [{ field: 'from', value: 'ada' }, [1, 3]],
    [{ field: 'from', value: '山田' }, [3]],
    [{ field: 'to', value: 'ada@' }, [2, 3]],
    [{ field: 'cc', value: 'mary' }, [2]],
    [{ field: 'bcc', value: 'hidden' }, [4]],
    [{ field: 'subject', value: '日本語の' }, [3]],
    [{ field: 'body', value: '東京都' }, [3]],
    [{ field: 'body', value: '京' }, [3]],
    [{ field: 'body', value: 'köln' }, [1]],
    [{ field: 'body', value: 'KO\u0308LN' }, [1]],
    [{ field: 'body', value: 'koln' }, []],
    [{ field: 'body', value: 'hello world' }, [4]],
    [{ field: 'body', value: 'invoice-2026' }, [4]],
    [{ field: 'text', value: 'opaque token' }, [1]],
    [{ field: 'body', value: 'opaque token' }, []],
    [{ field: 'header', name: 'x-mark', value: 'tok' }, [1]],
    [{ field: 'header', name: 'X-MARK', value: '' }, [1]],
    [{ field: 'header', name: 'x-other', value: '' }, []],
    [{ field: 'header', name: 'cc', value: 'soc.example' }, [2]],
    [{ field: 'body', value: '' }, [1, 2, 3, 4]],
    [{ field: 'text', value: 'nowhere at all' }, []],
  ]
  for (const [criterion, expected] of cases)
    assert.deepEqual(await found(criterion), expected, JSON.stringify(criterion))
  assert.deepEqual(await account.searchText({ field: 'body', value: 'gebra' }, [2, 1, 99, 2]), [2, 1, 2])
})

test('words are found as people ask: whole, without case and diacritics, in phrases, in one field, combined', async () => {
  const cases: [WordQuery, number[]][] = [
    [{ field: null, text: 'engine' }, [1, 2]],
    [{ field: 'body', text: 'engine' }, []],
    [{ field: null, text: 'gebra' }, []],
    [{ field: null, text: 'ALGEBRAIC patterns' }, [1]],
    [{ field: null, text: 'patterns algebraic' }, [1]],
    [{ field: null, text: '"patterns algebraic"' }, []],
    [{ field: null, text: '"algebraic patterns"' }, [1]],
    [{ field: null, text: 'grusse koln' }, []],
    [{ field: null, text: 'gruße koln' }, [1]],
    [{ field: null, text: 'cafe naive' }, [4]],
    [{ field: null, text: '東京' }, [3]],
    [{ field: null, text: '東京都' }, [3]],
    [{ field: null, text: '京東' }, []],
    [{ field: 'subject', text: '日本語' }, [3]],
    [{ field: 'from', text: 'charles@engine.example' }, [2]],
    [{ field: 'attachmentNames', text: 'invoice' }, [4]],
    [{ field: null, text: '???' }, []],
    [{ field: null, text: '' }, []],
    [{ field: null, text: 'engine" OR "x' }, []],
    [{ all: [{ field: null, text: 'engine' }, { not: { field: 'from', text: 'ada' } }] }, [2]],
    [
      {
        any: [
          { field: 'cc', text: 'mary' },
          { field: null, text: 'invoice' },
        ],
      },
      [2, 4],
    ],
    [{ not: { any: [] } }, [1, 2, 3, 4]],
    [{ all: [] }, [1, 2, 3, 4]],
  ]
  for (const [query, expected] of cases) {
    assert.deepEqual(await account.searchWords(query), expected, JSON.stringify(query))
  }
})

test('no text a client sends is an error, and every piece of a message finds it', async () => {
  const text = 'It weaves algebraic patterns. Grüße aus Köln.'
  await fc.assert(
    fc.asyncProperty(fc.nat(text.length - 1), fc.integer({ min: 1, max: 20 }), async (start, length) => {
      const value = text.slice(start, start + length)
      assert.ok((await found({ field: 'body', value })).includes(1 as EmailId), value)
    }),
    { numRuns: 60 },
  )
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: codePoint, maxLength: 40 }), async (text) => {
      await account.searchWords({ field: 'subject', text })
    }),
  )
})

test('more messages than a block: all are found, also after some have gone and the index was made again', async () => {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'mailkeep-blocks-'))
  const many = await makeFixture(directory, { quick: true })
  const count = 2200
  for (let first = 0; first < count; first += 200) {
    await many.deliver(
      ...Array.from({ length: 200 }, (_, index) => Buffer.from(`Subject: s\r\n\r\nneedle${first + index}end\r\n`)),
    )
  }
  let opened = await many.open()
  await opened.filed()
  for (const remade of [false, true]) {
    if (remade) {
      await opened.commit([{ kind: 'remove', mailbox: 1 as never, set: [[500, 600]] }])
      await opened.close()
      fs.rmSync(many.indexDirectory, { recursive: true })
      opened = await many.open()
    }
    const view = opened.view(1 as never)
    const all = view?.emails.slice(0, view.count) ?? []
    for (let number = 0; number < count; number += 271) {
      const value = `eedle${number}e`
      const hits = await opened.searchText({ field: 'body', value }, all)
      const words = await opened.searchWords({ field: null, text: `needle${number}end` })
      assert.deepEqual(hits, words)
      const text = hits.length === 1 ? await opened.open(hits[0] as EmailId) : null
      if (text === null) assert.ok(remade)
      else assert.match(Buffer.from(text.bytes).toString(), new RegExp(`needle${number}end`))
    }
  }
  await opened.close()
  await many.close()
  fs.rmSync(directory, { recursive: true })
})
