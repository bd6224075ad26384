/**
 * `npm run test:node -- 20 22`: what `npm test` runs, on other majors of Node. Files named after the versions are run
 * instead of all.
 */
import { spawnSync } from 'node:child_process'
import { delimiter, join } from 'node:path'
import { installed, type Run, testVersions } from './versions.ts'

/** Of 20 the oldest that package.json admits; of the others the newest: `npm view node versions`. */
const PACKAGES = { 20: '20.19.0', 22: '22.23.3', 24: '24.21.0', 26: '26.10.0' }

async function test(major: string, version: string, run: Run): Promise<number> {
  // its install script brings the program of this platform; run by us, for npm may be told not to, or warns
  const folder = await installed(run, 'node', version, (node) =>
    run.program(process.execPath, ['installArchSpecificPackage.js'], node),
  )
  const bin = join(folder, 'bin')
  const node = join(bin, process.platform === 'win32' ? 'node.exe' : 'node')
  const environment = { PATH: `${bin}${delimiter}${process.env['PATH']}`, NODE: node }
  console.log(`Testing on Node ${nodeOf(environment, major)}`)
  return run.vitest(node, environment)
}

/** @returns the version that a child process gets by the name `node`; fails where that is of another major. */
function nodeOf(environment: NodeJS.ProcessEnv, major: string): string {
  const env = { ...process.env, ...environment }
  const { stdout } = spawnSync('node', ['-p', 'process.version'], { env, encoding: 'utf8' })
  const version = stdout?.trim() ?? ''
  if (!version.startsWith(`v${major}.`)) throw new Error(`Expected Node ${major}, but found "${version}".`)
  return version
}

await testVersions({ what: 'Node', packages: PACKAGES, test }, process.argv.slice(2))
