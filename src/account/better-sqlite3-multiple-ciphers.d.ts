// What is used of the package, whose own types its `exports` do not reach.

declare module 'better-sqlite3-multiple-ciphers' {
  namespace Database {
    interface Database {
      readonly open: boolean
      prepare(sql: string): Statement
      exec(sql: string): this
      pragma(source: string, options?: { readonly simple?: boolean }): unknown
      /** Bytes of the key, in SQLite3 Multiple Ciphers' own forms: `raw:` and hexadecimal digits for one that is used as it is. */
      key(key: Buffer): number
      close(): this
    }

    interface Statement {
      /** True if it returns rows. */
      readonly reader: boolean
      run(...parameters: unknown[]): { readonly changes: number }
      get(...parameters: unknown[]): unknown
      all(...parameters: unknown[]): unknown[]
      iterate(...parameters: unknown[]): IterableIterator<unknown>
      /** Rows as arrays. */
      raw(): this
    }
  }

  class SqliteError extends Error {
    readonly code: string
  }

  interface DatabaseConstructor {
    /** `timeout`: milliseconds to wait for a lock, in the caller's thread. */
    new (path: string, options: { readonly timeout: number }): Database.Database
    readonly SqliteError: typeof SqliteError
  }

  const Database: DatabaseConstructor
  export default Database
}
