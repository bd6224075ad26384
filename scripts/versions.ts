import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** What `test:pg` and `test:node` share: their arguments, packages of other versions, and the run itself. */

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const CACHE = join(ROOT, 'node_modules', '.cache', 'broadsheet')
const VITEST = join(ROOT, 'node_modules', 'vitest', 'vitest.mjs')

/** Why a run cannot be had: a sentence for whoever asked for it. */
class RunError extends Error {}

/** What the suites run on, by major version. */
export interface Versions {
  /** "PostgreSQL". */
  what: string
  /** The exact version of the npm package that stands for each major. */
  packages: Record<string, string>
  /** Runs the suites on one of them. @returns the exit code of vitest. */
  test(major: string, version: string, run: Run): Promise<number>
}

export interface Run {
  /** Runs vitest to its end, with more environment. @returns its exit code. */
  vitest(node: string, environment: NodeJS.ProcessEnv, files?: readonly string[]): Promise<number>
  /** Runs another program to its end; fails where that fails. */
  program(file: string, args: readonly string[], cwd?: string): Promise<void>
}

/** The whole of a script: one version after the other, a line for each at the end, and the exit code. */
export async function testVersions(versions: Versions, args: readonly string[]): Promise<void> {
  const stopped = new Interrupts()
  const said: string[] = []
  try {
    const { majors, rest } = readArguments(versions, args)
    for (const major of majors) {
      const began = Date.now()
      const version = versions.packages[major] as string
      const code = await versions.test(major, version, runner(stopped, rest))
      stopped.check()
      const how = code === 0 ? 'passed' : `failed with exit code ${code}`
      said.push(`${versions.what} ${major}: ${how} in ${Math.round((Date.now() - began) / 1000)} s`)
      if (code !== 0) process.exitCode ||= code
    }
  } catch (error) {
    if (stopped.by) said.push(`Ended by ${stopped.by}.`)
    else if (error instanceof RunError) said.push(error.message)
    else throw error
    process.exitCode = stopped.by === 'SIGINT' ? 130 : stopped.by === 'SIGTERM' ? 143 : 1
  } finally {
    for (const line of said) console.log(line)
  }
}

/** `15 16 test/db`: the majors, and what goes on to vitest in the place of the usual files. */
function readArguments({ what, packages }: Versions, args: readonly string[]) {
  const known = Object.keys(packages)
  const majors = args.filter((arg) => /^v?\d/.test(arg))
  const unknown = majors.find((major) => !known.includes(major))
  const choice = `name one or more of ${known.join(', ')}`
  if (unknown) throw new RunError(`The tests are not set up for ${what} ${unknown}: ${choice}.`)
  if (majors.length === 0) throw new RunError(`Which ${what} shall the tests run on? Please ${choice}.`)
  return { majors, rest: args.filter((arg) => !majors.includes(arg)) }
}

function runner(stopped: Interrupts, rest: readonly string[]): Run {
  const program: Run['program'] = async (file, args, cwd = ROOT) => {
    const code = await toEnd(stopped, file, args, cwd, process.env)
    if (code !== 0) throw new RunError(`${[file, ...args].join(' ')} ended with exit code ${code}.`)
  }
  // what is asked is whether it works there, not how fast
  const vitest: Run['vitest'] = (node, environment, files = []) =>
    toEnd(stopped, node, [VITEST, 'run', '--testTimeout=120000', ...(rest.length > 0 ? rest : files)], ROOT, {
      ...process.env,
      ...environment,
    })
  return { vitest, program }
}

function toEnd(
  stopped: Interrupts,
  file: string,
  args: readonly string[],
  cwd: string,
  env: NodeJS.ProcessEnv,
): Promise<number> {
  stopped.check()
  const child = spawn(file, args, { cwd, env, stdio: 'inherit' })
  stopped.passTo(child)
  return new Promise((resolve, reject) => {
    child.once('error', (error) => reject(new RunError(`${file} cannot be run: ${error.message}.`)))
    child.once('close', (code) => resolve(code ?? 1))
  })
}

/** Ctrl-C ends what runs, and nothing more is begun; what was started is put away as at any other end. */
class Interrupts {
  by: 'SIGINT' | 'SIGTERM' | undefined
  #child: ChildProcess | undefined

  constructor() {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.on(signal, () => {
        this.by ??= signal
        // SIGTERM in either case: a terminal has sent SIGINT to the child already
        this.#child?.kill('SIGTERM')
      })
    }
  }

  passTo(child: ChildProcess): void {
    this.#child = child
  }

  check(): void {
    if (this.by) throw new RunError('interrupted')
  }
}

/**
 * Installs a package into the cache, unless it is there, and without its install scripts. It has its name only
 * when it is complete, `finish` included. @returns its folder.
 */
export async function installed(
  { program }: Run,
  name: string,
  version: string,
  finish: (folder: string) => Promise<void> = async () => {},
): Promise<string> {
  const place = join(CACHE, `${name.replace('@', '').replace('/', '-')}-${version}`)
  if (!existsSync(place)) {
    const draft = `${place}.${process.pid}`
    try {
      mkdirSync(draft, { recursive: true })
      console.log(`Installing ${name}@${version} into ${place}`)
      await npm(program, ['install', '--prefix', draft, `${name}@${version}`, ...QUIETLY])
      await finish(join(draft, 'node_modules', name))
      if (!existsSync(place)) renameSync(draft, place)
    } finally {
      rmSync(draft, { recursive: true, force: true })
    }
  }
  return join(place, 'node_modules', name)
}

const QUIETLY = [
  '--ignore-scripts',
  '--no-save',
  '--no-package-lock',
  '--no-audit',
  '--no-fund',
  '--loglevel=error',
]

async function npm(program: Run['program'], args: readonly string[]): Promise<void> {
  const cli = process.env['npm_execpath']
  if (!cli) throw new RunError('Start this by npm run: it uses that npm.')
  await program(process.execPath, [cli, ...args])
}
