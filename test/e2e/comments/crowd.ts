import type postgres from 'postgres'
import { expect } from 'vitest'
import { article } from '../../setup/data.ts'
import { json, run } from '../support.ts'
import { type Client, chooseAction, erase, type Stage } from './actions.ts'
import { Follower } from './followers.ts'
import { Instances } from './instances.ts'
import { judge } from './judge.ts'
import { Ledger, type Reader } from './ledger.ts'
import { readEverything, readUntil } from './readers.ts'
import { Wire } from './wire.ts'

export interface Scale {
  /** How long at least, and how many kills at least: a slow machine takes its time. */
  seconds: number
  kills: number
  instances: number
  clients: number
  /** Address ranges of the readers of one client. */
  networks: number
  articles: number
  /** Who read, and who followed the stream of an article. */
  anonymous: number
  followers: number
}

/** Readers in one network: more than may write in a minute. */
const IN_A_NETWORK = 3

/** What happened, in figures, and what is to be said of it. */
export interface Played {
  /** Holds all that readers saw and all that the database has against what the clients know. */
  judge(): Promise<void>
  wire: Wire
  figures: Figures
}

export interface Figures {
  kills: number
  acknowledged: number
  comments: number
  replays: number
  twins: number
  edits: number
  rulings: number
  undone: number
  votes: number
  reports: number
  erasures: number
  looks: number
  /** Connections of those who followed streams. */
  streams: number
}

/**
 * Clients post, reply, edit, withdraw and decide by chance, on several instances of which one is killed outright every few
 * seconds, while anonymous readers look on everywhere. All limits are those that a server has by itself.
 * @param url of a migrated database with nothing in it.
 */
export async function commentsCrowd(url: string, sql: postgres.Sql, scale: Scale): Promise<Played> {
  const [instances, keys, articles] = await Promise.all([
    Instances.start(url, scale.instances),
    makeKeys(url),
    makeArticles(sql, scale),
  ])
  const ledger = new Ledger()
  const wire = new Wire(instances, ledger)
  const stage: Stage = { ledger, wire, ...keys, articles }
  await expectLimits(instances, stage)

  const end = performance.now() + scale.seconds * 1000
  const over = () => performance.now() >= end && instances.kills >= scale.kills
  const clients = Array.from({ length: scale.clients }, (_, at) => clientOf(at, scale.networks))
  const followers = articles.slice(-scale.followers).map((slug) => new Follower(slug))
  const following = followers.map((follower) => follower.follow(instances, stage))
  const killing = instances.killUntil(over)
  const reading = Array.from({ length: scale.anonymous }, () => readUntil(over, stage))
  await Promise.all(clients.map((client) => actUntil(over, stage, client)))
  await Promise.all([killing, ...reading])

  await readEverything(stage)
  // once more for each client, with all that has come together
  await Promise.all(clients.map((client) => erase(stage, client)))
  await replayAll(ledger)
  const judgeStreams = async () => {
    await Promise.all(followers.map((follower) => follower.judge(sql)))
    await Promise.all(followers.map((follower) => follower.leave()))
    await Promise.all(following)
  }
  return {
    wire,
    figures: figuresOf(instances, ledger, followers),
    judge: async () => {
      try {
        await judgeStreams()
      } finally {
        await judgeAll(sql, ledger)
      }
    },
  }
}

async function judgeAll(sql: postgres.Sql, ledger: Ledger): Promise<void> {
  expect.soft(ledger.faults.slice(0, 20)).toEqual([])
  expect.soft(ledger.leaks().slice(0, 20)).toEqual([])
  await judge(sql, ledger)
}

const figuresOf = ({ kills }: Instances, ledger: Ledger, followers: Follower[]): Figures => ({
  kills,
  acknowledged: ledger.acknowledged.size,
  comments: ledger.byId.size,
  replays: ledger.replays,
  twins: ledger.twins,
  edits: ledger.edits,
  rulings: ledger.ruled.length,
  undone: ledger.undone,
  votes: ledger.votes.size,
  reports: ledger.reports.size,
  erasures: ledger.erasures,
  looks: ledger.looks.length,
  streams: followers.reduce((sum, { connections }) => sum + connections, 0),
})

async function actUntil(over: () => boolean, stage: Stage, client: Client): Promise<void> {
  while (!over()) await chooseAction().act(stage, client)
}

/** Everything that was acknowledged, sent again: the same answer. */
async function replayAll({ acknowledged }: Ledger): Promise<void> {
  const left = [...acknowledged.values()].filter(({ reader }) => !reader.erased)
  const work = async () => {
    for (let next = left.pop(); next; next = left.pop()) await next.again()
  }
  await Promise.all(Array.from({ length: 8 }, work))
}

function clientOf(at: number, networks: number): Client {
  const reader = (network: number, place: number): Reader => {
    const name = `${at}-${network}-${place}`
    return { ...person(`reader-${name}`), subject: `subject-${name}`, ip: `10.${at}.${network}.${place}` }
  }
  const places = Array.from({ length: IN_A_NETWORK }, (_, place) => place + 1)
  return {
    networks: Array.from({ length: networks }, (_, network) => places.map((place) => reader(network, place))),
    guests: Array.from({ length: networks }, (_, guest) => person(`guest-${at}-${guest}-0`)),
    own: [],
    sent: [],
    device: undefined,
    batches: [],
  }
}

const person = (name: string): Reader => ({
  subject: undefined,
  name,
  email: `${name}@crowd.example`,
  ip: '',
  erased: false,
})

/** Under the last one every comment is held: what nobody approved, nobody may ever see. */
async function makeArticles(sql: postgres.Sql, { articles }: Scale): Promise<string[]> {
  const slugs = Array.from({ length: articles }, (_, at) => `article-${at}`)
  for (const slug of slugs) {
    await article(sql, { slug, ...(slug === slugs.at(-1) && { commentPolicy: 'held' }) })
  }
  return slugs
}

async function makeKeys(url: string): Promise<Pick<Stage, 'serverKey' | 'moderators' | 'eraserKey'>> {
  const make = async (name: string, scope: string) => {
    const made = await run(['key', 'create', name, '--scopes', scope], { DATABASE_URL: url })
    const id = /id (\S+);/.exec(made.stderr)?.[1]
    return { key: made.stdout.trim(), actor: `key:${id}` }
  }
  const [server, eraser, ...moderators] = await Promise.all([
    make('server', 'comments:write'),
    make('data protection', 'comments:erase'),
    make('desk', 'comments:moderate'),
    make('night desk', 'comments:moderate'),
  ])
  return { serverKey: server?.key ?? '', eraserKey: eraser?.key ?? '', moderators }
}

/** No rule is off. */
async function expectLimits({ urls }: Instances, { articles }: Stage): Promise<void> {
  for (const url of urls) {
    const policy = await json<{ limits: object }>(`${url}/v1/articles/${articles[0]}/comment-policy`)
    expect(policy.limits).toMatchObject({ pauseSeconds: 15, perMinute: 2, perHour: 20, links: 2 })
  }
}
