import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** What `test-node.ts` and `test-postgres.ts` share: other versions of what the tests run on, as npm packages. */

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const CACHE = join(ROOT, 'node_modules', '.cache', 'broadsheet')
const VITEST = join(ROOT, 'node_modules', 'vitest', 'vitest.mjs')

/** Installs a package by itself, once, apart from those of the project. @returns the folder of the package. */
export function npmPackage(name: string, version: string): string {
  const folder = join(CACHE, `${name.replace('/', '-')}-${version}`)
  const installed = join(folder, 'node_modules', name)
  if (existsSync(join(installed, 'package.json'))) return installed
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'package.json'), '{ "private": true }\n')
  console.log(`Installing ${name}@${version}`)
  // the package `node` brings its program by a script
  const args = ['install', `${name}@${version}`, '--ignore-scripts=false', '--no-audit', '--no-fund']
  const { status } = spawnSync('npm', args, {
    cwd: folder,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  })
  if (status !== 0) throw new Error(`${name}@${version} could not be installed`)
  return installed
}

/** Runs tests to their end. @returns the exit code of Vitest. */
export function runTests(
  node: string,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<number> {
  const tests = spawn(node, [VITEST, 'run', ...args], {
    cwd: ROOT,
    env: { ...process.env, ...env },
    stdio: 'inherit',
  })
  return new Promise((resolve, reject) => {
    tests.once('error', reject)
    tests.once('exit', (code) => resolve(code ?? 1))
  })
}

/**
 * Tries the versions that were named on the command line, all of them, and says at the end how each went.
 * @param known the exact version of each major.
 */
export async function tryVersions(
  what: string,
  known: Record<string, string>,
  attempt: (version: string, major: string) => Promise<number>,
): Promise<void> {
  const majors = process.argv.slice(2)
  const unknown = majors.filter((major) => !Object.hasOwn(known, major))
  if (majors.length === 0 || unknown.length > 0) {
    console.error(`Say which: any of ${Object.keys(known).join(', ')}.`)
    process.exit(2)
  }
  // Ctrl-C reaches the tests too; we go when they have gone, and put away what they ran on
  process.on('SIGINT', () => {})
  const outcomes: string[] = []
  for (const major of majors) {
    const since = Date.now()
    const code = await attempt(known[major] as string, major)
    if (code !== 0) process.exitCode = 1
    const seconds = Math.round((Date.now() - since) / 1000)
    outcomes.push(`${what} ${known[major]}: ${code === 0 ? 'passed' : 'FAILED'}, ${seconds} s`)
  }
  console.log(outcomes.join('\n'))
}
