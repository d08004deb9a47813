// What this browser remembers of accounts' logs, in IndexedDB: it has to outlive the session, and the server must not be able to make it forget.
// Where there is no such storage (a private window) it lasts as long as the page.

import type { KnownLog } from './check.ts'

interface OwnAlarm {
  readonly text: string
  /** ISO 8601. */
  readonly found: string
  /** When the owner said to go on from what was there; null while it goes on. */
  readonly accepted: string | null
}

export interface Remembered {
  readonly log: KnownLog | null
  readonly alarms: readonly OwnAlarm[]
  /** When all was right the last time; ISO 8601. */
  readonly checked: string | null
}

export const NOTHING: Remembered = { log: null, alarms: [], checked: null }

const DATABASE = 'mailkeep'
const STORE = 'integrity'
const ALARMS_MAX = 100

const inMemory = new Map<string, Remembered>()

function open(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(DATABASE, 1)
    request.addEventListener('upgradeneeded', () => request.result.createObjectStore(STORE))
    request.addEventListener('success', () => resolve(request.result))
    request.addEventListener('error', () => reject(new Error('no storage')))
  })
}

async function withStore<T>(mode: IDBTransactionMode, use: (store: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  const database = await open()
  try {
    return await new Promise((resolve, reject) => {
      const transaction = database.transaction(STORE, mode)
      const request = use(transaction.objectStore(STORE))
      transaction.addEventListener('complete', () => resolve(request.result))
      transaction.addEventListener('abort', () => reject(new Error('not stored')))
    })
  } finally {
    database.close()
  }
}

export async function recall(account: string): Promise<Remembered> {
  try {
    const found =
      (await withStore('readonly', (store) => store.get(account) as IDBRequest<Remembered | undefined>)) ?? null
    return found ?? inMemory.get(account) ?? NOTHING
  } catch {
    return inMemory.get(account) ?? NOTHING
  }
}

export async function remember(account: string, remembered: Remembered): Promise<void> {
  const bounded = { ...remembered, alarms: remembered.alarms.slice(-ALARMS_MAX) }
  inMemory.set(account, bounded)
  try {
    await withStore('readwrite', (store) => store.put(bounded, account))
  } catch {
    // A private window: until it is closed.
  }
}
