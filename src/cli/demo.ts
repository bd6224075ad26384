import type { Command } from 'commander'
import type { Config } from '../config.ts'
import type { ImportReport } from '../core/import.ts'
import { ANYBODY } from '../core/viewer.ts'
import { demoRecords } from '../demo/publication.ts'
import type { Deps } from '../deps.ts'
import { withDeps } from './session.ts'

export function demoCommand(program: Command, loadConfig: () => Config): void {
  program
    .command('demo')
    .description('load the sample publication; a second time changes nothing')
    .action(async () => {
      await withDeps(loadConfig(), async (deps) => {
        const { outcomes } = await loadDemo(deps)
        const { created, updated, unchanged } = outcomes.article
        console.log(`articles: ${created} created, ${updated} updated, ${unchanged} unchanged`)
      })
    })
}

/** Gives a new database something to look at. */
export async function loadDemoIfEmpty(deps: Deps, log: (line: string) => void): Promise<void> {
  const { nodes } = await deps.core.articles.list({ limit: 1 }, {}, ANYBODY)
  if (nodes.length > 0) return
  const { outcomes } = await loadDemo(deps)
  log(
    `The database is empty: the sample publication is loaded, ${outcomes.article.created} articles and ${outcomes.comment.created} comments`,
  )
}

function loadDemo({ core, config }: Deps): Promise<ImportReport> {
  const ignore = () => {}
  return core.imports.run(demoRecords(), {
    source: 'demo',
    locale: config.locale,
    dryRun: false,
    onFault: ignore,
    onProgress: ignore,
  })
}
