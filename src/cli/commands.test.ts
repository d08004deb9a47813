import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Command } from 'commander'
import { COMMANDS, addParts } from './commands.ts'

const added = async (word: string | undefined): Promise<readonly string[]> => {
  const program = new Command()
  await addParts(program, COMMANDS, word)
  return program.commands.map((command) => command.name())
}

test('each word loads the part that adds it, and that part adds what its words say', async () => {
  for (const { words } of COMMANDS) for (const word of words) assert.deepEqual(await added(word), words)
})

test('without a word, or with one that does not exist, all are known, in the order of the table', async () => {
  const all = COMMANDS.flatMap(({ words }) => words)
  for (const word of [undefined, '--help', 'help', 'nonsense', 'constructor']) assert.deepEqual(await added(word), all)
})
