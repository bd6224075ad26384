import { mkdirSync } from 'node:fs'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { drizzle } from 'drizzle-orm/postgres-js'
import postgres from 'postgres'
import { loadConfig } from '../src/config.ts'
import { createCore } from '../src/core/core.ts'
import { startEmbeddedPostgres } from '../src/embedded/supervisor.ts'
import { createSecrets } from '../src/lib/secrets.ts'
import { provide } from './load.ts'
import type { Size } from './publication.ts'
import { type Question, questions } from './questions.ts'

/**
 * Whether reading is as fast on a large publication as on a small one: the same questions of both, in turns, in one run.
 * `npm run bench:scale -- --large 1000000,5000000 --small 10000,50000 --rounds 9 --dir .bench`
 */

const { values: options } = parseArgs({
  options: {
    small: { type: 'string', default: '10000,50000' },
    large: { type: 'string', default: '1000000,5000000' },
    rounds: { type: 'string', default: '9' },
    asks: { type: 'string', default: '40' },
    dir: { type: 'string', default: '.bench' },
  },
})
const dir = resolve(options.dir)
const ROUNDS = Number(options.rounds)
const ASKS = Number(options.asks)
/** What a large publication may cost at most, times a small one; and a page deep in a list, times its first. */
const LIMITS = { time: 1.3, buffers: 1.5, deep: 1.1 }
/** Of Student's distribution, 97.5 %, by degrees of freedom from 8 on; beyond, it hardly changes. */
const STUDENT = [2.306, 2.262, 2.228, 2.201, 2.179, 2.16, 2.145, 2.131, 2.12]

interface Subject {
  questions: Question[]
  caught: { text: string; params: unknown[] }[]
  sql: postgres.Sql
  /** Where it goes on with its subjects. */
  next: number
}

const log = (line: string) => console.error(`${new Date().toISOString().slice(11, 19)} ${line}`)
const sizeOf = (text: string): Size => {
  const [articles = 0, comments = 0] = text.split(',').map(Number)
  return { articles, comments }
}

async function subject(server: string, size: Size): Promise<Subject> {
  log(`${size.articles} articles, ${size.comments} comments`)
  const url = await provide(server, dir, size, log)
  const caught: Subject['caught'] = []
  const sql = postgres(url, { max: 1, onnotice: () => {} })
  const client = postgres(url, { max: 1, onnotice: () => {} })
  const db = drizzle(client, {
    casing: 'snake_case',
    logger: { logQuery: (text, params) => void caught.push({ text, params }) },
  })
  const core = createCore(db, createSecrets(Buffer.alloc(32)), {
    locale: 'en',
    comments: loadConfig({}).comments,
    articleUrl: ({ slug }) => `https://example.org/${slug}`,
  })
  return { questions: await questions(core, sql), caught, sql, next: 0 }
}

async function compare(small: Subject, large: Subject): Promise<void> {
  const times = large.questions.map(() => ({ small: [] as number[], large: [] as number[] }))
  for (let round = 0; round < ROUNDS; round++) {
    log(`round ${round + 1} of ${ROUNDS}`)
    for (const [i, of] of times.entries()) {
      // whoever comes second finds a warmer machine: they change places
      const order = (round + i) % 2 === 0 ? (['small', 'large'] as const) : (['large', 'small'] as const)
      for (const which of order) of[which].push(await timeOf(which === 'small' ? small : large, i))
    }
  }
  const rows: string[][] = [['question', 'small, ms', 'large, ms', 'ratio', '95 %', 'buffers', '']]
  let missed = 0
  for (const [i, { name }] of large.questions.entries()) {
    const { small: few, large: many } = times[i] as { small: number[]; large: number[] }
    const ratio = ratioOf(many, few)
    const buffers = (await buffersOf(large, i)) / (await buffersOf(small, i))
    const late = ratio.low > LIMITS.time || buffers > LIMITS.buffers
    if (late) missed++
    rows.push([
      name,
      ms(median(few)),
      ms(median(many)),
      ...told(ratio),
      buffers.toFixed(2),
      late ? 'MISSED' : '',
    ])
  }
  print(rows)
  const pages: string[][] = [['large: deep page, times first page', 'ratio', '95 %', '']]
  for (const [i, { name }] of large.questions.entries()) {
    if (!name.startsWith('deep page: ')) continue
    const first = large.questions.findIndex((other) => other.name === name.replace('deep', 'first'))
    const ratio = ratioOf(times[i]?.large ?? [], times[first]?.large ?? [])
    const late = ratio.low > LIMITS.deep
    if (late) missed++
    pages.push([name.slice('deep page: '.length), ...told(ratio), late ? 'MISSED' : ''])
  }
  print(pages)
  console.log(
    `${ROUNDS} rounds of ${ASKS} questions each, medians; limits: time ${LIMITS.time}, buffers ${LIMITS.buffers}, deep page ${LIMITS.deep}. ${missed === 0 ? 'All kept.' : `${missed} missed.`}`,
  )
  if (missed > 0) process.exitCode = 1
  for (const { sql } of [small, large]) await sql.end()
}

