// Disks that break their promises, for simulations to notice.

import { type Disk, type DiskFile, writeAll } from '#platform/disk.ts'

/** A disk of which some promises are broken. */
export function broken(
  wrapFile: (file: DiskFile, path: string) => DiskFile,
  syncDirectory = true,
): (disk: Disk) => Disk {
  return (disk) => ({
    openRead: (path) => disk.openRead(path),
    openWrite: (path, mode) => wrapFile(disk.openWrite(path, mode), path),
    exists: (path) => disk.exists(path),
    list: (path) => disk.list(path),
    makeDirectory: (path) => disk.makeDirectory(path),
    link: (from, to) => disk.link(from, to),
    rename: (from, to) => disk.rename(from, to),
    remove: (path) => disk.remove(path),
    syncDirectory: (path) => (syncDirectory ? disk.syncDirectory(path) : Promise.resolve()),
  })
}

export function withoutSync(file: DiskFile): DiskFile {
  return {
    ...file,
    datasync: () => Promise.resolve(),
    writeDurably: (buffer, position) => Promise.resolve(writeAll(file, buffer, position)),
  }
}
