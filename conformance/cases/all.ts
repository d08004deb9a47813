// Every case, in the order of the report.

import type { Case } from '../case.ts'
import { changes } from './changes.ts'
import { extensions } from './extensions.ts'
import { fetching } from './fetching.ts'
import { mailboxes } from './mailboxes.ts'
import { searching } from './searching.ts'
import { states } from './states.ts'
import { synchronization } from './synchronization.ts'

export const cases: readonly Case[] = [
  ...states,
  ...mailboxes,
  ...changes,
  ...fetching,
  ...searching,
  ...synchronization,
  ...extensions,
]
