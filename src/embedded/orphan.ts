import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { EmbeddedPostgresError, USE_YOUR_OWN } from './errors.ts'
import { readText } from './files.ts'
import { commandLine, isAlive, isListed, postgresInside, until } from './processes.ts'
import { interrupt, quit } from './signals.ts'

const STOP_LIMIT_MS = 30_000

/**
 * Leaves a data directory that nobody runs in and that Postgres will agree to start in. Only for the owner:
 * a server that is still there is one that an earlier owner left behind.
 */
export async function clearOrphan(data: string, native: string, log: (line: string) => void): Promise<void> {
  const lock = join(data, 'postmaster.pid')
  const content = readText(lock)
  if (content === undefined) return
  const pid = Number.parseInt(content, 10) || 0
  if (runsIn(data, pid)) {
    await stop(native, pid)
    log(`Stopped the embedded database that an earlier run left behind (process ${pid})`)
  }
  // Backends outlive a killed postmaster for a moment. A server started beside them could ruin the data.
  if (!(await until(() => postgresInside(data).length === 0, STOP_LIMIT_MS))) {
    throw stillInUse(data, postgresInside(data))
  }
  if (blocksInVain(pid) && readText(lock) !== undefined) {
    rmSync(lock)
    log(`Removed the lock of an embedded database that no longer runs (process ${pid} is none)`)
  }
}

/**
 * Postgres takes the lock's pid for the server's, be it a zombie or long since another program's, and gives up
 * over a lock that a power cut left without one. Where a process cannot be looked at (no /proc), it may be right.
 */
function blocksInVain(pid: number): boolean {
  if (!(pid > 0)) return true
  return isListed(pid) && !(isAlive(pid) && commandLine(pid) === '')
}

function runsIn(data: string, pid: number): boolean {
  const command = commandLine(pid)
  return isAlive(pid) && command.includes('postgres') && `${command} `.includes(` -D ${data} `)
}

async function stop(native: string, pid: number): Promise<void> {
  interrupt(native, pid)
  if (await until(() => !isAlive(pid), STOP_LIMIT_MS)) return
  quit(native, pid)
  await until(() => !isAlive(pid), STOP_LIMIT_MS)
}

function stillInUse(data: string, pids: number[]): EmbeddedPostgresError {
  return new EmbeddedPostgresError(
    `The database in ${data} is still in use by process ${pids.join(', ')}: stop that, or ${USE_YOUR_OWN}.`,
  )
}
