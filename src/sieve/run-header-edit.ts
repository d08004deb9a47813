// "addheader" and "deleteheader" (RFC 5293), carried out on what tests see. The message's bytes stay as they are.

import { foldField, isFieldName, textTokens } from '#message/header-writer.ts'
import type { Execution } from './execution.ts'
import type { HeaderEdit } from './header-edit.ts'
import type { ViewedField } from './header-view.ts'
import { ADDED_BYTES_MAX, ADDED_FIELD_BYTES_MAX, REMOVED_RANGES_MAX } from './limits.ts'
import { matchValues } from './matcher.ts'
import { asciiLower, toText } from './octets.ts'
import type { Action, FieldIndex } from './program.ts'
import { RunError } from './run-error.ts'

type Of<Kind extends Action['kind']> = Extract<Action, { kind: Kind }>

/** §6: never deleted; what this server writes, and finds loops by, is no script's either. */
const PROTECTED: ReadonlySet<string> = new Set(['received', 'auto-submitted', 'return-path', 'delivered-to'])
/** Trace fields, which say what happened on the way. */
const NOT_ADDED: ReadonlySet<string> = new Set(['received', 'return-path', 'delivered-to'])

function fieldName(run: Execution, { name }: Of<'addheader'> | Of<'deleteheader'>): string {
  const given = run.expand(name)
  if (!isFieldName(given)) throw new RunError("that cannot be a header field's name")
  return given
}

function mustBeEditable(run: Execution): void {
  if (!run.message.canEdit) throw new RunError('the header of this message is too long to be changed')
}

/** Throws RunError. */
export function runAddHeader(run: Execution, action: Of<'addheader'>): void {
  const name = fieldName(run, action)
  const value = run.expand(action.value)
  if (NOT_ADDED.has(asciiLower(name))) return
  mustBeEditable(run)
  // §4: folded and encoded, as its text needs.
  const written = foldField(name, textTokens(toText(value), false))
  if (written.length > ADDED_FIELD_BYTES_MAX) throw new RunError('the header field is too long')
  run.added += written.length
  if (run.added > ADDED_BYTES_MAX) throw new RunError('the header fields that are added are too long in sum')
  run.work(run.message.all.length)
  run.message = run.message.withField(written, action.isLast)
}

/** Throws RunError. */
export function runDeleteHeader(run: Execution, action: Of<'deleteheader'>): void {
  const name = fieldName(run, action)
  const keys = action.keys === null ? null : run.expandAll(action.keys)
  if (PROTECTED.has(asciiLower(name))) return
  mustBeEditable(run)
  const fields = indexed(run.message.fieldsOf(name), action.index)
  const gone = fields.filter((field) => {
    return keys === null || matchValues(action.match, [run.message.text(field)], keys, run).isMatch
  })
  if (gone.length === 0) return
  run.work(run.message.all.length)
  run.message = run.message.withoutFields(new Set(gone))
}

/** RFC 5260 §6. */
export function indexed(fields: readonly ViewedField[], index: FieldIndex | null): readonly ViewedField[] {
  if (index === null) return fields
  const field = fields[index.isLast ? fields.length - index.number : index.number - 1]
  return field === undefined ? [] : [field]
}

/** What is sent with the header as it is now. Throws RunError. */
export function headerEdit(run: Execution): HeaderEdit | null {
  const edit = run.message.edit()
  if (edit !== null && edit.removed.length > REMOVED_RANGES_MAX) {
    throw new RunError('header fields are taken from too many places to send the message on')
  }
  return edit
}
