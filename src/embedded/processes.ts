import { type SpawnOptions, spawn, spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, readlinkSync, realpathSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'

/** Polls until the condition holds; false when it still does not after `limitMs`. */
export async function until(condition: () => boolean, limitMs: number, stepMs = 20): Promise<boolean> {
  const deadline = Date.now() + limitMs
  while (!condition()) {
    if (Date.now() > deadline) return false
    await pause(stepMs)
  }
  return true
}

/** Whether the process table has this pid, be it only a zombie. */
export function isListed(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** Whether the process runs. A zombie is dead: the first process of a container may never reap it. */
export function isAlive(pid: number): boolean {
  return isListed(pid) && procStat(pid)?.state !== 'Z'
}

/**
 * A mark of when the process began, so that a pid given out again is not taken for its former bearer.
 * Empty where that cannot be known.
 */
export function startMark(pid: number): string {
  if (process.platform === 'linux') return procStat(pid)?.startTicks ?? ''
  const began = Date.parse(ps(pid, 'lstart'))
  return Number.isNaN(began) ? '' : String(began)
}

/** The process's command line, its arguments set apart by spaces; empty when it cannot be read. */
export function commandLine(pid: number): string {
  if (process.platform === 'win32') return windowsCommandLine(pid)
  if (process.platform !== 'linux') return ps(pid, 'args')
  return (readIfPossible(`/proc/${pid}/cmdline`) ?? '').replaceAll('\0', ' ').trim()
}

/**
 * The Postgres processes that work in a data directory: the postmaster and all of its backends keep it as
 * their working directory. Known on Linux only; elsewhere Postgres's own shared memory check has to do.
 */
export function postgresInside(data: string): number[] {
  if (process.platform !== 'linux') return []
  const real = realpathSync(data)
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => pid > 0 && workingDirectory(pid) === real)
    .filter((pid) => commandLine(pid).includes('postgres') && isAlive(pid))
}

/** What a program that ran to its end left: `status` 0 for success, an errno name when it never ran. */
export interface Outcome {
  status: number | string | null
  output: string
}

/** Runs a program to its end and collects what it printed. */
export function run(file: string, args: string[], options: SpawnOptions): Promise<Outcome> {
  const child = spawn(file, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
  }
  return new Promise((resolve) => {
    child.once('error', (error: NodeJS.ErrnoException) => {
      resolve({ status: error.code ?? 'error', output: error.message })
    })
    child.once('close', (status) => resolve({ status, output }))
  })
}

/** The environment of every Postgres program: the same in a bare container as on a developer's machine. */
export function postgresEnvironment(): NodeJS.ProcessEnv {
  const { PATH, SystemRoot } = process.env
  return { PATH, TZ: 'UTC', LC_ALL: 'C', ...(SystemRoot ? { SystemRoot } : {}) }
}

function procStat(pid: number): { state: string; startTicks: string } | undefined {
  const stat = readIfPossible(`/proc/${pid}/stat`)
  // The second field is the program's name in brackets and may itself hold spaces and brackets.
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ')
  return fields && { state: fields[0] ?? '', startTicks: fields[19] ?? '' }
}

function ps(pid: number, column: string): string {
  if (process.platform === 'win32') return ''
  const env = { ...process.env, LC_ALL: 'C' }
  const { stdout } = spawnSync('ps', ['-o', `${column}=`, '-p', String(pid)], { encoding: 'utf8', env })
  return stdout?.trim() ?? ''
}

function windowsCommandLine(pid: number): string {
  const query = `(Get-CimInstance Win32_Process -Filter "ProcessId=${Number(pid)}").CommandLine`
  const options = { encoding: 'utf8', windowsHide: true } as const
  const { stdout } = spawnSync('powershell.exe', ['-NoProfile', '-Command', query], options)
  return stdout?.replaceAll('"', '').trim() ?? ''
}

function workingDirectory(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/cwd`)
  } catch {
    return undefined
  }
}

function readIfPossible(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}
