import type { Command } from 'commander'
import { InvalidArgumentError } from 'commander'
import type { Config } from '../config.ts'
import { SCOPES, type Scope } from '../domain/viewer.ts'
import { isId } from '../lib/ids.ts'
import { OperatorError } from './database.ts'
import { withDeps } from './session.ts'

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
    .option('--sandbox', 'a test key: what it posts stays out of every list and count; it may only post')
    .action(async (name: string, options: { scopes: Scope[]; expires?: string; sandbox?: boolean }) => {
      await withDeps(loadConfig(), async ({ core }) => {
        const { scopes, expires = null, sandbox = false } = options
        const made = await core.keys.create({ name, scopes, expiresAt: expires, sandbox })
        console.error(`id ${made.id}; keep the key, it is not shown again:`)
        console.log(made.key)
      })
    })

  key
    .command('list')
    .description('list the keys, newest first')
    .action(async () => {
      await withDeps(loadConfig(), async ({ core }) => {
        for (const { id, name, scopes, expiresAt, revokedAt, lastUsedAt } of await core.keys.list()) {
          const state = revokedAt ? `revoked ${revokedAt}` : expiresAt ? `until ${expiresAt}` : 'no end'
          console.log(
            [id, name, scopes.join(','), state, lastUsedAt ? `used ${lastUsedAt}` : 'never used'].join('\t'),
          )
        }
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
  return time.toISOString()
}
