import { type Database, type Db, inTransaction, sqlState } from '../db/client.ts'
import { lockImports, resolveCovers } from '../db/imports.ts'
import type { ImportFault, ImportRecord } from '../domain/interchange.ts'
import { AppError } from '../lib/errors.ts'
import { importArticles } from './import-articles.ts'
import { importComments } from './import-comments.ts'
import { RecentIds } from './import-doubles.ts'
import { importPage } from './import-pages.ts'
import { importImage, importTerm, TermCache } from './import-terms.ts'

export type ImportedKind = 'category' | 'tag' | 'author' | 'image' | 'article' | 'comment'
export type Outcome = 'created' | 'updated' | 'unchanged'

export interface ImportReport {
  outcomes: Record<ImportedKind, Record<Outcome, number>>
  /** Items left out, each with its fault. */
  skipped: number
  /** All faults, those of skipped items too. */
  faults: number
}

/** What an import is part of, and whom it tells what it does. */
export interface ImportOptions {
  /** Names where the items come from: an external id means the same only within one source. */
  source: string
  /** Locale of articles that name none. */
  locale: string
  /** Looks, counts, and writes nothing. */
  dryRun: boolean
  onFault(fault: ImportFault): void
  onProgress(report: ImportReport): void
}

/** What the parts of the importer share while one batch is written. */
export interface ImportBatch {
  tx: Db
  options: ImportOptions
  terms: TermCache
  count(kind: ImportedKind, outcome: Outcome): void
  fault(where: string, reason: string, skipped: boolean): void
}

/** Articles or comments that go into one transaction: enough to make commits cheap, few enough to lose little. */
const BATCH = 100

export function importCore(db: Database['db']) {
  /**
   * Writes a stream of records. Every batch is a transaction of its own, so an interrupted run has kept what it
   * reported and goes on where it was when it is run again: what is there and the same is only counted.
   * @throws what reading the stream throws, after writing what was read before.
   */
  async function run(
    records: AsyncIterable<ImportRecord> | Iterable<ImportRecord>,
    options: ImportOptions,
  ): Promise<ImportReport> {
    const report = emptyReport()
    const fault = (where: string, reason: string, skipped: boolean) => {
      report.faults++
      if (skipped) report.skipped++
      options.onFault({ kind: 'fault', where, reason, skipped })
    }
    const terms = new TermCache()
    const recent = new RecentIds()
    let pending: ImportRecord[] = []

    const flush = async () => {
      const batch = pending
      pending = []
      if (batch.length > 0) await write(batch, { options, terms, report, fault })
      options.onProgress(report)
    }

    try {
      for await (const record of records) {
        if (record.kind === 'fault') {
          fault(record.where, record.reason, record.skipped)
          continue
        }
        const first = recent.firstWith(record)
        if (first) {
          fault(record.where, `has the same id as ${first}, which counts`, true)
          continue
        }
        if (pending[0] && pending[0].kind !== record.kind) await flush()
        pending.push(record)
        if (pending.length >= BATCH) await flush()
      }
    } finally {
      await flush()
      if (!options.dryRun) await inTransaction(db, 'cli', (tx) => resolveCovers(tx, options.source))
    }
    return report
  }

  interface Run {
    options: ImportOptions
    terms: TermCache
    report: ImportReport
    fault: ImportBatch['fault']
  }

  /** A batch as one transaction; where the database refuses it, item by item, so that one bad item stops no other. */
  async function write(records: ImportRecord[], run: Run): Promise<void> {
    try {
      await writeTogether(records, run)
    } catch (error) {
      const refusal = refusalOf(error)
      if (!refusal) throw error
      if (records.length === 1)
        return run.fault(records[0]?.where ?? '', `refused by the database: ${refusal}`, true)
      for (const record of records) await write([record], run)
    }
  }

  async function writeTogether(
    records: ImportRecord[],
    { options, terms, report, fault }: Run,
  ): Promise<void> {
    // counted and told only when the transaction is through: a retry would count twice
    const { counts, faults } = await inTransaction(db, 'cli', async (tx) => {
      const counts: [ImportedKind, Outcome][] = []
      const faults: Parameters<ImportBatch['fault']>[] = []
      await lockImports(tx)
      terms.begin()
      await dispatch(records, {
        tx,
        options,
        terms,
        count: (...counted) => void counts.push(counted),
        fault: (...found) => void faults.push(found),
      })
      return { counts, faults }
    }).catch((error: unknown) => {
      terms.rollback()
      throw error
    })
    terms.commit()
    for (const [kind, outcome] of counts) report.outcomes[kind][outcome]++
    for (const found of faults) fault(...found)
  }

  return { run }
}

/** SQLSTATE classes of what is wrong with a value, by itself or by its size, rather than with the database. */
const BAD_VALUE = ['22', '54']

/** The code of an error that lies in what an item says; undefined where the import cannot go on. */
function refusalOf(error: unknown): string | undefined {
  if (error instanceof AppError) return error.status < 500 ? error.code : undefined
  const state = sqlState(error)
  return BAD_VALUE.includes(state?.slice(0, 2) ?? '') ? state : undefined
}

/** Records of one kind to the part that knows the kind. */
async function dispatch(records: ImportRecord[], batch: ImportBatch): Promise<void> {
  const articles = records.filter((record) => record.kind === 'article')
  const comments = records.filter((record) => record.kind === 'comment')
  await importArticles(articles, batch)
  await importComments(comments, batch)
  for (const record of records) {
    if (record.kind === 'category' || record.kind === 'tag' || record.kind === 'author')
      await importTerm(record, batch)
    if (record.kind === 'image') await importImage(record, batch)
    if (record.kind === 'page') await importPage(record, batch)
  }
}

function emptyReport(): ImportReport {
  const zero = () => ({ created: 0, updated: 0, unchanged: 0 })
  return {
    outcomes: {
      category: zero(),
      tag: zero(),
      author: zero(),
      image: zero(),
      article: zero(),
      comment: zero(),
    },
    skipped: 0,
    faults: 0,
  }
}
