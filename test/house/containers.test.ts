import { existsSync, readFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import { describe, expect, test } from 'vitest'
import { ENVIRONMENT } from '../../src/config.ts'
import { ROOT, sourceFiles } from './source.ts'

const lines = (path: string): string[] => readFileSync(join(ROOT, path), 'utf8').split('\n')

describe('Dockerfile', () => {
  const copied = copies()
  /** What the last stage has in its folder. */
  const shipped = copied.filter(({ stage }) => stage === 'last').flatMap(({ to }) => to)

  test('what it copies is there, and is not kept from it by .dockerignore', () => {
    const own = copied.filter(({ from }) => from === 'context').flatMap(({ paths }) => paths)
    expect(own).not.toEqual([])
    expect(own.filter((path) => !existsSync(join(ROOT, path)))).toEqual([])
    const admitted = lines('.dockerignore')
      .filter((line) => line.startsWith('!'))
      .map((line) => line.slice(1))
    expect(admitted.toSorted()).toEqual([...new Set(own)].toSorted())
  })

  test('what the program reads beside its own code is in the image', () => {
    const read = sourceFiles().flatMap(({ path, code }) =>
      [...code.matchAll(/new URL\('(\.\.?\/[^']+)', import\.meta\.url\)/g)]
        .map(([, target = '']) => posix.join('dist', posix.dirname(path), target))
        .map((target) => target.split('/')[0] as string),
    )
    expect([...new Set(read)].toSorted()).toEqual(['migrations', 'package.json', 'schema.graphql'])
    expect(read.filter((name) => !shipped.includes(name))).toEqual([])
    expect(shipped).toEqual(expect.arrayContaining(['dist', 'node_modules']))
  })

  test('node itself is told to stop, and is not root', () => {
    const instructions = lines('Dockerfile')
    expect(instructions.filter((line) => line.startsWith('CMD '))).toEqual(['CMD ["node", "dist/main.js"]'])
    expect(instructions.indexOf('USER node')).toBeGreaterThan(lastStageOf(instructions))
  })
})

describe('docker-compose.yml', () => {
  const text = lines('docker-compose.yml')
  /** The keys at a depth: nothing here needs more of YAML than its indentation. */
  const keys = (depth: number): string[] =>
    text.flatMap((line) => new RegExp(`^ {${depth * 2}}(\\w+):`).exec(line)?.[1] ?? [])

  test('holds to what docker-compose 1.29 and Compose 2 both read', () => {
    expect(keys(0)).toEqual(['services', 'volumes'])
    expect(keys(2)).not.toContain('develop')
  })

  test('hands every variable of the server on, but those that the container decides', () => {
    const decided = ['HOST', 'DATA_DIR']
    const variables = Object.keys(ENVIRONMENT.properties).filter((name) => !decided.includes(name))
    expect(variables.filter((name) => !keys(3).includes(name))).toEqual([])
  })

  test('publishes one port, on this machine only unless told otherwise', () => {
    const published = [...text.join('\n').matchAll(/^ {4}ports:\n((?: {6}.*\n)+)/gm)]
      .flatMap(([, items = '']) => items.split('\n'))
      .filter((line) => /^ +-/.test(line))
    expect(published).toEqual([`      - '\${HOST:-127.0.0.1}:\${PORT:-3000}:\${PORT:-3000}'`])
  })
})

interface Copy {
  stage: 'last' | 'earlier'
  from: 'context' | 'stage'
  paths: string[]
  to: string[]
}

/** `COPY a b ./` brings a and b; `COPY a b`, with one source, brings b. */
function copies(): Copy[] {
  const instructions = lines('Dockerfile')
  const last = lastStageOf(instructions)
  return instructions.flatMap((line, at) => {
    const [, flag, rest] = /^COPY (--from=\w+ )?(.+)$/.exec(line) ?? []
    if (rest === undefined) return []
    const paths = rest.split(' ')
    const target = paths.pop() as string
    return {
      stage: at > last ? ('last' as const) : ('earlier' as const),
      from: flag ? ('stage' as const) : ('context' as const),
      paths,
      to: target === './' ? paths : [target],
    }
  })
}

const lastStageOf = (instructions: string[]): number =>
  instructions.findLastIndex((line) => line.startsWith('FROM '))
