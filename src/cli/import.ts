import { basename } from 'node:path'
import type { Command } from 'commander'
import type { Config } from '../config.ts'
import type { Deps } from '../deps.ts'
import type { ImportRecord } from '../domain/interchange.ts'
import { parseFieldMap } from '../interchange/field-map.ts'
import { type Input, openInput } from '../interchange/input.ts'
import { readNdjson } from '../interchange/ndjson.ts'
import { readPage } from '../interchange/page.ts'
import { readWxr } from '../interchange/wxr.ts'
import { OperatorError } from './database.ts'
import { ImportReporter } from './import-reporter.ts'
import { withDeps } from './session.ts'

interface Options {
  source?: string
  locale?: string
  dryRun?: boolean
}

export function importCommand(program: Command, loadConfig: () => Config): void {
  const parent = program
    .command('import')
    .description('bring in articles and comments; a second run changes nothing, an interrupted one goes on')

  const common = (command: Command) =>
    command
      .option('--source <name>', 'where the items come from; ids mean the same only within one source')
      .option('--locale <tag>', 'language of articles that name none (default: LOCALE)')
      .option('--dry-run', 'look and count, write nothing')

  common(parent.command('wxr <file>').description('a WordPress export; also .gz, or - for stdin')).action(
    (file: string, options: Options) =>
      importFile(loadConfig(), file, options.source ?? 'wordpress', options, ({ text }) => readWxr(text)),
  )

  common(parent.command('ndjson <file>').description('one JSON object a line; also .gz, or - for stdin'))
    .option('--map <fields>', 'where fields have other names there: publishedAt=date,categories=topics')
    .action((file: string, options: Options & { map?: string }) => {
      const map = parseFieldMap(options.map ?? '')
      const source =
        options.source ?? (file === '-' ? 'ndjson' : basename(file).replace(/(\.nd?json[l]?)?(\.gz)?$/i, ''))
      return importFile(loadConfig(), file, source, options, ({ text }) => readNdjson(text, map))
    })

  common(
    parent
      .command('page <files...>')
      .description('article pages as text or HTML: headline, paragraphs, previous and next'),
  ).action(async (files: string[], options: Options) => {
    await withDeps(loadConfig(), (deps) =>
      run(deps, pages(files), options.source ?? 'page', options, undefined),
    )
  })
}

async function importFile(
  config: Config,
  file: string,
  source: string,
  options: Options,
  read: (input: Input) => AsyncIterable<ImportRecord>,
): Promise<void> {
  // before the database is started: a wrong name shall fail at once
  const input = await openInput(file)
  await withDeps(config, (deps) => run(deps, read(input), source, options, input))
}

async function* pages(files: string[]): AsyncGenerator<ImportRecord> {
  for (const file of files) {
    const { text } = await openInput(file)
    let whole = ''
    for await (const chunk of text) whole += chunk
    yield* readPage(whole, { where: basename(file), externalId: basename(file) })
  }
}

async function run(
  { core, config }: Deps,
  records: AsyncIterable<ImportRecord>,
  source: string,
  { locale = config.locale, dryRun = false }: Options,
  input: Input | undefined,
): Promise<void> {
  const reporter = new ImportReporter(input, dryRun)
  let broken: unknown
  try {
    await core.imports.run(records, {
      source,
      locale,
      dryRun,
      onFault: (fault) => reporter.fault(fault),
      onProgress: (report) => reporter.progress(report),
    })
  } catch (error) {
    broken = error
  }
  reporter.finish()
  if (broken instanceof Error && broken.constructor.name === 'InputError') {
    throw new OperatorError(
      `${broken.message} What came before it is ${dryRun ? 'counted' : 'imported'}; put it right and run the import again.`,
    )
  }
  if (broken) throw broken
}
