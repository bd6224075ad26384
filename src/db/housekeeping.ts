import { type SQL, sql } from 'drizzle-orm'
import { BAN_KEPT_DAYS, KEPT_HOURS } from '../domain/retention.ts'
import type { Db } from './client.ts'

/**
 * What time takes away, a batch of rows at a time, by the clock of the database. Each is a walk along an index, and passes
 * over what somebody else holds just then: nobody waits for it, and it waits for nobody. Rows are named by an array, of which a plan expects
 * few: of a subquery it expects a tenth of all, and reads the whole table.
 */

/** @returns false while another instance does a batch. Held until this transaction ends, so that a pooler may stand between. */
export async function lockHousekeeping(tx: Db): Promise<boolean> {
  const [row] = await tx.execute<{ locked: boolean }>(
    sql`select pg_try_advisory_xact_lock(hashtext('broadsheet.housekeeping')) as locked`,
  )
  return row?.locked ?? false
}

/** States whose time is told by `comments_retention`. Literals: of a parameter, no plan knows that the index holds its rows. */
const STATES = {
  pending: sql`'pending'`,
  spam: sql`'spam'`,
  rejected: sql`'rejected'`,
  deleted: sql`'deleted'`,
}
type State = keyof typeof STATES

/** Comments that have been in a state for longer than that, longest first; they and their threads are locked. */
const overdue = (state: State, days: number, limit: number): SQL => sql`
  select c.id from comments c join comments root on root.id = c.root_id
  where c.status = ${STATES[state]} and c.scrubbed_at is null
    and c.decided_at < now() - ${days}::int * interval '1 day'
  order by c.decided_at limit ${limit}::int for no key update of c, root skip locked`

/** @returns the id of the comment that has been pending for longest, if for longer than that; its thread is locked. */
export async function overduePending(tx: Db, days: number): Promise<string | undefined> {
  const [row] = await tx.execute<{ id: string }>(overdue('pending', days, 1))
  return row?.id
}

/** Takes the words of old comments away for good, with earlier words, address and e-mail. @returns how many. */
export async function scrubOverdue(
  tx: Db,
  state: Exclude<State, 'pending'>,
  days: number,
  limit: number,
): Promise<number> {
  return count(
    tx,
    (done) => sql`
    with over as materialized (${overdue(state, days, limit)}),
    addresses as (
      update comment_private p set email = null, body_hash = null 
      where p.comment_id = any(array(select id from over))),
    earlier as (delete from comment_revisions r where r.comment_id = any(array(select id from over)))
    update comments c set body = '', body_html = '', body_text = '', author_url = null, deleted_from = null,
      scrubbed_at = now(), revision = c.revision + 1
    where c.id = any(array(select id from over)) ${done}`,
  )
}

/** Forgets from where old comments came, and the keys that were made of it. @returns how many. */
export async function forgetNetworks(tx: Db, days: number, limit: number): Promise<number> {
  return count(
    tx,
    (done) => sql`
    update comment_private set ip_prefix = null, ip_hmac = null,
      author_key = case when author_key = identity_key then author_key end
    where comment_id = any(array(
      select comment_id from comment_private
      where (ip_prefix is not null or ip_hmac is not null
             or (author_key is not null and author_key is distinct from identity_key))
        and created_at < now() - ${days}::int * interval '1 day'
      order by created_at limit ${limit}::int for update skip locked)) ${done}`,
  )
}

/** @returns how many keys of requests went whose time is over. */
export const deleteOldIdempotencyKeys = deletion(
  sql`idempotency_keys`,
  sql`ctid`,
  sql`created_at`,
  sql`now() - ${KEPT_HOURS}::int * interval '1 hour'`,
)

/** @returns how many used-up tokens went that would have ended by now, by any clock. */
export const deleteSpentTokens = deletion(
  sql`spent_tokens`,
  sql`id`,
  sql`expires_at`,
  sql`now() - interval '1 hour'`,
)

/** @returns how many batches of decisions went that cannot be undone any more. */
export const deleteOldBatches = deletion(
  sql`moderation_batches`,
  sql`id`,
  sql`created_at`,
  sql`now() - ${KEPT_HOURS}::int * interval '1 hour'`,
)

/** @returns how many bans went that ended or were lifted some time ago. */
export const deleteOldBans = deletion(
  sql`comment_bans`,
  sql`id`,
  sql`least(until, lifted_at)`,
  sql`now() - ${BAN_KEPT_DAYS}::int * interval '1 day'`,
)

/** Deletes up to `limit` rows of a table, those first whose time was first. */
function deletion(table: SQL, id: SQL, time: SQL, before: SQL) {
  return (tx: Db, limit: number): Promise<number> =>
    count(
      tx,
      (done) => sql`
      delete from ${table} where ${id} = any(array(
        select ${id} from ${table} where ${time} < ${before}
        order by ${time} limit ${limit}::int for update skip locked)) ${done}`,
    )
}

/** @returns how many checks went that are due, and whose comment does not wait for them. */
export async function deleteIdleChecks(tx: Db, limit: number): Promise<number> {
  return count(
    tx,
    (done) => sql`
    delete from comment_checks where comment_id = any(array(
      select k.comment_id from comment_checks k join comments c on c.id = k.comment_id
      where k.next_at <= now() and c.status <> 'pending'
      order by k.next_at limit ${limit}::int for update of k skip locked)) ${done}`,
  )
}

/** Rows that a statement changed. `returning` is handed in, for the statement to end in. */
async function count(tx: Db, statement: (returning: SQL) => SQL): Promise<number> {
  return (await tx.execute(statement(sql`returning 1`))).length
}
