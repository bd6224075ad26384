import { setTimeout as pause } from 'node:timers/promises'
import postgres from 'postgres'
import { expect, onTestFinished, test, vi } from 'vitest'
import { eventually, run, type Server, startServer, stop } from '../e2e/support.ts'
import { type FaultyProxy, startProxy } from '../setup/proxy.ts'
import { type Bed, firstAnswer, startBed } from './bed.ts'
import { spread } from './figures.ts'
import { type Answer, isSuccess, Ledger, Load, settle } from './load.ts'

vi.setConfig({ testTimeout: 30 * 60_000 })

const CONNECTIONS = 10
/** Milliseconds for a statement: DATABASE_STATEMENT_TIMEOUT as it comes. */
const LIMIT = 1500
/** What is promised, in milliseconds, and what the machine may add: load, server and database share its processors. */
const REFUSED_WITHIN = 1000
const BACK_WITHIN = 2000
const SLACK = 500
/** What a statement gets beyond the server's own limit before its connection is taken for dead: src/db/slot.ts. */
const GRACE = 250
/** A request of several statements may wait for each of them, but not beyond this. */
const HANDLER_LIMIT = 12_000
/** How long an outage lasts. */
const OUTAGE = 3000

interface Scene {
  bed: Bed
  proxy: FaultyProxy
  server: Server
  /** Of the judge, past the proxy. */
  sql: () => postgres.Sql
  ledger: Ledger
  /** Milliseconds after which a statement that is not answered is given up. */
  unanswered: number
  load(): Load
  figures: Figures
}

/** What was measured, by what it is. */
class Figures {
  private readonly values = new Map<string, number[]>()

  add(name: string, value: number): void {
    this.values.set(name, [...(this.values.get(name) ?? []), value])
  }

  print(title: string): void {
    console.info(title)
    for (const [name, values] of this.values)
      console.info(`  ${name}: ${spread(values)} (${values.length} rounds)`)
  }
}

/** A real server, a Postgres of its own, and a bad network between them. */
async function stage(statementTimeout: number): Promise<Scene> {
  const bed = await startBed()
  onTestFinished(() => bed.stop())
  const proxy = await startProxy(bed.url)
  onTestFinished(() => proxy.close())
  const direct = { DATABASE_URL: bed.url }
  for (const command of [['migrate'], ['demo']]) expect((await run(command, direct)).code).toBe(0)
  const made = await run(['key', 'create', 'desk', '--scopes', 'comments:moderate'], direct)
  const server = await startServer({
    DATABASE_URL: proxy.url,
    DATABASE_CONNECTIONS: String(CONNECTIONS),
    DATABASE_STATEMENT_TIMEOUT: String(statementTimeout),
    // all clients come from one address
    BUDGET_ANONYMOUS: '0',
  })
  // the driver does not live through the death of a server; a new client a look
  let sql: postgres.Sql | undefined
  onTestFinished(async () => sql?.end({ timeout: 1 }))
  const ledger = new Ledger()
  return {
    bed,
    proxy,
    server,
    sql: () => {
      void sql?.end({ timeout: 1 })
      sql = postgres(bed.url, { max: 2, onnotice: () => {} })
      return sql
    },
    ledger,
    unanswered: statementTimeout + GRACE,
    load: () => new Load(server, made.stdout.trim(), ledger),
    figures: new Figures(),
  }
}

/** Something that goes wrong: what it does, and how it is put right again. */
interface Fault {
  name: string
  /** Makes it so; ends when it is. */
  begin(scene: Scene, round: number): Promise<void>
  /** Puts it right. */
  end(scene: Scene): Promise<void>
  /** Whether what is sent on an open connection meets silence. */
  silent: boolean
  /** Milliseconds from begin to end; none where new connections are well all the time. */
  lasts: number
}

const KILL: Fault = {
  name: 'kill -9 of all of Postgres',
  begin: ({ bed }) => bed.kill(),
  end: ({ bed }) => bed.revive(),
  silent: false,
  lasts: OUTAGE / 2,
}

