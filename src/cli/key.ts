import type { Command } from 'commander'
import { InvalidArgumentError } from 'commander'
import type { Config } from '../config.ts'
import type { KeyRow } from '../db/keys.ts'
import { SCOPES, type Scope } from '../domain/viewer.ts'
import { isId } from '../lib/ids.ts'
import { OperatorError } from './database.ts'
import { withDeps } from './session.ts'

interface CreateOptions {
  scopes: Scope[]
  expires?: string
  budget?: number
  sandbox?: boolean
}

export function keyCommand(program: Command, loadConfig: () => Config): void {
  const key = program.command('key').description('manage API keys')

  key
    .command('create <name>')
    .description('make a key; it is shown this once')
    .requiredOption(
      '--scopes <list>',
      `what it may do, separated by commas: ${SCOPES.join(', ')}`,
      readScopes,
    )
    .option('--expires <time>', 'when it ends, such as 2027-01-01T00:00:00Z', readTime)
    .option(
      '--budget <points>',
      'requests a minute on each instance; 0 without limit. Default: BUDGET_KEY of the server',
      readBudget,
    )
    .option('--sandbox', 'a test key: what it posts stays out of every list and count; it may only post')
    .action(async (name: string, options: CreateOptions) => {
      await withDeps(loadConfig(), async ({ core }) => {
        const { scopes, expires = null, budget = null, sandbox = false } = options
        const made = await core.keys.create({ name, scopes, expiresAt: expires, budget, sandbox })
        console.error(`id ${made.id}; keep the key, it is not shown again:`)
        console.log(made.key)
      })
    })

  key
    .command('list')
    .description('list the keys, newest first')
    .action(async () => {
      await withDeps(loadConfig(), async ({ core }) => {
        for (const key of await core.keys.list()) console.log(lineOf(key))
      })
    })

  key
    .command('revoke <id>')
    .description('end a key at once')
    .action(async (id: string) => {
      await withDeps(loadConfig(), async ({ core }) => {
        if (!isId(id) || !(await core.keys.revoke(id)))
          throw new OperatorError(`There is no key ${id}; \`key list\` shows them.`)
        console.log('revoked')
      })
    })
}

function readScopes(list: string): Scope[] {
  return list.split(',').map((word) => {
    const scope = SCOPES.find((known) => known === word.trim())
    if (!scope) throw new InvalidArgumentError(`"${word}" is no scope.`)
    return scope
  })
}

function readTime(text: string): string {
  const time = new Date(text)
  if (Number.isNaN(time.getTime())) throw new InvalidArgumentError('That is no time.')
  if (time.getTime() <= Date.now()) throw new InvalidArgumentError('That is over.')
  return time.toISOString()
}

function readBudget(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('That is no number of points.')
  return Number(text)
}

function lineOf({ id, name, scopes, expiresAt, revokedAt, lastUsedAt, budget }: KeyRow): string {
  const state = revokedAt ? `revoked ${revokedAt}` : expiresAt ? `until ${expiresAt}` : 'no end'
  const used = lastUsedAt ? `used ${lastUsedAt}` : 'never used'
  const rate = budget === null ? 'default budget' : budget === 0 ? 'no budget' : `${budget} a minute`
  return [id, name, scopes.join(','), state, used, rate].join('\t')
}
