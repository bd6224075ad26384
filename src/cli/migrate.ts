import type { Command } from 'commander'
import type { Config } from '../config.ts'
import { ensureSchema, startDatabase } from './database.ts'

export function migrateCommand(program: Command, loadConfig: () => Config): void {
  program
    .command('migrate')
    .description('bring the schema of the database up to date; safe to run again, and by several at once')
    .action(async () => {
      const config = loadConfig()
      const log = (line: string) => console.log(line)
      const running = await startDatabase(config, 'share', log)
      try {
        await ensureSchema(config, running.url, true, log)
        log('The schema is up to date.')
      } finally {
        await running.stop()
      }
    })
}