const NETWORK: Fault[] = [
  {
    name: 'blackhole',
    begin: async ({ proxy }) => {
      proxy.weather = 'blackhole'
    },
    end: async ({ proxy }) => {
      proxy.weather = 'pass'
    },
    silent: true,
    lasts: OUTAGE,
  },
  {
    name: 'reset and refuse',
    begin: async ({ proxy }) => {
      proxy.weather = 'refuse'
      proxy.cut()
    },
    end: async ({ proxy }) => {
      proxy.weather = 'pass'
    },
    silent: false,
    lasts: OUTAGE / 2,
  },
  {
    name: 'reset',
    begin: async ({ proxy }) => proxy.cut(),
    end: async () => {},
    silent: false,
    lasts: 0,
  },
  {
    name: 'half-open',
    begin: async ({ proxy }, round) => {
      const mute = (['client', 'server', 'both'] as const)[round % 3] ?? 'both'
      proxy.halfOpen(mute)
    },
    end: async () => {},
    silent: true,
    lasts: 0,
  },
]

async function faultRound(scene: Scene, fault: Fault, round: number): Promise<string> {
  const { proxy, server, ledger, figures } = scene
  const load = scene.load()
  await eventually(() => load.successes > 50)
  const began = performance.now()
  await fault.begin(scene, round)
  const away = performance.now()
  await pause(fault.lasts)
  const ending = fault.end(scene)
  const back = fault.lasts === 0 ? away : await firstAnswer(proxy.url)
  await ending
  const soon = (answer: Answer) => isSuccess(answer) && answer.started > away && answer.ended > back
  await eventually(() => load.answers.some(soon))
  const seen = load.successes
  await eventually(() => load.successes > seen + 50)
  await load.stop()

  const { answers } = load
  for (const answer of answers) documented(answer)
  const during = answers.filter(({ started }) => started > away && started < back)
  const refused = during.filter(({ code }) => code === 'UNAVAILABLE')
  const took = ({ started, ended }: Answer) => ended - started
  const isSlow = (answer: Answer) => !isSuccess(answer) && took(answer) > REFUSED_WITHIN + SLACK
  const slow = during.filter(isSlow)
  // those who find out that nothing comes any more; everybody else is told at once
  expect(slow.length, `${fault.name}: ${JSON.stringify(slow)}`).toBeLessThanOrEqual(
    fault.silent ? CONNECTIONS : 0,
  )
  const first = answers.filter(soon).map(({ ended }) => ended - back)
  const firstSuccess = Math.min(...first)
  expect(firstSuccess, fault.name).toBeLessThanOrEqual(BACK_WITHIN)
  const longest = Math.max(...answers.filter(({ ended }) => ended > began).map(took))
  expect(longest, fault.name).toBeLessThanOrEqual(HANDLER_LIMIT + SLACK)
  if (fault.lasts > 0) {
    expect(refused.length, fault.name).toBeGreaterThan(0)
    const untilRefused = Math.min(...refused.map(({ ended }) => ended)) - away
    figures.add(`${fault.name}: ms until the first 503`, Math.max(0, untilRefused))
    const prompt = refused.filter((answer) => !isSlow(answer)).map(took)
    figures.add(`${fault.name}: longest 503 to a request that found nothing open, ms`, Math.max(...prompt))
  }
  figures.add(`${fault.name}: ms from Postgres's return to the first success`, firstSuccess)
  figures.add(`${fault.name}: longest answer of all, ms`, longest)
  figures.add(`${fault.name}: answers`, answers.length)
  figures.add(`${fault.name}: answers 503`, answers.filter(({ code }) => code === 'UNAVAILABLE').length)
  const resolved = await allWell(scene)
  return (
    `${fault.name} ${round + 1}: ${answers.length} answers, ${refused.length} × 503 while away, back after ` +
    `${Math.round(firstSuccess)} ms, longest ${Math.round(longest)} ms, ${ledger.acknowledged.size} comments, ` +
    `${resolved} of unknown fate, process ${server.pid}`
  )
}

/** Success, or what the documentation says of a database that is away or slow. */
function documented(answer: Answer): void {
  expect(answer, JSON.stringify(answer)).toMatchObject({ wellFormed: true })
  expect(answer.status, JSON.stringify(answer)).not.toBe(0)
  if (isSuccess(answer)) return
  expect(['UNAVAILABLE', 'TIMEOUT', 'IDEMPOTENCY_IN_FLIGHT'], JSON.stringify(answer)).toContain(answer.code)
}

