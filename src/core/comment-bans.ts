import { domainToASCII } from 'node:url'
import { type Database, inTransaction } from '../db/client.ts'
import {
  type BanKey,
  type BanRow,
  liftBan,
  listBans,
  readBans,
  writeAuthorPolicy,
  writeBan,
} from '../db/comment-bans.ts'
import { type AuthorshipRow, readAuthorship } from '../db/moderation-queue.ts'
import { isoMoment, isoMomentOrNull } from '../db/statement.ts'
import type { AuthorPolicy, BanKind } from '../domain/comment.ts'
import type { Viewer } from '../domain/viewer.ts'
import { listHash } from '../lib/cursor.ts'
import { AppError, atFault, invalid } from '../lib/errors.ts'
import { newId } from '../lib/ids.ts'
import { readMoment } from '../lib/moments.ts'
import type { Secrets } from '../lib/secrets.ts'
import type { Ban, NewBan } from '../shapes/moderation.ts'
import { readName } from './comment-words.ts'
import { namesNothing } from './faults.ts'
import { isShared } from './mail-providers.ts'
import { type PageInput, pageParams, presentPage, readPage, type Slice } from './paging.ts'
import { actorOf, requireScope } from './viewer.ts'

/** How far ahead a ban may end. */
const MAX_YEARS = 10

const PARTS: Record<BanKind, string> = { author: 'author', network: 'network', email_domain: 'domain' }

/**
 * The keys by which something is banned, by each secret, the present one first: a new ban takes that, and what was banned before a
 * rotation stays banned. Made anew of the keys of an author, so that a ban tells of nobody, and outlives an erasure.
 */
const banKeys = (secrets: Secrets, kind: BanKind, what: string | Buffer): BanKey[] =>
  secrets.derive('ban', PARTS[kind], what).map((key) => ({ kind, key }))

/** @param key one of those by which an author is known: what limits act on, or what trust is tied to. */
export const authorBanKeys = (secrets: Secrets, key: Buffer): BanKey[] => banKeys(secrets, 'author', key)

export const networkBanKeys = (secrets: Secrets, network: string): BanKey[] =>
  banKeys(secrets, 'network', network)

/**
 * The keys by which an address of e-mail is banned: of its domain, and of all above it.
 * @param email an address, as it was checked when it came in.
 */
export function emailBanKeys(secrets: Secrets, email: string): BanKey[] {
  const labels = (readDomain(email.slice(email.lastIndexOf('@') + 1)) ?? '').split('.')
  const domains = labels.slice(0, -1).map((_, i) => labels.slice(i).join('.'))
  return domains.flatMap((domain) => banKeys(secrets, 'email_domain', domain))
}

/** Those by which the author of a comment is known. */
export function authorKeysOf({ authorKey, identityKey }: AuthorshipRow): Buffer[] {
  const keys = new Set([authorKey, identityKey].filter((key) => key !== null))
  return [...keys].map((key) => Buffer.from(key, 'hex'))
}

