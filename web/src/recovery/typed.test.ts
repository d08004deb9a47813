import assert from 'node:assert/strict'
import { test } from 'node:test'
import { asPrinted, readTyped } from './typed.ts'

const CODE = '7WTHN-0QX3F-12345-67890-ABCDE-FGHJK-MNPQR'
const SHARE = `04${'0'.repeat(68)}`

test('a code is one, also on two lines as the sheet has it; what is longer is shares', () => {
  assert.equal(readTyped(' \n# nothing\n'), null)
  assert.deepEqual(readTyped(`${CODE}\n`), { recoveryCode: CODE })
  assert.deepEqual(readTyped('7WTHN-0QX3F-12345-67890-\nABCDE-FGHJK-MNPQR'), { recoveryCode: CODE })
  assert.deepEqual(readTyped(`# For Ann\n  ${SHARE}\n\n${SHARE}`), { shares: [SHARE, SHARE] })
  assert.deepEqual(readTyped(SHARE), { shares: [SHARE] })
})

test('a code is printed in one form, however it was typed', () => {
  assert.equal(asPrinted('7wthn oqx3f-L2345 67890abcdefghjkmnpqr'), CODE)
})
