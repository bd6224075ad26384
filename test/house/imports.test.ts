import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { isOurs, packageOf, ROOT, roomOf, type SourceFile, sourceFiles } from './source.ts'

/**
 * The plan of the house, as docs/architecture.md tells it: each room with the rooms that it may import. To change
 * the plan, change both in one commit and say why.
 */
const ROOMS: Record<string, readonly string[]> = {
  'main.ts': ['cli', 'config.ts', 'embedded', 'interchange', 'lib', 'version.ts'],
  'app.ts': ['deps.ts', 'rest', 'graphql', 'http', 'core', 'db', 'lib', 'version.ts'],
  'deps.ts': ['config.ts', 'core', 'db', 'lib'],
  'config.ts': ['domain', 'lib'],
  'version.ts': [],
  cli: ['app.ts', 'deps.ts', 'config.ts', 'core', 'db', 'demo', 'embedded', 'interchange', 'domain', 'lib'],
  rest: ['core', 'shapes', 'http', 'lib'],
  graphql: ['core', 'shapes', 'http', 'domain', 'lib'],
  http: ['domain', 'lib'],
  core: ['db', 'shapes', 'domain', 'lib'],
  db: ['domain', 'lib'],
  shapes: ['domain'],
  interchange: ['domain', 'lib'],
  demo: ['domain'],
  embedded: [],
  lib: [],
  domain: [],
}

/** Packages that belong to certain rooms. What is not named here may not be imported at all. */
const PACKAGES: Record<string, readonly string[]> = {
  '@fastify/cors': ['http'],
  // http: for what it adds to the types of Fastify
  '@fastify/swagger': ['rest', 'http'],
  '@fastify/swagger-ui': ['rest'],
  '@graphql-yoga/render-graphiql': ['graphql'],
  '@sinclair/typebox': ['shapes', 'config.ts', 'lib', 'rest', 'graphql'],
  '@sindresorhus/slugify': ['lib', 'interchange'],
  ajv: ['lib'],
  'ajv-formats': ['lib'],
  'altcha-lib': ['core'],
  'cli-progress': ['cli'],
  commander: ['main.ts', 'cli'],
  dataloader: ['graphql'],
  'drizzle-orm': ['db'],
  // cli: the type of the server that it starts and stops
  fastify: ['app.ts', 'http', 'rest', 'graphql', 'cli'],
  graphql: ['graphql'],
  htmlparser2: ['lib', 'interchange'],
  jose: ['core', 'lib'],
  leven: ['lib', 'interchange'],
  'markdown-it': ['lib'],
  mercurius: ['graphql'],
  pino: ['deps.ts'],
  // embedded: a new server has no database yet, and so no schema for Drizzle to know
  postgres: ['db', 'embedded'],
  'sanitize-html': ['lib'],
  saxes: ['interchange'],
  uuidv7: ['lib'],
}

/** Files that may read `process.env`, with the reason. */
const READS_ENVIRONMENT: Record<string, string> = {
  'config.ts': 'turns the environment into configuration',
  'embedded/processes.ts': 'hands PATH and the like on to the programs of Postgres',
}

/** What the faces run of core without going through `Core`: pure readers of input, without a database. */
const PURE_CORE = [
  'DEFAULT_REPLIES',
  'cardParts',
  'documentTag',
  'pick',
  'readAdjacent',
  'readCardInclude',
  'readIdempotencyHeader',
  'readIfMatch',
  'readParts',
  'readPersonHeaders',
  'readWithin',
  'refuseIdleFilters',
  'versionTag',
  'writeWithin',
] as const

const files = sourceFiles()

const offenders = (pattern: RegExp, allowed: readonly string[] = []): string[] =>
  files.filter(({ path, code }) => !allowed.includes(path) && pattern.test(code)).map(({ path }) => path)

