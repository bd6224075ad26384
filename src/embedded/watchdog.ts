import { spawn } from 'node:child_process'
import { Socket } from 'node:net'
import type { Account } from './account.ts'

/** A small process that stops Postgres when we die without having done so, be it by SIGKILL. */
export interface Watchdog {
  /** Sends it away, because Postgres has ended. */
  dismiss(): void
}

/**
 * The shell reads from a pipe that only we hold open: a line means that all is well, an end without one that
 * we are gone. It ignores signals, for a service manager may send them to every process of the service.
 */
const SCRIPT = `trap '' INT TERM HUP; read -r word && exit; kill -INT "$1"`

/** Sets a watchdog on a postmaster. There is none on Windows: there the next start stops what was left. */
export function setWatchdog(postmaster: number, account: Account): Watchdog {
  if (process.platform === 'win32') return { dismiss() {} }
  const shell = spawn('/bin/sh', ['-c', SCRIPT, 'sh', String(postmaster)], {
    ...account.ids,
    cwd: '/',
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  // A watchdog that cannot run or was killed is no reason to fail: it is the second line of defence.
  shell.on('error', () => {})
  shell.stdin.on('error', () => {})
  shell.unref()
  if (shell.stdin instanceof Socket) shell.stdin.unref()
  return { dismiss: () => shell.stdin.end('done\n') }
}
