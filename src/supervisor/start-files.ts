// Files and directories that a start needs: what is wrong with them is told in words, with their names.

import { readFileOrNull } from '#platform/files.ts'
import { StartError } from './errors.ts'

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'whoever starts Mailkeep may not do that',
  EPERM: 'whoever starts Mailkeep may not do that',
  EROFS: 'the file system is read-only',
  ENOSPC: 'there is no space left',
  EDQUOT: 'there is no space left',
  EEXIST: 'something else has that name',
  ENOTDIR: 'a part of the name is no directory',
  EISDIR: 'it is a directory',
}

/** What the system says of a file in `work`, as StartError: "it cannot be read: …". */
export function orStartError<T>(file: string, what: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (error instanceof RangeError) throw new StartError(`${file} ${what}: it is too large`, { cause: error })
    const { code, syscall } = error as NodeJS.ErrnoException
    if (code === undefined || syscall === undefined) throw error
    throw new StartError(`${file} ${what}: ${REASONS[code] ?? code}`, { cause: error })
  }
}

/** Null if it is not there. Throws StartError. */
export function readForStart(file: string, bytesMax: number): Buffer | null {
  return orStartError(file, 'cannot be read', () => readFileOrNull(file, bytesMax))
}
