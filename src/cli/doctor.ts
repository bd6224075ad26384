import type { Command } from 'commander'
import { type Config, ConfigError } from '../config.ts'
import { openDatabase } from '../db/client.ts'
import { inspectServer } from '../db/doctor.ts'
import { schemaState } from '../db/migrate.ts'
import { RemoteKeys } from '../lib/remote-keys.ts'
import { OperatorError, startDatabase } from './database.ts'

type Say = (ok: boolean, what: string, remedy?: string) => void

const OLDEST_NODE = [20, 19]
const OLDEST_POSTGRES = 15
const NEWEST_POSTGRES = 18

export function doctorCommand(program: Command, loadConfig: () => Config): void {
  program
    .command('doctor')
    .description('say what is wrong with configuration, database and versions')
    .action(async () => {
      let faults = 0
      await examine(loadConfig, (ok, what, remedy) => {
        if (!ok) faults++
        console.log(`${ok ? 'ok   ' : 'FAULT'} ${what}${ok || !remedy ? '' : `\n      ${remedy}`}`)
      })
      if (faults > 0) throw new OperatorError(`${faults} fault${faults === 1 ? '' : 's'} found.`)
    })
}

async function examine(loadConfig: () => Config, say: Say): Promise<void> {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  const recent =
    major > (OLDEST_NODE[0] as number) || (major === OLDEST_NODE[0] && minor >= (OLDEST_NODE[1] as number))
  say(recent, `Node ${process.versions.node}`, `Use Node ${OLDEST_NODE.join('.')} or newer.`)

  const config = examineConfig(loadConfig, say)
  if (!config) return
  await examineIdentity(config, say)
  try {
    const running = await startDatabase(config, 'share', () => {})
    say(
      true,
      running.embedded
        ? `embedded database in ${config.dataDir}`
        : 'DATABASE_URL is set: the embedded database is not used',
    )
    try {
      await examineDatabase(config, running.url, running.embedded, say)
    } finally {
      await running.stop()
    }
  } catch (error) {
    say(false, 'embedded database', (error as Error).message)
  }
}

function examineConfig(loadConfig: () => Config, say: Say): Config | undefined {
  try {
    const config = loadConfig()
    say(true, `configuration: port ${config.port}, locale ${config.locale}, comments ${config.comments}`)
    return config
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    say(false, 'configuration', error.message)
    return undefined
  }
}

async function examineIdentity({ identity }: Config, say: Say): Promise<void> {
  if (!identity) return
  try {
    const count = await new RemoteKeys(identity.jwksUrl, () => {}).count()
    say(
      count > 0,
      `identity provider: ${count} key${count === 1 ? '' : 's'}`,
      'Look what JWT_JWKS_URL answers.',
    )
  } catch {
    say(false, 'the keys of the identity provider cannot be fetched', 'Check JWT_JWKS_URL.')
  }
}

async function examineDatabase(config: Config, url: string, embedded: boolean, say: Say): Promise<void> {
  const database = openDatabase({
    url,
    connections: 1,
    acquireTimeout: config.acquireTimeout,
    statementTimeout: config.statementTimeout,
    prepare: config.prepare,
  })
  try {
    const server = await inspectServer(database.db)
    const supported = server.major >= OLDEST_POSTGRES && server.major <= NEWEST_POSTGRES
    say(supported, `Postgres ${server.version}`, `Use Postgres ${OLDEST_POSTGRES} to ${NEWEST_POSTGRES}.`)
    say(
      server.encoding === 'UTF8',
      `encoding ${server.encoding}`,
      'Make the database with: create database … encoding UTF8',
    )
    say(server.icu, 'ICU collations', 'Use a Postgres that is built with ICU.')
    const state = await schemaState(database.db)
    const remedy =
      state === 'newer' ? 'Run the build that migrated it, or a later one.' : 'Run: broadsheet migrate'
    // the server itself migrates the embedded one when it starts
    say(state === 'current' || (embedded && state !== 'newer'), `schema: ${state}`, remedy)
  } catch {
    say(
      false,
      'the database does not answer',
      'Check DATABASE_URL: host, port, user, password, name of the database.',
    )
  } finally {
    await database.close()
  }
}
