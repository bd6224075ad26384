import { createHash } from 'node:crypto'
import { accessSync, constants, existsSync, mkdirSync, realpathSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type Account, accountFor, canEnter, giveTo, isRoot } from './account.ts'
import { EmbeddedPostgresError, USE_YOUR_OWN } from './errors.ts'
import { makeDirectory } from './files.ts'

/** Where root's databases live when the account Postgres runs as cannot get to the wanted place. */
const SYSTEM_HOME = '/var/lib/broadsheet'

/** What does not fit into a path of PostgreSQL, 1024 bytes with all that it appends, ends in a crash of initdb. */
const PATH_LIMIT = 900

const UNUSABLE: Record<string, string> = {
  EEXIST: 'that is no directory',
  ENOTDIR: 'what it names as a directory is none',
  ENOENT: 'it cannot be made; a link may lead nowhere',
  EACCES: 'this user may not write there',
  EPERM: 'this user may not write there',
  EROFS: 'nothing can be written there, for it is mounted read-only',
  ENAMETOOLONG: 'its name is too long for the system',
  ELOOP: 'its links lead in a circle',
}

/** The directory that holds a database and all that belongs to it, and the account it belongs to. */
export interface Home {
  dir: string
  account: Account
}

/** The data directory proper, within a home. */
export function dataOf(dir: string): string {
  return join(dir, 'pgdata')
}

/** Chooses and prepares the home for a wanted directory, which root may have to leave for another. */
export function settleHome(wanted: string, log: (line: string) => void): Home {
  const asked = whereUsable(wanted, () => {
    mkdirSync(wanted, { recursive: true })
    return realpathSync(wanted)
  })
  const dir = isRoot() ? reachableHome(asked, log) : asked
  if (Buffer.byteLength(dir) > PATH_LIMIT) throw unusable(dir, 'its path is too long for PostgreSQL')
  const account = accountFor(dataOf(dir))
  whereUsable(dir, () => {
    makeDirectory(dir, 0o700)
    accessSync(dir, constants.R_OK | constants.W_OK | constants.X_OK)
    giveTo(account, dir)
  })
  return { dir, account }
}

/** Does something to a directory, and says in words of the operator why it could not be done. */
function whereUsable<T>(dir: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    const reason = UNUSABLE[String((error as NodeJS.ErrnoException).code)]
    if (!reason) throw error
    throw unusable(dir, reason, error)
  }
}

function unusable(dir: string, reason: string, cause?: unknown): EmbeddedPostgresError {
  return new EmbeddedPostgresError(
    `The embedded database cannot be kept in ${dir}: ${reason}. Put this right, set DATA_DIR to another ` +
      `directory, or ${USE_YOUR_OWN}.`,
    { cause },
  )
}

function reachableHome(asked: string, log: (line: string) => void): string {
  const elsewhere = join(SYSTEM_HOME, createHash('sha256').update(asked).digest('hex').slice(0, 16))
  const account = accountFor(dataOf(asked))
  const holdsData = existsSync(dataOf(asked))
  const reachable = canEnter(account, dirname(asked))
  // Data that went elsewhere once is found there again, even if the wanted place has become reachable.
  if (reachable && (holdsData || !existsSync(dataOf(elsewhere)))) return asked
  if (holdsData) throw unreachable(asked, account)
  whereUsable(SYSTEM_HOME, () => makeDirectory(SYSTEM_HOME, 0o755))
  log(`The embedded database of ${asked} is in ${elsewhere}, where ${account.name} can reach it`)
  return elsewhere
}

function unreachable(dir: string, account: Account): EmbeddedPostgresError {
  return new EmbeddedPostgresError(
    `The database in ${dir} cannot be reached by ${account.name}, as whom PostgreSQL runs: ` +
      `open the directories above it with chmod o+x, or ${USE_YOUR_OWN}.`,
  )
}
