// Sheets as files, read back by the programs that a person would use.

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { type TestContext, test } from 'node:test'
import { type Paper, type SheetFacts, sheetAsPdf, sheetAsPng } from './sheet.ts'

const FACTS: SheetFacts = {
  address: 'ada@example.org',
  server: 'mail.example.org',
  code: '7WTHN-0QX3F-12345-67890-ABCDE-FGHJK-MNPQR',
  made: Date.UTC(2026, 10, 27),
  identity: 'hybrid',
}

function folder(t: TestContext): (name: string) => string {
  const made = fs.mkdtempSync(path.join(os.tmpdir(), 'mailkeep-sheet-'))
  t.after(() => fs.rmSync(made, { recursive: true }))
  return (name) => path.join(made, name)
}

function run(program: string, ...args: string[]): string {
  const { status, stdout, stderr, error } = spawnSync(program, args, { encoding: 'utf8' })
  assert.ok(error === undefined && status === 0, `${program}: ${error?.message ?? stderr}`)
  return stdout
}

for (const paper of ['a4', 'letter'] satisfies Paper[]) {
  test(`a sheet on ${paper}: one page, whose text and QR code are read`, (t) => {
    const file = folder(t)
    const bytes = sheetAsPdf(FACTS, paper)
    fs.writeFileSync(file('sheet.pdf'), bytes)
    // Poppler writes nothing on standard error about a file that is as it should be.
    const text = spawnSync('pdftotext', ['-raw', file('sheet.pdf'), '-'], { encoding: 'utf8' })
    assert.equal(text.stderr, '')
    const words = text.stdout.replaceAll(/\s+/g, ' ')
    for (const said of [
      'ada@example.org Server: mail.example.org Date: 2026-11-27',
      '7WTHN-0QX3F-12345-67890- ABCDE-FGHJK-MNPQR',
      'mailkeep account recover ada@example.org',
      'the age program (1.3 or newer)',
      'verify-ledger.py extract',
    ]) {
      assert.ok(words.includes(said), said)
    }
    assert.match(run('pdfinfo', file('sheet.pdf')), /Pages: +1\n[^]*Page size: +(?:595 x 842|612 x 792) pts/)
    run('pdftoppm', '-r', '72', '-png', '-singlefile', file('sheet.pdf'), file('printed'))
    fs.writeFileSync(file('sheet.png'), sheetAsPng(FACTS, paper))
    for (const picture of ['printed.png', 'sheet.png']) {
      assert.equal(run('zbarimg', '--quiet', '--raw', file(picture)), `${FACTS.code}\n`)
    }
    // The same every time: no time of making, no name of a program.
    assert.deepEqual(sheetAsPdf(FACTS, paper), bytes)
  })
}

test('addresses that no font here has, or that are long, stay on the paper and whole', (t) => {
  const file = folder(t)
  for (const address of [
    'жук@example.org',
    'grüße@example.org',
    `${'x'.repeat(64)}@${'long.'.repeat(48)}example.org`,
    'a(b\\c)@example.org',
  ]) {
    fs.writeFileSync(file('sheet.pdf'), sheetAsPdf({ ...FACTS, address }, 'letter'))
    const text = run('pdftotext', '-bbox', file('sheet.pdf'), '-')
    const ends = Array.from(text.matchAll(/<word xMin="[\d.]+" yMin="[\d.]+" xMax="([\d.]+)" yMax="([\d.]+)"/g))
    assert.ok(ends.length > 50)
    for (const [word, x, y] of ends) assert.ok(Number(x) < 612 - 36 && Number(y) < 792 - 18, word)
    const words = run('pdftotext', '-raw', file('sheet.pdf'), '-').replaceAll(/\s+/g, '')
    const shown = address.startsWith('ж') ? '\\u{436}\\u{443}\\u{43a}@example.org' : address
    assert.ok(words.includes(shown), words.slice(0, 300))
    fs.writeFileSync(file('sheet.png'), sheetAsPng({ ...FACTS, address }, 'letter'))
    assert.equal(run('zbarimg', '--quiet', '--raw', file('sheet.png')), `${FACTS.code}\n`)
  }
})
