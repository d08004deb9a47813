// A disk in memory that loses what a real one may lose. Writes go to a cache, and are durable when a sync that began after them has
// completed; names are durable when their directory was synced. At a crash each unsynced sector, file size and name either survives or
// does not, by the seed; a rename is there whole or not at all.
//
// Syncs complete when the simulation says so (`completeSync`), or by themselves. Any operation can be made to fail, or to be
// the last one before the crash.

import path from 'node:path'
import { type DeviceFile, type Disk, DiskError, type DiskFile, writeAndSync } from '#platform/disk.ts'
import { SimulatedFile } from './file.ts'
import { type Entry, type NameChange, namesOf, withDependencies } from './name-changes.ts'
import type { Random } from './random.ts'

export type OperationKind =
  | 'create'
  | 'write'
  | 'truncate'
  | 'datasync'
  | 'mkdir'
  | 'rename'
  | 'remove'
  | 'syncDirectory'
export type Fault = 'ENOSPC' | 'EIO' | 'short' | 'crash'

/** Decides about each operation that changes something, by its number. */
export type FaultPlan = (number: number, kind: OperationKind, path: string) => Fault | null

/** The machine is off. */
export class CrashedError extends Error {
  override name = 'CrashedError'
}

interface PendingSync {
  complete(): void
}

export class SimulatedDisk implements Disk {
  readonly #random: Random
  readonly #names: Map<string, Entry>
  readonly #durableNames: Map<string, Entry>
  #changes: NameChange[] = []
  #pending: PendingSync[] = []
  #operations = 0
  #crashed = false
  faults: FaultPlan | null = null
  /** Syncs complete by themselves. */
  automatic = true

  constructor(random: Random, names: ReadonlyMap<string, Entry> = new Map<string, Entry>([['/', 'directory']])) {
    this.#random = random
    this.#names = new Map(names)
    this.#durableNames = new Map(names)
  }

  get operations(): number {
    return this.#operations
  }

  get crashed(): boolean {
    return this.#crashed
  }

  get pendingSyncs(): number {
    return this.#pending.length
  }

  /** Lets one of the syncs under way complete. */
  completeSync(): void {
    const [sync] = this.#pending.splice(this.#random.below(this.#pending.length), 1)
    sync?.complete()
  }

