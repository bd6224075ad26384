import { spawnSync } from 'node:child_process'
import { chownSync, readFileSync, statSync } from 'node:fs'
import { userInfo } from 'node:os'
import { EmbeddedPostgresError, USE_YOUR_OWN } from './errors.ts'

/** The operating system user Postgres runs as. `ids` is empty when that is whoever runs this process. */
export interface Account {
  name: string
  ids: { uid?: number; gid?: number }
}

/** Whether this process is root, as which Postgres refuses to run. */
export function isRoot(): boolean {
  return process.getuid?.() === 0
}

/**
 * The account for a database: our own, except for root, who steps down to the owner of data that is
 * already there, else to `postgres` or `nobody`.
 */
export function accountFor(data: string): Account {
  if (!isRoot()) return { name: ownName(), ids: {} }
  return ownerOf(data) ?? unprivilegedAccount(readFileSync('/etc/passwd', 'utf8'))
}

/** The first of `postgres` and `nobody` that a passwd file knows: initdb insists on an entry for its user. */
export function unprivilegedAccount(passwd: string): Account {
  const entries = passwd.split('\n').map((line) => line.split(':'))
  for (const wanted of ['postgres', 'nobody']) {
    const entry = entries.find(([name]) => name === wanted)
    if (entry) return { name: wanted, ids: { uid: Number(entry[2]), gid: Number(entry[3]) } }
  }
  throw new EmbeddedPostgresError(
    'PostgreSQL does not run as root, and /etc/passwd has neither a user "postgres" nor "nobody" to run it ' +
      `as: start Broadsheet as an ordinary user, or ${USE_YOUR_OWN}.`,
  )
}

/** Gives a file or directory to the account, where we may. */
export function giveTo(account: Account, path: string): void {
  const { uid, gid } = account.ids
  if (uid !== undefined && gid !== undefined) chownSync(path, uid, gid)
}

/** Whether the account gets into a directory: asked of the system itself, which also knows of ACLs. */
export function canEnter(account: Account, dir: string): boolean {
  const args = ['-c', 'cd "$1"', 'sh', dir]
  const { status, error } = spawnSync('/bin/sh', args, { ...account.ids, cwd: '/', stdio: 'ignore' })
  if (error) throw cannotSwitch(account, error)
  return status === 0
}

/** As in a container whose root was left without the capability to change its user. */
function cannotSwitch(account: Account, error: Error): EmbeddedPostgresError {
  return new EmbeddedPostgresError(
    `PostgreSQL does not run as root, and nothing can be run as ${account.name} here (${error.message}): ` +
      `start Broadsheet as an ordinary user, or ${USE_YOUR_OWN}.`,
  )
}

function ownerOf(data: string): Account | undefined {
  const found = statSync(data, { throwIfNoEntry: false })
  if (!found || found.uid === 0) return undefined
  return { name: `user ${found.uid}`, ids: { uid: found.uid, gid: found.gid } }
}

function ownName(): string {
  try {
    return userInfo().username
  } catch {
    return `user ${process.getuid?.()}`
  }
}
