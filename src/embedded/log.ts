import { closeSync, constants, fchownSync, fstatSync, ftruncateSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Home } from './home.ts'

const SIZE_LIMIT = 10 * 1024 * 1024

/** The file the server writes its messages to. */
export interface ServerLog {
  fd: number
  close(): void
  /** What was written to it since it was opened. */
  written(): string
}

/** Opens a database's `postgres.log` for a server that is about to start, and empties it when it is long. */
export function openLog({ dir, account }: Home): ServerLog {
  const path = join(dir, 'postgres.log')
  const { O_WRONLY, O_APPEND, O_CREAT, O_NOFOLLOW } = constants
  // Not through a link: the directory is the database user's, and we may be root.
  const fd = openSync(path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW, 0o600)
  const { uid, gid } = account.ids
  if (uid !== undefined && gid !== undefined) fchownSync(fd, uid, gid)
  if (fstatSync(fd).size > SIZE_LIMIT) ftruncateSync(fd)
  const start = fstatSync(fd).size
  return {
    fd,
    close: () => closeSync(fd),
    written: () => readFileSync(path).subarray(start).toString('utf8'),
  }
}