  /** The disk after a power failure. This one is dead then. */
  crash(): SimulatedDisk {
    this.#crashed = true
    const survival = this.#random.pick([0, 0.5, 1])
    this.#applyDurably(withDependencies(this.#changes, () => this.#random.chance(survival)))
    const names = new Map<string, Entry>()
    const files = new Map<SimulatedFile, SimulatedFile>()
    for (const [name, entry] of [...this.#durableNames].sort(([a], [b]) => a.length - b.length)) {
      if (name !== '/' && names.get(path.dirname(name)) !== 'directory') continue
      if (entry === 'directory') {
        names.set(name, entry)
        continue
      }
      const after = files.get(entry) ?? entry.crash(this.#random)
      files.set(entry, after)
      names.set(name, after)
    }
    return new SimulatedDisk(this.#random, names)
  }

  /** The disk after the process was killed: the cache is as it was. This object is dead then. */
  kill(): SimulatedDisk {
    this.#crashed = true
    const next = new SimulatedDisk(this.#random, this.#names)
    next.#durableNames.clear()
    for (const [name, entry] of this.#durableNames) next.#durableNames.set(name, entry)
    next.#changes = this.#changes
    return next
  }

  file(name: string): SimulatedFile {
    const entry = this.#names.get(name)
    if (!(entry instanceof SimulatedFile)) throw new DiskError('ENOENT')
    return entry
  }

  /** Names of all files, sorted. */
  files(): string[] {
    const files = [...this.#names].filter(([, entry]) => entry !== 'directory')
    return files.map(([name]) => name).sort()
  }

  openRead(name: string): DiskFile {
    this.#alive()
    return this.#handle(name, this.file(name))
  }

  openDevice(name: string): DeviceFile {
    this.#alive()
    const file = this.file(name)
    return {
      isDirect: true,
      size: () => file.size,
      close: () => undefined,
      read: (position, length) => {
        this.#alive()
        if (file.isUnreadable(position, length)) throw new DiskError('EIO')
        const bytes = Buffer.alloc(length)
        return bytes.subarray(0, file.readDevice(bytes, position))
      },
    }
  }

  openWrite(name: string): DiskFile {
    this.#alive()
    const known = this.#names.get(name)
    if (known instanceof SimulatedFile) return this.#handle(name, known)
    this.#operation('create', name)
    if (this.#names.get(path.dirname(name)) !== 'directory') throw new DiskError('ENOENT')
    const created = new SimulatedFile()
    this.#add(name, created)
    return this.#handle(name, created)
  }

  exists(name: string): boolean {
    this.#alive()
    return this.#names.has(name)
  }

  list(directory: string): string[] {
    this.#alive()
    const names = [...this.#names.keys()].filter((name) => name !== '/' && path.dirname(name) === directory)
    return names.map((name) => path.basename(name))
  }

  makeDirectory(name: string): void {
    this.#alive()
    if (this.#names.get(name) === 'directory') return
    this.makeDirectory(path.dirname(name))
    this.#operation('mkdir', name)
    this.#add(name, 'directory')
  }

  rename(from: string, to: string): void {
    this.#operation('rename', from)
    const entry = this.#names.get(from)
    if (entry === undefined || this.#names.get(path.dirname(to)) !== 'directory') throw new DiskError('ENOENT')
    this.#names.delete(from)
    this.#names.set(to, entry)
    this.#changes.push({ kind: 'rename', path: from, to, entry })
  }

  link(from: string, to: string): void {
    this.#operation('create', to)
    const entry = this.#names.get(from)
    if (!(entry instanceof SimulatedFile) || this.#names.get(path.dirname(to)) !== 'directory')
      throw new DiskError('ENOENT')
    if (this.#names.has(to)) throw new DiskError('EEXIST')
    this.#add(to, entry)
  }

  remove(name: string): void {
    this.#operation('remove', name)
    const entry = this.#names.get(name)
    if (entry === undefined) throw new DiskError('ENOENT')
    this.#names.delete(name)
    this.#changes.push({ kind: 'remove', path: name, entry })
  }

  syncDirectory(directory: string): Promise<void> {
    return this.#sync('syncDirectory', directory, () => {
      const synced = withDependencies(this.#changes, (change) =>
        namesOf(change).some((name) => path.dirname(name) === directory),
      )
      return { complete: () => this.#applyDurably(synced) }
    })
  }

  #add(name: string, entry: Entry): void {
    this.#names.set(name, entry)
    this.#changes.push({ kind: 'add', path: name, entry })
  }

  #handle(name: string, file: SimulatedFile): DiskFile {
    let open = true
    const alive = (): void => {
      this.#alive()
      if (!open) throw new DiskError('EBADF')
    }
    return {
      read: (buffer, position) => {
        alive()
        if (file.isUnreadable(position, buffer.length)) throw new DiskError('EIO')
        return file.read(buffer, position)
      },
      write: (buffer, position) => {
        alive()
        return this.#write(name, file, buffer, position)
      },
      datasync: async () => {
        alive()
        await this.#sync(
          'datasync',
          name,
          () => file.beginSync(),
          () => file.failSync(this.#random),
        )
      },
      writeDurably(buffer, position) {
        return writeAndSync(this, buffer, position)
      },
      size: () => {
        alive()
        return file.size
      },
      truncate: (size) => {
        alive()
        this.#operation('truncate', name)
        file.truncate(size)
      },
      close: () => {
        open = false
      },
    }
  }

  #write(name: string, file: SimulatedFile, buffer: Uint8Array, position: number): number {
    const fault = this.#fault('write', name)
    if (fault === null) {
      file.write(buffer, position)
      return buffer.length
    }
    if (fault === 'short') {
      const count = Math.max(1, Math.floor(buffer.length / 2))
      file.write(buffer.subarray(0, count), position)
      return count
    }
    // An error tells nothing about how much was written; a machine that goes off writes any part.
    if (fault !== 'ENOSPC') file.write(buffer.subarray(0, this.#random.below(buffer.length + 1)), position)
    throw this.#error(fault)
  }

  async #sync(kind: OperationKind, name: string, begin: () => PendingSync, fail?: () => void): Promise<void> {
    const fault = this.#fault(kind, name)
    if (fault !== null && fault !== 'short') {
      if (fault !== 'crash') fail?.()
      throw this.#error(fault)
    }
    const writeBack = begin()
    await new Promise<void>((resolve) => {
      const sync = {
        complete: () => {
          writeBack.complete()
          resolve()
        },
      }
      if (!this.automatic) this.#pending.push(sync)
      else setImmediate(() => this.#crashed || sync.complete())
    })
  }

  #operation(kind: OperationKind, name: string): void {
    const fault = this.#fault(kind, name)
    if (fault !== null && fault !== 'short') throw this.#error(fault)
  }

  #fault(kind: OperationKind, name: string): Fault | null {
    this.#alive()
    const number = this.#operations++
    const fault = this.faults?.(number, kind, name) ?? null
    if (fault === 'crash') this.#crashed = true
    return fault
  }

  #error(fault: Fault): Error {
    return fault === 'crash' ? new CrashedError('power failure') : new DiskError(fault)
  }

  #alive(): void {
    if (this.#crashed) throw new CrashedError('power failure')
  }

  #applyDurably(changes: ReadonlySet<NameChange>): void {
    for (const change of this.#changes) {
      if (!changes.has(change)) continue
      if (change.kind === 'add') this.#durableNames.set(change.path, change.entry)
      else if (this.#durableNames.get(change.path) === change.entry) this.#durableNames.delete(change.path)
      if (change.kind === 'rename') this.#durableNames.set(change.to, change.entry)
    }
    this.#changes = this.#changes.filter((change) => !changes.has(change))
  }
}
