import { type Database, type Db, inTransaction } from '../db/client.ts'
import { lockThread, readFullComment } from '../db/comment-writes.ts'
import {
  BEGINNING,
  deleteDecisions,
  deleteInvolvement,
  exportComments,
  exportReports,
  exportVotes,
  type Involvement,
  insertErasure,
  involvements,
  type PersonKeys,
  type Place,
  readErasure,
} from '../db/privacy.ts'
import { isoMoment } from '../db/statement.ts'
import { STORES, type Store, type Traces } from '../db/traces.ts'
import type { Retention } from '../domain/retention.ts'
import type { Viewer } from '../domain/viewer.ts'
import { decodeCursor, encodeCursor, listHash } from '../lib/cursor.ts'
import { AppError } from '../lib/errors.ts'
import { newId } from '../lib/ids.ts'
import type { Secrets } from '../lib/secrets.ts'
import type { Erasure, PersonClaim, PersonExport, RetentionAnswer } from '../shapes/privacy.ts'
import type { Proof } from './comment-ownership.ts'
import { erase as eraseComment } from './comment-states.ts'
import { eraserOf, type Person, privacyPersons } from './privacy-persons.ts'
import {
  presentErasure,
  presentExportedComment,
  presentExportedReport,
  presentExportedVote,
  presentRetention,
} from './privacy-views.ts'
import { requireScope } from './viewer.ts'

/** Comments, votes and reports in one part of an export. */
export const EXPORT_PAGE = 100
/** How many are looked up at once to be erased. */
const BATCH = 100

export interface ErasingOptions {
  /** True once nobody waits any longer: what is left is left for another request. */
  stopping?: () => boolean
  /** Called after each transaction, with the comments erased so far. */
  report?: (comments: number) => void
}

/** What a person may ask for: what is known of them, and that it goes. */
export function privacyCore(db: Database['db'], secrets: Secrets, keep: Retention) {
  const persons = privacyPersons(db, secrets)

  /** How long each field is kept. */
  const retention = (): RetentionAnswer => presentRetention(keep)

  /**
   * A part of all that is known of a person: comments, then votes, then reports, oldest first.
   * @param after `page.next` of the part before. @throws as `find` of privacy-persons.ts; CURSOR_INVALID.
   */
  async function exportPerson(claim: PersonClaim, claimant: Proof, after?: string): Promise<PersonExport> {
    return exportOf(await persons.find(claim, claimant), after)
  }

  /** The same for the command line, which may name anybody. */
  async function exportNamed(claim: PersonClaim, after?: string): Promise<PersonExport> {
    return exportOf(await persons.byOperator(claim), after)
  }

  async function exportOf(person: Person, after: string | undefined): Promise<PersonExport> {
    const { foundBy, keys, email, commentId } = person
    const hash = listHash({ list: 'export', keys, email, commentId })
    const from = after === undefined ? { list: 0, place: BEGINNING } : readPlace(after, hash)
    let next: string | null = null
    let room = EXPORT_PAGE
    const take = async <Row extends Place>(list: number, read: Reader<Row>): Promise<Row[]> => {
      if (next !== null || list < from.list) return []
      const start = list === from.list ? from.place : BEGINNING
      const rows = await read(db, person, start, room + 1)
      const fitting = rows.slice(0, room)
      if (rows.length > room) next = writePlace(hash, list, fitting.at(-1) ?? start)
      room -= fitting.length
      return fitting
    }
    const comments = await take(0, exportComments)
    const votes = await take(1, exportVotes)
    const reports = await take(2, exportReports)
    return {
      person: { foundBy },
      comments: comments.map(presentExportedComment),
      votes: votes.map(presentExportedVote),
      reports: reports.map(presentExportedReport),
      retention: retention(),
      page: { next },
    }
  }

  /**
   * Erases a person from every store: what they wrote, with what others did to it, their votes and reports, and what moderators
   * decided for them. Replies of others stay, below a placeholder. Each comment is a transaction of its own: stopped anywhere
   * and asked again, it goes on; asked again afterwards, it finds nothing. What is written meanwhile goes too.
   * @returns the receipt, which is kept. @throws as `find` of privacy-persons.ts.
   */
  async function erasePerson(
    claim: PersonClaim,
    claimant: Proof,
    options: ErasingOptions = {},
  ): Promise<Erasure> {
    const person = await persons.find(claim, claimant)
    return eraseAll(person, eraserOf(person, claimant.viewer), options)
  }

  /** The same for the command line, which may name anybody. */
  async function eraseNamed(claim: PersonClaim, options: ErasingOptions = {}): Promise<Erasure> {
    return eraseAll(await persons.byOperator(claim), 'cli', options)
  }

  async function eraseAll(
    person: Person,
    actor: string,
    { stopping = () => false, report = () => {} }: ErasingOptions,
  ): Promise<Erasure> {
    const rows = Object.fromEntries(STORES.map((store) => [store, 0])) as Record<Store, number>
    const add = (traces: Traces) => {
      for (const store of STORES) rows[store] += traces[store] ?? 0
      report(rows.comments)
    }
    let left = await involvements(db, person, BATCH)
    while (left.length > 0 && !stopping()) {
      for (const one of left) {
        if (stopping()) break
        add(await inTransaction(db, actor, (tx) => eraseOne(tx, one, person, actor)))
      }
      left = await involvements(db, person, BATCH)
    }
    const receipt = await inTransaction(db, actor, async (tx) => {
      const decisions = await deleteDecisions(tx, person.keys)
      const stores = Object.fromEntries(STORES.map((store) => [store, rows[store] + (decisions[store] ?? 0)]))
      return insertErasure(tx, { id: newId(), actor, stores, complete: left.length === 0 })
    })
    return presentErasure(receipt)
  }

  async function eraseOne(
    tx: Db,
    { as, commentId }: Involvement,
    person: Person,
    actor: string,
  ): Promise<Traces> {
    await lockThread(tx, commentId)
    if (as !== 'author') return deleteInvolvement(tx, as, commentId, person.keys, person.userIds)
    const row = await readFullComment(tx, commentId)
    return row ? eraseComment(tx, row, actor) : {}
  }

  /** The receipt of an erasure. @throws AUTHENTICATION_FAILED, FORBIDDEN, ERASURE_NOT_FOUND. */
  async function erasure(id: string, viewer: Viewer): Promise<Erasure> {
    requireScope(viewer, 'comments:erase')
    const row = await readErasure(db, id)
    if (!row) throw new AppError('ERASURE_NOT_FOUND')
    return presentErasure(row)
  }

  return { retention, exportPerson, exportNamed, erasePerson, eraseNamed, erasure }
}

type Reader<Row> = (db: Db, person: PersonKeys, after: Place, limit: number) => Promise<Row[]>

/** Where an export goes on: in which list, after what. */
const writePlace = (hash: string, list: number, { createdAt, id }: Place): string =>
  encodeCursor(hash, [list, isoMoment(createdAt), id])

function readPlace(cursor: string, hash: string): { list: number; place: Place } {
  const [list, createdAt, id] = decodeCursor(cursor, hash, ['integer', 'moment', 'uuid'], '/after')
  return { list: Number(list), place: { createdAt: String(createdAt), id: String(id) } }
}
