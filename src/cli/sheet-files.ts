// Options of commands that have a recovery code at hand, to make a sheet of it: `--pdf FILE`, `--png FILE`, `--paper a4|letter`. Files that are there are never
// written over, and what is written is for its owner's eyes.

import { type Command, Option } from 'commander'
import { wipe } from '#base/bytes.ts'
import { systemClock } from '#platform/clock.ts'
import { fileExists, writeNewFile } from '#platform/files.ts'
import { type Paper, type SheetFacts, sheetAsPdf, sheetAsPng } from '#sheet/sheet.ts'
import { CommandError, EXIT } from './exit-code.ts'
import type { System } from './system.ts'

export interface SheetOptions {
  readonly pdf?: string
  readonly png?: string
  readonly paper: Paper
}

export interface SheetFiles {
  readonly pdf: string | null
  readonly png: string | null
  readonly paper: Paper
}

const PRIVATE_FILE = 0o600

export function addSheetOptions(command: Command): Command {
  return command
    .option('--pdf <file>', 'write a recovery sheet to be printed, into a new file')
    .option('--png <file>', 'the same as a picture')
    .addOption(new Option('--paper <size>', 'of the sheet').choices(['a4', 'letter']).default('a4'))
}

/** Before anything is done: a code that is shown once must not be lost for a file that cannot be written. Throws CommandError. */
export function sheetFiles({
  pdf = null,
  png = null,
  paper,
}: {
  pdf?: string | null
  png?: string | null
  paper: Paper
}): SheetFiles {
  for (const file of [pdf, png]) {
    if (file !== null && fileExists(file)) throw new CommandError(EXIT.usage, `${file} is there already`)
  }
  return { pdf, png, paper }
}

/** Throws CommandError. */
export async function writeSheets(
  system: System,
  { pdf, png, paper }: SheetFiles,
  { address, code, identity }: Pick<SheetFacts, 'address' | 'code' | 'identity'>,
): Promise<void> {
  if (pdf === null && png === null) return
  const server = (await system.status())?.hostname ?? ''
  const facts: SheetFacts = { address, server, code, made: systemClock.now(), identity }
  if (pdf !== null) write(pdf, sheetAsPdf(facts, paper))
  if (png !== null) write(png, sheetAsPng(facts, paper))
}

function write(file: string, bytes: Buffer): void {
  try {
    if (!writeNewFile(file, bytes, PRIVATE_FILE)) throw new CommandError(EXIT.failed, `${file} is there already`)
  } finally {
    wipe(bytes)
  }
}
