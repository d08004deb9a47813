// Every case, in the order of the report.

import type { Case } from '../case.ts'
import { mailboxes } from './mailboxes.ts'
import { states } from './states.ts'

export const cases: readonly Case[] = [...states, ...mailboxes]
