import { spawnSync } from 'node:child_process'
import { program } from './binaries.ts'

/** Asks a postmaster for a fast shutdown: sessions are ended, everything is written. */
export function interrupt(native: string, pid: number): void {
  signal(native, pid, 'INT')
}

/** Asks a postmaster to stop at once; the next start recovers. */
export function quit(native: string, pid: number): void {
  signal(native, pid, 'QUIT')
}

function signal(native: string, pid: number, name: 'INT' | 'QUIT'): void {
  // Windows has no signals; Postgres makes up for them with a pipe that pg_ctl knows.
  if (process.platform === 'win32') {
    spawnSync(program(native, 'pg_ctl'), ['kill', name, String(pid)], { windowsHide: true })
    return
  }
  try {
    process.kill(pid, `SIG${name}`)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}
