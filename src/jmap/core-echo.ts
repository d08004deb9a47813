// Core/echo (RFC 8620 §4).

import { CORE } from './capabilities.ts'
import { defineMethod } from './method.ts'
import { anyObject } from './schema.ts'

export const coreEcho = defineMethod('Core/echo', CORE, anyObject, (_context, args) => args)
