import { createHash } from 'node:crypto'
import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { EmbeddedPostgresError, USE_YOUR_OWN } from './errors.ts'
import { hydrateLinks } from './links.ts'
import { isAlive } from './processes.ts'

const isWindows = process.platform === 'win32'

/**
 * Copies the programs to where the account gets at them. The copy is complete from the moment it has its
 * name, for it is made under another one: of two processes at once, one merely comes second.
 */
export function stage(packaged: string, root: string, log: (line: string) => void): string {
  const staged = join(root, `broadsheet-postgres-${stagingKey(packaged)}`)
  removeAbandoned(staged)
  if (existsSync(staged)) return trusted(staged)
  const draft = mkdtempSync(`${staged}.${process.pid}.`)
  try {
    cpSync(packaged, draft, { recursive: true, verbatimSymlinks: true })
    openUp(draft)
    hydrateLinks(draft)
    renameSync(draft, staged)
    log(`Copied the embedded database's programs to ${staged}`)
  } catch (error) {
    rmSync(draft, { recursive: true, force: true })
    if (!existsSync(staged)) throw error
  }
  return trusted(staged)
}

function stagingKey(packaged: string): string {
  const { version } = JSON.parse(readFileSync(join(packaged, '..', 'package.json'), 'utf8')) as {
    version: string
  }
  const parts = [packaged, version, process.getuid?.()]
  return createHash('sha256').update(parts.join('\n')).digest('hex').slice(0, 16)
}

/** Anyone may write to the staging root: what lies there under our name is run only if we made it. */
function trusted(staged: string): string {
  const found = lstatSync(staged)
  if (isOurs(staged) && found.isDirectory() && (isWindows || (found.mode & 0o022) === 0)) return staged
  throw new EmbeddedPostgresError(
    `${staged} is in the way of the embedded database and was not made by it: remove it, or ${USE_YOUR_OWN}.`,
  )
}

/** False also for what is no longer there, as a draft that has just been given its name. */
function isOurs(path: string): boolean {
  return isWindows || lstatSync(path, { throwIfNoEntry: false })?.uid === process.getuid?.()
}

/** Readable for the account Postgres runs as, writable for nobody but us, whatever the umask was. */
function openUp(dir: string): void {
  for (const entry of readdirSync(dir, { withFileTypes: true })) {
    const path = join(dir, entry.name)
    if (entry.isDirectory()) openUp(path)
    else if (entry.isFile()) chmodSync(path, lstatSync(path).mode & 0o100 ? 0o755 : 0o644)
  }
  chmodSync(dir, 0o755)
}

/** Drafts whose maker was killed. Those of other users are left alone, and so is what they put inside. */
function removeAbandoned(staged: string): void {
  const prefix = `${basename(staged)}.`
  for (const name of readdirSync(dirname(staged)).filter((entry) => entry.startsWith(prefix))) {
    const draft = join(dirname(staged), name)
    const maker = Number(name.slice(prefix.length).split('.')[0])
    if (isOurs(draft) && !isAlive(maker)) rmSync(draft, { recursive: true, force: true })
  }
}
