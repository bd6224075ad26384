import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { packageOf, ROOT, sourceFiles } from './source.ts'

const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8')

interface Manifest {
  scripts: Record<string, string>
  dependencies: Record<string, string>
  devDependencies: Record<string, string>
  optionalDependencies: Record<string, string>
  overrides: Record<string, string>
}
const manifest = JSON.parse(read('package.json')) as Manifest

describe('dependencies', () => {
  const direct = [
    manifest.dependencies,
    manifest.devDependencies,
    manifest.optionalDependencies,
    manifest.overrides,
  ].flatMap((group) => Object.keys(group))

  test('docs/dependencies.md says of each why it is here, and of no other', () => {
    const named = [...read('docs/dependencies.md').matchAll(/^\| `([^`]+)` +\|/gm)].map(([, name]) => name)
    expect(named.toSorted()).toEqual(direct.toSorted())
  })

  test('each is pinned exactly', () => {
    const loose = [manifest.dependencies, manifest.devDependencies, manifest.optionalDependencies]
      .flatMap((group) => Object.entries(group))
      .filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))
    expect(loose).toEqual([])
  })

  test('what the program imports is there without the tools of development', () => {
    const missing = sourceFiles().flatMap(({ path, imports }) =>
      imports
        .filter(({ typeOnly }) => !typeOnly)
        .flatMap((found) => packageOf(found) ?? [])
        .filter((name) => !(name in manifest.dependencies))
        .map((name) => `${path}: ${name}`),
    )
    expect(missing).toEqual([])
  })
})

describe('documents', () => {
  const pages = ['README.md', 'CHANGELOG.md', ...markdownIn('docs')]

  test('a script that is named for npm to run is there', () => {
    const unknown = [...pages, '.ci/run'].flatMap((page) =>
      [...read(page).matchAll(/npm run (?:--silent )?([a-z:]+)/g)]
        .map(([, script = '']) => script)
        .filter((script) => !(script in manifest.scripts))
        .map((script) => `${page}: ${script}`),
    )
    expect(unknown).toEqual([])
  })

  test('a link to a file leads to one', () => {
    const dead = pages.flatMap((page) =>
      [...read(page).matchAll(/\]\((?!https?:)([^)#\s]+)(#[^)]*)?\)/g)]
        .map(([, target = '']) => target)
        .filter((target) => !existsSync(join(ROOT, dirname(page), target)))
        .map((target) => `${page}: ${target}`),
    )
    expect(dead).toEqual([])
  })

  test('the docs that the code names are there', () => {
    const named = sourceFiles().flatMap(({ path }) =>
      [...read(`src/${path}`).matchAll(/\bdocs\/(adr\/\d{4}|[\w-]+\.md)/g)].map(([, name = '']) => name),
    )
    const adrs = readdirSync(join(ROOT, 'docs/adr'))
    const there = (name: string) =>
      name.startsWith('adr/')
        ? adrs.some((adr) => `adr/${adr}`.startsWith(`${name}-`))
        : existsSync(join(ROOT, 'docs', name))
    expect([...new Set(named)].filter((name) => !there(name))).toEqual([])
  })
})

function markdownIn(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true })
    .map((path) => `${folder}/${String(path).replaceAll('\\', '/')}`)
    .filter((path) => path.endsWith('.md'))
}