/** Who may not write until when; and what is decided for all that an author writes. */
export function commentBans(db: Database['db'], secrets: Secrets) {
  /**
   * Bans the author or the network of a comment, or a domain of e-mail addresses. A ban of the same key that is there gives
   * way to the new one.
   * @throws AUTHENTICATION_FAILED, FORBIDDEN, VALIDATION_FAILED; REFERENCE_NOT_FOUND where the comment is not there, or what
   * it is to be banned by is not known any more; BAN_TOO_WIDE for a domain of a common provider.
   */
  async function ban(input: NewBan, viewer: Viewer): Promise<Ban[]> {
    requireScope(viewer, 'comments:moderate')
    const until = readUntil(input.until)
    const reason = readName(input.reason, '/reason')
    const targets = await targetsOf(input)
    const actor = actorOf(viewer)
    const rows = targets.map((target) => ({ ...target, id: newId(), until, reason, createdBy: actor }))
    return inTransaction(db, actor, async (tx) => {
      // in one order, whoever bans the same
      for (const row of [...rows].sort((a, b) => a.kind.localeCompare(b.kind) || a.key.compare(b.key)))
        await writeBan(tx, row)
      const made = await readBans(
        tx,
        rows.map(({ id }) => id),
      )
      return made.sort((a, b) => (a.id < b.id ? -1 : 1)).map(presentBan)
    })
  }

  async function targetsOf(input: NewBan) {
    if (input.emailDomain !== undefined) {
      for (const name of ['commentId', 'kinds'] as const)
        if (input[name] !== undefined) throw invalid(`/${name}`, 'cannot be combined with emailDomain')
      const domain = bannable(input.emailDomain)
      return [{ ...newKey('email_domain', domain), domain, commentId: null }]
    }
    if (input.commentId === undefined) throw invalid('/commentId', 'is required, or emailDomain')
    if (input.kinds === undefined) throw invalid('/kinds', 'is required with commentId')
    const commentId = input.commentId.toLowerCase()
    const author = await readAuthorship(db, commentId)
    if (!author) throw namesNothing([{ path: '/commentId', message: 'names no comment' }])
    return input.kinds.flatMap((kind, i) => {
      const keys = kind === 'author' ? authorKeysOf(author) : networksOf(author)
      const message = `the ${kind} of the comment is not known, or not any more`
      if (keys.length === 0) throw namesNothing([{ path: `/kinds/${i}`, message }])
      return keys.map((key) => ({ ...newKey(kind, key), domain: null, commentId }))
    })
  }

  const networksOf = ({ ipPrefix }: AuthorshipRow): string[] => (ipPrefix === null ? [] : [ipPrefix])

  const newKey = (kind: BanKind, what: string | Buffer): BanKey => banKeys(secrets, kind, what)[0] as BanKey

  /** Bans, newest first, those that are over or lifted too. @throws AUTHENTICATION_FAILED, FORBIDDEN, CURSOR_INVALID. */
  async function bans(input: PageInput, viewer: Viewer): Promise<Slice<Ban>> {
    requireScope(viewer, 'comments:moderate')
    const hash = listHash({ list: 'bans' })
    const request = readPage(input, hash)
    const [row] = await listBans.run(
      db,
      { side: request.side },
      {
        ...pageParams(request),
      },
    )
    if (!row) throw new AppError('INTERNAL')
    return presentPage(row, request, hash, ({ createdAt, id }) => ({ key: createdAt, id }), presentBan)
  }

  /** Ends a ban at once. @throws AUTHENTICATION_FAILED, FORBIDDEN, BAN_NOT_FOUND. */
  async function lift(id: string, viewer: Viewer): Promise<void> {
    requireScope(viewer, 'comments:moderate')
    if (!(await inTransaction(db, actorOf(viewer), (tx) => liftBan(tx, id))))
      throw new AppError('BAN_NOT_FOUND')
  }

  /**
   * Decides for all that the author of a comment writes: passes as known, or is held. Null takes it back.
   * @throws AUTHENTICATION_FAILED, FORBIDDEN, COMMENT_NOT_FOUND; REFERENCE_NOT_FOUND where the author is not known.
   */
  async function setAuthorPolicy(id: string, policy: AuthorPolicy | null, viewer: Viewer): Promise<void> {
    requireScope(viewer, 'comments:moderate')
    const author = await readAuthorship(db, id)
    if (!author) throw new AppError('COMMENT_NOT_FOUND')
    const key = author.identityKey ?? author.authorKey
    if (!key) {
      const message = 'the author of the comment is not known, or not any more'
      throw namesNothing([{ path: '/policy', message }])
    }
    await inTransaction(db, actorOf(viewer), (tx) =>
      writeAuthorPolicy(tx, Buffer.from(key, 'hex'), policy, actorOf(viewer)),
    )
  }

  return { ban, bans, lift, setAuthorPolicy }
}

export const presentBan = (row: BanRow): Ban => ({
  ...row,
  until: isoMoment(row.until),
  createdAt: isoMoment(row.createdAt),
  liftedAt: isoMomentOrNull(row.liftedAt),
})

/** @throws VALIDATION_FAILED. */
function readUntil(text: string): string {
  const until = readMoment(text, '/until')
  const last = new Date()
  last.setUTCFullYear(last.getUTCFullYear() + MAX_YEARS)
  if (Date.parse(until) <= Date.now()) throw invalid('/until', 'must lie in the future')
  if (Date.parse(until) > last.getTime()) throw invalid('/until', `must be within ${MAX_YEARS} years`)
  return until
}

/** @throws VALIDATION_FAILED for what is no domain, BAN_TOO_WIDE. */
function bannable(text: string): string {
  const domain = readDomain(text)
  if (!domain) throw invalid('/emailDomain', 'must be a domain, such as spam.example')
  if (!isShared(domain)) return domain
  throw atFault('BAN_TOO_WIDE', [{ path: '/emailDomain', message: 'many people have their address there' }])
}

/** A domain in the form in which domains are compared, or undefined for what is none. */
function readDomain(text: string): string | undefined {
  const ascii = domainToASCII(text.trim().toLowerCase()).replace(/\.$/, '')
  const labels = ascii.split('.')
  const right =
    labels.length > 1 && labels.every((label) => /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/.test(label))
  return right && ascii.length <= 253 && !/^\d+$/.test(labels.at(-1) ?? '') ? ascii : undefined
}