/** Milliseconds that a question takes, the median of many. */
async function timeOf(subject: Subject, i: number): Promise<number> {
  const { ask } = subject.questions[i] as Question
  const times: number[] = []
  for (let n = 0; n < ASKS; n++) {
    subject.caught.length = 0
    const start = process.hrtime.bigint()
    await ask(subject.next++)
    times.push(Number(process.hrtime.bigint() - start) / 1e6)
  }
  return median(times)
}

const literal = (value: unknown): string =>
  value === null || value === undefined ? 'null' : `'${String(value).replaceAll("'", "''")}'`

/** Pages that a question touches, the median of many, wherever they come from. */
async function buffersOf(subject: Subject, i: number): Promise<number> {
  const { ask } = subject.questions[i] as Question
  const counts: number[] = []
  for (let n = 0; n < 25; n++) {
    subject.caught.length = 0
    await ask(n * 7)
    const [{ text, params }] = subject.caught as [Subject['caught'][number]]
    await subject.sql.unsafe(`prepare explained as ${text}`)
    const [row] = await subject.sql.unsafe(
      `explain (analyze, buffers, timing off, format json) execute explained${params.length > 0 ? `(${params.map(literal).join(', ')})` : ''}`,
    )
    await subject.sql.unsafe('deallocate explained')
    const plan = row?.['QUERY PLAN'][0].Plan
    counts.push(plan['Shared Hit Blocks'] + plan['Shared Read Blocks'])
  }
  return median(counts)
}

interface Ratio {
  mean: number
  low: number
  high: number
}

/** Of the rounds of one run, by their logarithms: twice and half are as far from once. */
function ratioOf(above: number[], below: number[]): Ratio {
  const logs = above.map((time, i) => Math.log(time / (below[i] as number)))
  const mean = logs.reduce((sum, x) => sum + x, 0) / logs.length
  const variance = logs.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (logs.length - 1)
  const student = STUDENT[Math.min(logs.length - 9, STUDENT.length - 1)] ?? 2.306
  const reach = student * Math.sqrt(variance / logs.length)
  return { mean: Math.exp(mean), low: Math.exp(mean - reach), high: Math.exp(mean + reach) }
}

const told = ({ mean, low, high }: Ratio): string[] => [
  mean.toFixed(2),
  `${low.toFixed(2)}–${high.toFixed(2)}`,
]
const ms = (time: number): string => time.toFixed(2)

function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? 0
}

function print(rows: string[][]): void {
  const [head = [], ...body] = rows
  console.log(`\n| ${head.join(' | ')} |\n|${head.map(() => '---').join('|')}|`)
  for (const row of body) console.log(`| ${row.join(' | ')} |`)
}

mkdirSync(dir, { recursive: true, mode: 0o755 })
const server = await startEmbeddedPostgres({
  dir: resolve(dir, 'data'),
  durable: true,
  whenOwned: 'refuse',
  log,
  // as the server sets for its sessions: src/db/slot.ts
  settings: { shared_buffers: '2GB', max_wal_size: '8GB', jit: 'off', plan_cache_mode: 'force_generic_plan' },
})
try {
  await compare(
    await subject(server.url, sizeOf(options.small)),
    await subject(server.url, sizeOf(options.large)),
  )
} finally {
  await server.stop()
}
