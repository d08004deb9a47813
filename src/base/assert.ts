// Assertions: the program's own mistakes, never its input's. A broken invariant must not be survived with wrong data,
// so these throw `InvariantError`, which only a process's (or a session's) outermost edge may catch, to end it.

export class InvariantError extends Error {
  override name = 'InvariantError'
}

export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new InvariantError(message)
}

/** For the default branch of an exhaustive `switch`. */
export function unreachable(value: never): never {
  throw new InvariantError(`unreachable: ${typeof value}`)
}
