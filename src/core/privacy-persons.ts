import type { Db } from '../db/client.ts'
import { readFullComment } from '../db/comment-writes.ts'
import { hasComment, identityOf, type PersonKeys } from '../db/privacy.ts'
import type { Viewer } from '../domain/viewer.ts'
import { AppError, atFault, invalid } from '../lib/errors.ts'
import type { Secrets } from '../lib/secrets.ts'
import type { FoundBy, PersonClaim } from '../shapes/privacy.ts'
import type { Proof } from './comment-ownership.ts'
import { createPersons } from './comment-persons.ts'
import { type PersonKind, personKeys } from './person-keys.ts'
import { createReceipts } from './receipts.ts'
import { actorOf, isSandbox, may, requireScope } from './viewer.ts'

/** Somebody of whom we know something, and how they were found. Holds no name. */
export interface Person extends PersonKeys {
  foundBy: FoundBy
  /** Of an account, as the change log and the scopes of requests name it; by each secret. */
  userIds: readonly string[]
}

export function privacyPersons(db: Db, secrets: Secrets) {
  const receipts = createReceipts(secrets)
  const proofs = createPersons(secrets)
  // also those of the previous secret: what was written before a rotation is the same person's
  const keysOf = (kind: PersonKind, id: string): string[] =>
    personKeys(secrets, kind, id).map((key) => key.toString('hex'))

  /**
   * Whom a claim means: the holder of a receipt, whoever an operator names, or the caller.
   * @throws VALIDATION_FAILED; AUTHENTICATION_FAILED, FORBIDDEN; COMMENT_NOT_FOUND for operators.
   */
  async function find(claim: PersonClaim, claimant: Proof): Promise<Person> {
    checkClaim(claim)
    const { email, subject, commentId } = claim
    const isNamed = [email, subject, commentId, claim.receipt].some((way) => way !== undefined)
    if (!isNamed && claimant.viewer.kind !== 'anonymous') return byCaller(claimant)
    const receipt = claim.receipt ?? claimant.receipt
    if (receipt !== undefined && email === undefined && subject === undefined)
      return byReceipt(commentId ?? receipts.commentOf(receipt), receipt)
    requireScope(claimant.viewer, 'comments:erase')
    return byOperator(claim)
  }

  /** As `find`, for those who may name anybody. */
  async function byOperator({ email, subject, commentId }: PersonClaim): Promise<Person> {
    if (email !== undefined)
      return person('email', { email: email.trim(), keys: keysOf('email', email.trim().toLowerCase()) })
    if (subject !== undefined) return person('subject', { keys: keysOf('subject', subject) })
    const id = (commentId ?? '').toLowerCase()
    if (!(await hasComment(db, id))) throw new AppError('COMMENT_NOT_FOUND')
    return byComment('comment', id)
  }

  async function byReceipt(commentId: string | undefined, receipt: string): Promise<Person> {
    const row = commentId === undefined ? undefined : await readFullComment(db, commentId.toLowerCase())
    // the same whether there is such a comment or not
    if (!row || !receipts.proves(row, receipt)) {
      throw new AppError('AUTHENTICATION_FAILED', {
        detail: 'This is not the receipt of that comment',
        headers: { 'www-authenticate': 'Receipt' },
      })
    }
    return byComment('receipt', row.id)
  }

  async function byComment(foundBy: FoundBy, commentId: string): Promise<Person> {
    const key = await identityOf(db, commentId)
    return person(foundBy, { commentId, keys: key ? [key] : [] })
  }

  function byCaller({ viewer, subject }: Proof): Person {
    // as everywhere, whom a trusted server names counts before its own account: the other one would be erased
    if (viewer.kind === 'user' && subject === undefined) {
      const userIds = secrets
        .derive('user', viewer.issuer, viewer.subject)
        .map((id) => id.toString('hex').slice(0, 32))
      return person('user', { userIds, keys: userIds.flatMap((id) => keysOf('user', id)) })
    }
    if (!may(viewer, 'comments:write') && may(viewer, 'comments:erase'))
      throw invalid('/email', 'is required, or subject, or commentId: an operator says who is meant')
    requireScope(viewer, 'comments:write')
    // what a test key may not touch is real
    if (isSandbox(viewer)) throw new AppError('FORBIDDEN', { detail: 'A test key speaks for nobody' })
    if (subject === undefined)
      throw invalid('/comment-subject', 'is required: the header Comment-Subject names the reader')
    // for what is no subject: refused here as it is for votes and comments
    proofs.personOf(viewer, { subject })
    return person('subject', { keys: keysOf('subject', subject) })
  }

  return { find, byOperator }
}

const person = (foundBy: FoundBy, found: Partial<Person>): Person => ({
  foundBy,
  keys: [],
  email: null,
  commentId: null,
  userIds: [],
  ...found,
})

/** @throws VALIDATION_FAILED for a claim that names a person in two ways. */
function checkClaim({ email, subject, commentId, receipt }: PersonClaim): void {
  const ways = { email, subject, ...(email || subject ? { commentId, receipt } : {}) }
  const errors = Object.entries(ways)
    .filter(([, value]) => value !== undefined)
    .slice(1)
    .map(([name]) => ({ path: `/${name}`, message: 'cannot be combined with another way' }))
  if (errors.length > 0) throw atFault('VALIDATION_FAILED', errors)
}

/** Who erases, as the change log names it: never the person. */
export const eraserOf = ({ foundBy }: Person, viewer: Viewer): string =>
  foundBy === 'receipt' || foundBy === 'user' ? 'receipt' : actorOf(viewer)
