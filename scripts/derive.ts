/**
 * Writes every file that is made from the code: docs/errors.md, .env.example, the configuration table of README.md,
 * docs/openapi.json and docs/sql. `npm run derive` writes; `npm run derive -- --check` writes nothing, lists what is
 * stale and ends with 1. Needs no database.
 */
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { argv } from 'node:process'
import { fileURLToPath } from 'node:url'
import { buildApp } from '../src/app.ts'
import { ENVIRONMENT, loadConfig } from '../src/config.ts'
import { createDeps, createLogger } from '../src/deps.ts'
import { errorTable } from '../src/http/problems.ts'
import { sqlFiles } from './derive-sql.ts'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const SQL_FOLDER = 'docs/sql'

/** Text by path from the project folder. */
export type Derived = Map<string, string>

/** @returns every derived file as it should be. The same code gives the same bytes, on every machine. */
export async function derive(): Promise<Derived> {
  return new Map([
    ['docs/errors.md', errorPage()],
    ['.env.example', envExample()],
    ['README.md', await readmeWithTable()],
    ['docs/openapi.json', await openApi()],
    ...sqlFiles().map(([name, text]): [string, string] => [`${SQL_FOLDER}/${name}.sql`, text]),
  ])
}

/** @returns the paths whose file is missing, differs, or should not be there. */
export async function staleFiles(derived: Derived): Promise<string[]> {
  const stale: string[] = []
  for (const [path, text] of derived) {
    const found = await readFile(join(ROOT, path), 'utf8').catch(() => undefined)
    if (found !== text) stale.push(path)
  }
  return [...stale, ...(await leftOver(derived))]
}

async function leftOver(derived: Derived): Promise<string[]> {
  const names = await readdir(join(ROOT, SQL_FOLDER)).catch(() => [])
  return names.map((name) => `${SQL_FOLDER}/${name}`).filter((path) => !derived.has(path))
}

function errorPage(): string {
  return `# Errors

Made from \`src/lib/errors.ts\` by \`npm run derive\`. Do not edit.

REST answers an error as \`application/problem+json\` (RFC 9457). \`code\` is the word to program against: codes are
added over time, never renamed. \`title\` is the sentence below; \`detail\` says more where there is more to say;
\`errors\` lists the places of the input at fault, each as a JSON Pointer (\`path\`) with a \`message\`; \`instance\` is the id
of the request, which the log has too. \`type\` is an address that ends in the code.

GraphQL puts the same code into \`extensions.code\` of an error, and into \`code\` of the \`errors\` of a mutation's payload.

Some errors say more: \`INVALID_TRANSITION\` has \`from\` and \`allowed\`, \`COMMENTS_CLOSED\` has \`closedAt\`,
\`METHOD_NOT_ALLOWED\` has the header \`Allow\`; every 429 and 503, and \`IDEMPOTENCY_IN_FLIGHT\`, has \`Retry-After\`. A
hidden thing and an absent one get the same answer.

${aligned(errorTable())}
`
}

interface Variable {
  name: string
  fallback: string
  description: string
  words: string[]
}

function variables(): Variable[] {
  return Object.entries(ENVIRONMENT.properties).map(([name, schema]) => ({
    name,
    fallback: schema.default === undefined ? '' : String(schema.default),
    description: String(schema.description),
    words: 'enum' in schema ? (schema['enum'] as string[]) : [],
  }))
}

/** The words of a closed set, where the description does not name them already. */
const choice = ({ words, description }: Variable): string =>
  words.length === 0 || words.every((word) => description.includes(word)) ? '' : `: ${words.join(', ')}`

function envExample(): string {
  const entries = variables().map((variable) => {
    const text = `${variable.description}${choice(variable)}`.replaceAll('`', '')
    return `# ${text}\n#${variable.name}=${variable.fallback}\n`
  })
  return `# Made from src/config.ts by "npm run derive". Do not edit.
# Every variable with its default. Copy to .env, take away the # before what you change, and start with:
#   node --env-file=.env dist/main.js

${entries.join('\n')}`
}

function configTable(): string {
  const rows = variables().map((variable) => {
    const fallback = variable.fallback === '' ? '' : `\`${variable.fallback}\``
    return `| \`${variable.name}\` | ${fallback} | ${variable.description}${choice(variable)} |`
  })
  return aligned(['| variable | default | meaning |', '|---|---|---|', ...rows].join('\n'))
}

/** A table with its columns padded, as the formatter of the project would have it. */
function aligned(table: string): string {
  const rows = table.split('\n').map((row) =>
    row
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim()),
  )
  const widths = (rows[0] as string[]).map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)))
  const line = (row: string[], n: number) =>
    row.map((cell, i) => (n === 1 ? '-'.repeat(widths[i] as number) : cell.padEnd(widths[i] as number)))
  return rows.map((row, n) => `| ${line(row, n).join(' | ')} |`).join('\n')
}

async function readmeWithTable(): Promise<string> {
  const readme = await readFile(join(ROOT, 'README.md'), 'utf8')
  const between = /(<!-- config:start -->\n)[\s\S]*?(<!-- config:end -->)/
  if (!between.test(readme)) throw new Error('README.md has lost the markers of its configuration table.')
  return readme.replace(between, (_, start: string, end: string) => `${start}${configTable()}\n${end}`)
}

async function openApi(): Promise<string> {
  // with a secret given, nothing asks the database anything before the first request
  const config = loadConfig({ SECRET: 'never used, but 32 characters long' })
  const deps = await createDeps(config, 'postgres://nobody@127.0.0.1:1/none', createLogger('silent'))
  const app = await buildApp(deps)
  try {
    return `${JSON.stringify(app.swagger(), null, 2)}\n`
  } finally {
    await app.close()
    await deps.close()
  }
}

async function main(check: boolean): Promise<void> {
  const derived = await derive()
  const stale = await staleFiles(derived)
  if (check) {
    for (const path of stale) console.log(`stale: ${path}`)
    if (stale.length > 0) console.log('Run: npm run derive')
    process.exitCode = stale.length > 0 ? 1 : 0
    return
  }
  for (const path of stale) {
    const text = derived.get(path)
    if (text === undefined) await rm(join(ROOT, path))
    else {
      await mkdir(dirname(join(ROOT, path)), { recursive: true })
      await writeFile(join(ROOT, path), text)
    }
    console.log(`${text === undefined ? 'removed' : 'written'}: ${path}`)
  }
  if (stale.length === 0) console.log('Nothing to do.')
}

if (argv[1] === fileURLToPath(import.meta.url)) await main(argv.includes('--check'))
