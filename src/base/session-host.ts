// What a session needs of the process that carries it. The engine itself does no input or output.

export interface SessionHost {
  /**
   * Takes bytes for the client; the buffer belongs to the host from then on. Null: go on. A promise: the client reads more
   * slowly than it is sent to; the session waits for the promise before it produces more. It must be resolved, too, when the
   * connection ends.
   */
  send(bytes: Buffer): Promise<void> | null
  /**
   * From here on both directions are compressed: what `send` takes, each buffer by itself, and what the session is given. Only of hosts that
   * can do that.
   */
  compress?(): void
  /** The session is over: close the connection when everything is sent. */
  end(): void
  /** The session has ended because of a mistake of ours or a fault of the environment, not because of its client. */
  fail(error: unknown): void
  /** Lets other work of the process run, then resolves. */
  pause(): Promise<void>
  /** Milliseconds since the Unix epoch. */
  now(): number
  /** Milliseconds from an arbitrary start; never goes back. */
  monotonic(): number
}