/** The server gives up a transaction whose client says nothing after 10 s; nobody else has left one open. */
const IDLE_LIMIT = 10_000

async function allWell({ bed, proxy, server, sql: judge, ledger }: Scene): Promise<number> {
  const sql = judge()
  const resolved = await settle(server, sql, ledger)
  const since = performance.now()
  await eventually(async () => {
    const open = await sql`
      select query from pg_stat_activity where application_name = 'broadsheet' and state like 'idle in transaction%'`
    expect(performance.now() - since, JSON.stringify(open)).toBeLessThan(IDLE_LIMIT + 2000)
    return open.length === 0
  })
  // backends behind half-open connections go on living; the product has long forgotten them
  proxy.cut()
  await everyConnectionServes(server, sql)
  expect(server.child.exitCode).toBe(null)
  expect(server.output()).not.toMatch(/uncaught|unhandled|TypeError/i)
  // 25001
  expect(bed.log()).not.toContain('there is already a transaction in progress')
  return resolved
}

/** As many requests as there are connections stand at a lock at once, each on a backend of its own. */
async function everyConnectionServes(server: Server, sql: postgres.Sql): Promise<void> {
  await eventually(async () => {
    const requests: Promise<unknown>[] = []
    const waiting = await sql.begin(async (tx) => {
      await tx`lock table articles in access exclusive mode`
      for (let i = 0; i < CONNECTIONS; i++)
        requests.push(fetch(`${server.url}/v1/articles?limit=1`).then((response) => response.text()))
      const since = performance.now()
      let most = 0
      while (most < CONNECTIONS && performance.now() - since < 1000) {
        const [{ count = 0 } = {}] = await tx<{ count: number }[]>`
          select count(*)::int as count from pg_stat_activity, pg_stat_clear_snapshot()
          where application_name = 'broadsheet' and wait_event_type = 'Lock'`
        most = Math.max(most, count)
      }
      return most
    })
    await Promise.all(requests)
    return waiting === CONNECTIONS
  })
}

async function goodbye({ server, figures }: Scene, title: string): Promise<void> {
  const ended = await stop(server)
  expect([ended.code, ended.signal]).toEqual([0, null])
  figures.print(title)
}

test('1,000 backends that are ended at any moment, under load', async () => {
  const scene = await stage(LIMIT)
  const load = scene.load()
  await eventually(() => load.successes > 50)
  const sql = scene.sql()
  let ended = 0
  for (let told = 100; ended < 1000; ) {
    const victims = await sql`
      select pg_terminate_backend(pid) from pg_stat_activity
      where application_name = 'broadsheet' order by random() limit ${1 + Math.floor(Math.random() * 3)}`
    ended += victims.length
    await pause(Math.random() * 30)
    if (ended < told) continue
    console.info(`${ended} ended, ${load.answers.length} answers`)
    told += 100
  }
  const seen = load.successes
  await eventually(() => load.successes > seen + 50)
  await load.stop()
  for (const answer of load.answers) documented(answer)
  const longest = Math.max(...load.answers.map(({ started, ended }) => ended - started))
  expect(longest).toBeLessThanOrEqual(HANDLER_LIMIT + SLACK)
  const { figures, ledger } = scene
  figures.add('answers', load.answers.length)
  figures.add('answers 503', load.answers.filter(({ code }) => code === 'UNAVAILABLE').length)
  figures.add('longest answer, ms', longest)
  figures.add('of unknown fate', await allWell(scene))
  figures.add('comments', ledger.acknowledged.size)
  await goodbye(scene, '1,000 terminations')
})

test('kill -9 of all of Postgres, ten times', async () => {
  const scene = await stage(LIMIT)
  for (let round = 0; round < 10; round++) console.info(await faultRound(scene, KILL, round))
  await goodbye(scene, KILL.name)
})

test.each(NETWORK)('$name, ten times', async (fault) => {
  const scene = await stage(LIMIT)
  for (let round = 0; round < 10; round++) console.info(await faultRound(scene, fault, round))
  await goodbye(scene, fault.name)
})
