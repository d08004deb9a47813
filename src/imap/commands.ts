// The table of commands after login. Adding one is a file of its own and a line here.

import { deleteAcl, getAclCommand, listRightsCommand, myRights, setAclCommand } from './command-acl.ts'
import { getJmapAccess } from './command-jmap-access.ts'
import { getMetadata, setMetadata } from './command-metadata.ts'
import { getQuotaCommand, getQuotaRootCommand } from './command-quota.ts'
import { compress } from './command-compress.ts'
import { append } from './command-append.ts'
import { cancelUpdate } from './command-cancelupdate.ts'
import { capability } from './command-capability.ts'
import { close, unselectCommand } from './command-close.ts'
import { copy, move, uidCopy, uidMove } from './command-copy.ts'
import { create } from './command-create.ts'
import { deleteCommand } from './command-delete.ts'
import { enable } from './command-enable.ts'
import { expunge, uidExpunge } from './command-expunge.ts'
import { fetch, uidFetch } from './command-fetch.ts'
import { id } from './command-id.ts'
import { idle } from './command-idle.ts'
import { list } from './command-list.ts'
import { logout } from './command-logout.ts'
import { lsub } from './command-lsub.ts'
import { namespace } from './command-namespace.ts'
import { notify } from './command-notify.ts'
import { check, noop } from './command-noop.ts'
import { replace, uidReplace } from './command-replace.ts'
import { rename } from './command-rename.ts'
import { search, uidSearch } from './command-search.ts'
import { esearch } from './command-esearch.ts'
import { examine, select } from './command-select.ts'
import { sort, uidSort } from './command-sort.ts'
import { status } from './command-status.ts'
import { store, uidStore } from './command-store.ts'
import { subscribe, unsubscribe } from './command-subscribe.ts'
import { thread, uidThread } from './command-thread.ts'
import type { AnyCommand } from './command.ts'

const all: readonly AnyCommand[] = [
  deleteAcl,
  getAclCommand,
  listRightsCommand,
  myRights,
  setAclCommand,
  getJmapAccess,
  getMetadata,
  setMetadata,
  getQuotaCommand,
  getQuotaRootCommand,
  append,
  compress,
  cancelUpdate,
  capability,
  check,
  close,
  copy,
  create,
  deleteCommand,
  enable,
  esearch,
  examine,
  expunge,
  fetch,
  id,
  idle,
  list,
  logout,
  lsub,
  move,
  namespace,
  noop,
  notify,
  rename,
  replace,
  search,
  select,
  sort,
  status,
  store,
  subscribe,
  thread,
  uidCopy,
  uidExpunge,
  uidFetch,
  uidMove,
  uidReplace,
  uidSearch,
  uidSort,
  uidStore,
  uidThread,
  unselectCommand,
  unsubscribe,
]

const byName: ReadonlyMap<string, AnyCommand> = new Map(all.map((command) => [command.name, command]))

export function commandNamed(name: string): AnyCommand | undefined {
  return byName.get(name)
}
