import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, realpathSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type Account, accountFor, canEnter, giveTo, isRoot } from './account.ts'
import { EmbeddedPostgresError, USE_YOUR_OWN } from './errors.ts'
import { makeDirectory } from './files.ts'

/** Where root's databases live when the account Postgres runs as cannot get to the wanted place. */
const SYSTEM_HOME = '/var/lib/broadsheet'

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
  mkdirSync(wanted, { recursive: true })
  const asked = realpathSync(wanted)
  const dir = isRoot() ? reachableHome(asked, log) : asked
  const account = accountFor(dataOf(dir))
  makeDirectory(dir, 0o700)
  giveTo(account, dir)
  return { dir, account }
}

function reachableHome(asked: string, log: (line: string) => void): string {
  const elsewhere = join(SYSTEM_HOME, createHash('sha256').update(asked).digest('hex').slice(0, 16))
  const account = accountFor(dataOf(asked))
  const holdsData = existsSync(dataOf(asked))
  const reachable = canEnter(account, dirname(asked))
  // Data that went elsewhere once is found there again, even if the wanted place has become reachable.
  if (reachable && (holdsData || !existsSync(dataOf(elsewhere)))) return asked
  if (holdsData) throw unreachable(asked, account)
  makeDirectory(SYSTEM_HOME, 0o755)
  log(`The embedded database of ${asked} is in ${elsewhere}, where ${account.name} can reach it`)
  return elsewhere
}

function unreachable(dir: string, account: Account): EmbeddedPostgresError {
  return new EmbeddedPostgresError(
    `The database in ${dir} cannot be reached by ${account.name}, as whom PostgreSQL runs: ` +
      `open the directories above it with chmod o+x, or ${USE_YOUR_OWN}.`,
  )
}