describe('rooms', () => {
  test('every file stands in a room of the plan', () => {
    expect(files.length).toBeGreaterThan(100)
    expect(files.filter(({ path }) => !(roomOf(path) in ROOMS)).map(({ path }) => path)).toEqual([])
  })

  test('a room imports only what the plan lets it', () => {
    const wrong = files.flatMap(({ path, imports }) =>
      imports
        .filter(isOurs)
        .filter(({ to }) => roomOf(to) !== roomOf(path) && !ROOMS[roomOf(path)]?.includes(roomOf(to)))
        .map(({ to }) => `${path} imports ${to}`),
    )
    expect(wrong).toEqual([])
  })

  test('a package is imported only in its rooms', () => {
    const wrong = files.flatMap(({ path, imports }) =>
      imports
        .flatMap((found) => packageOf(found) ?? [])
        .filter((name) => !PACKAGES[name]?.includes(roomOf(path)))
        .map((name) => `${path} imports ${name}`),
    )
    expect(wrong).toEqual([])
  })

  test('only cluster.ts of the embedded room talks to a database', () => {
    const talking = files.filter(({ imports }) => imports.some(({ to }) => to === 'postgres'))
    expect(talking.map(({ path }) => path).filter((path) => !path.startsWith('db/'))).toEqual([
      'embedded/cluster.ts',
    ])
  })

  test('the faces run nothing of core but its pure readers; all else they reach through Core', () => {
    const wrong = files
      .filter(({ path }) => ['rest', 'graphql', 'http'].includes(roomOf(path)))
      .flatMap(({ path, imports }) =>
        imports
          .filter(({ to, typeOnly }) => roomOf(to) === 'core' && !typeOnly)
          .flatMap(({ names }) => names.filter((name) => !PURE_CORE.some((pure) => pure === name)))
          .map((name) => `${path} imports ${name}`),
      )
    expect(wrong).toEqual([])
  })

  test('one noun is not the other face: rest and graphql do not know each other', () => {
    expect(ROOMS['rest']).not.toContain('graphql')
    expect(ROOMS['graphql']).not.toContain('rest')
  })

  test('no file imports itself in a circle when the program runs', () => {
    expect(circles(files)).toEqual([])
  })

  test('the plan names nothing that is not used', () => {
    const used = new Set(files.flatMap(({ imports }) => imports.flatMap((found) => packageOf(found) ?? [])))
    expect(Object.keys(PACKAGES).filter((name) => !used.has(name))).toEqual([])
    expect(Object.keys(ROOMS).filter((room) => !files.some(({ path }) => roomOf(path) === room))).toEqual([])
  })

  test('docs/architecture.md has a row for each room', () => {
    const page = readFileSync(join(ROOT, 'docs/architecture.md'), 'utf8')
    for (const room of Object.keys(ROOMS)) {
      const name = room.endsWith('.ts') ? room.replace('.', '\\.') : `${room}/`
      expect(page, room).toMatch(new RegExp(`^\\| \`src/${name}\` +\\|`, 'm'))
    }
  })
})

describe('habits', () => {
  test('only the configuration reads the environment', () => {
    expect(offenders(/\bprocess\.env\b/, Object.keys(READS_ENVIRONMENT))).toEqual([])
  })

  test('only main.ts ends the process', () => {
    expect(offenders(/\bprocess\.(exit|abort|reallyExit)\b/, ['main.ts'])).toEqual([])
  })

  test('exports have names', () => {
    expect(offenders(/^export default\b|\bas default\b/m)).toEqual([])
  })

  test('no file only hands on what others export', () => {
    expect(offenders(/^export\s+(type\s+)?(\*|\{[^}]*\})[^;'"`]*?from\s+'/m)).toEqual([])
    expect(files.map(({ path }) => path).filter((path) => /(^|\/)index\.ts$/.test(path))).toEqual([])
  })

  test('no text goes into SQL unescaped', () => {
    expect(offenders(/\bsql\s*\.\s*(raw|identifier)\b/)).toEqual([])
    // what Drizzle made, with its parameters apart, goes to the driver by this name and at this one place
    expect(offenders(/\.unsafe\(/)).toEqual(['db/slot.ts'])
  })

  test('nothing has the type any', () => {
    expect(offenders(/(:|<|\bas|,|\||&|=>)\s*any\b\s*(\[\]|[;,)>=|&\n{])/)).toEqual([])
    expect(offenders(/@ts-(ignore|nocheck|expect-error)/)).toEqual([])
  })
})

/** The circles of imports, each once, as `a → b → a`. */
function circles(all: SourceFile[]): string[] {
  const below = new Map(
    all.map(({ path, imports }) => [
      path,
      imports.filter((found) => isOurs(found) && !found.typeOnly).map(({ to }) => to),
    ]),
  )
  const found: string[] = []
  const done = new Set<string>()
  const walk = (path: string, above: string[]): void => {
    if (above.includes(path)) {
      found.push([...above.slice(above.indexOf(path)), path].join(' → '))
      return
    }
    if (done.has(path)) return
    for (const next of below.get(path) ?? []) walk(next, [...above, path])
    done.add(path)
  }
  for (const path of below.keys()) walk(path, [])
  return found
}
