import { randomBytes } from 'node:crypto'
import { isIP } from 'node:net'
import type { BanKey } from '../db/comment-bans.ts'
import type { FullCommentRow } from '../db/comments.ts'
import type { Viewer } from '../domain/viewer.ts'
import { atFault, invalid } from '../lib/errors.ts'
import { networkOf } from '../lib/network.ts'
import type { Secrets } from '../lib/secrets.ts'
import type { NewComment } from '../shapes/comments.ts'
import { authorBanKeys, emailBanKeys, networkBanKeys } from './comment-bans.ts'
import { createPersons } from './comment-persons.ts'
import { readName, readUrl } from './comment-words.ts'
import { accountKey, networkKey, personKey } from './person-keys.ts'
import { isSandbox, may } from './viewer.ts'

/** Who writes a comment: docs/adr/0014. */
export interface Commenter {
  name: string
  url: string | null
  /** As typed, or as a trusted server says. */
  email: string | null
  /** The identity provider or a trusted server vouches for it: shown to everybody. */
  verified: boolean
  /** This request proves the identity; otherwise it is new, and only the receipt will prove it. */
  proven: boolean
  /** What trust is tied to. Keyed hash. */
  identityKey: Buffer
  /** What limits act on. Keyed hash. */
  authorKey: Buffer
  /** All that the author is known by: this one, and of a receipt what its holder typed, then and now. */
  authorKeys: readonly Buffer[]
  /** /24 or /56; undefined where it is not known. */
  network: string | undefined
  /** Keyed hashes of it, today's and yesterday's. */
  networkKeys: readonly Buffer[]
  /** What a ban on this author would be tied to. */
  bans: BanKey[]
  /** Moderators and editors: the rules of content and limits are not for them. */
  staff: boolean
  /** May learn what is kept from authors: the real verdict. */
  trusted: boolean
  /** A test key: outside of every list, count and limit. */
  sandbox: boolean
}

const DAY = 86_400_000

export interface CommentAuthors {
  /**
   * @param earlier the comment whose receipt came along, proven.
   * @throws VALIDATION_FAILED, FORBIDDEN for who speaks for others without the right to.
   */
  ofNew(input: NewComment, viewer: Viewer, address: string, earlier: FullCommentRow | undefined): Commenter
  /**
   * @param subject the reader for whom a trusted server speaks.
   * @returns the identity that a caller proves without a receipt, if any. @throws FORBIDDEN as above.
   */
  identityOf(viewer: Viewer, subject: string | undefined): Buffer | undefined
  /** The author of a comment that is there already, whose proof was looked at elsewhere. @param viewer who edits it. */
  ofRow(row: FullCommentRow, viewer: Viewer): Commenter
}

export function commentAuthors(secrets: Secrets): CommentAuthors {
  const persons = createPersons(secrets)
  const networkKeysOf = (network: string) =>
    [0, DAY].map((ago) => networkKey(secrets, network, Date.now() - ago))

  function ofNew(
    { author: typed = {}, client }: NewComment,
    viewer: Viewer,
    address: string,
    earlier: FullCommentRow | undefined,
  ): Commenter {
    const server = may(viewer, 'comments:write')
    if (!server) refuseClaims(typed, client)
    const name = readName(typed.name ?? (viewer.kind === 'user' ? viewer.name : null) ?? missingName())
    const email = (typed.verifiedEmail ?? typed.email)?.trim() || null
    // the address of a server is everybody's: where it names none, the network is not known
    const speaks = server && (viewer.kind === 'key' || client !== undefined)
    const network = networkOf(speaks ? readAddress(client?.ip) : address)
    const proof = (server ? ofServer(typed, viewer) : undefined) ?? accountKey(secrets, viewer)
    const proven = proof ?? keyOf(earlier?.identityKey)
    const typedKey = secrets.sign('author', email?.toLowerCase() ?? '', name, network ?? '')
    const authorKey = proven ?? typedKey
    // who left a receipt is still who typed: a ban or a pause does not end with the second comment
    const others = proof ? [] : [typedKey, ...listOf(keyOf(earlier?.authorKey))]
    const authorKeys = distinct([authorKey, ...others])
    return {
      name,
      url: readUrl(typed.url),
      email,
      verified: proof !== undefined,
      proven: proven !== undefined,
      identityKey: proven ?? randomBytes(32),
      authorKey,
      authorKeys,
      network,
      networkKeys: network ? networkKeysOf(network) : [],
      bans: bansOn(authorKeys, network, email),
      staff: may(viewer, 'comments:moderate'),
      trusted: seesAll(viewer, { sandbox: isSandbox(viewer) }),
      sandbox: isSandbox(viewer),
    }
  }

  function ofRow(row: FullCommentRow, viewer: Viewer): Commenter {
    const identityKey = Buffer.from(row.identityKey ?? '', 'hex')
    const authorKey = Buffer.from(row.authorKey ?? row.identityKey ?? '', 'hex')
    const authorKeys = distinct([authorKey, identityKey])
    return {
      name: row.authorName ?? '',
      url: row.authorUrl,
      email: row.email,
      verified: row.authorVerified,
      proven: row.identityKey !== null,
      identityKey,
      authorKey,
      authorKeys,
      network: undefined,
      networkKeys: [],
      bans: bansOn(authorKeys, row.ipPrefix ?? undefined, row.email),
      staff: may(viewer, 'comments:moderate'),
      trusted: seesAll(viewer, row),
      sandbox: row.sandbox,
    }
  }

  /** A server that may speak for its readers says who they are. */
  function ofServer({ subject, verifiedEmail }: AuthorInput, viewer: Viewer): Buffer | undefined {
    if (subject) return personKey(secrets, 'subject', subject, viewer)
    if (!verifiedEmail) return undefined
    return personKey(secrets, 'email', verifiedEmail.trim().toLowerCase(), viewer)
  }

  const identityOf = (viewer: Viewer, subject: string | undefined): Buffer | undefined =>
    persons.personOf(viewer, { subject })?.key

  function bansOn(
    authorKeys: readonly Buffer[],
    network: string | undefined,
    email: string | null,
  ): Commenter['bans'] {
    return [
      ...authorKeys.flatMap((key) => authorBanKeys(secrets, key)),
      ...(network ? networkBanKeys(secrets, network) : []),
      ...(email ? emailBanKeys(secrets, email) : []),
    ]
  }

  return { ofNew, identityOf, ofRow }
}

type AuthorInput = NonNullable<NewComment['author']>

/** May learn what is kept from authors; a test key, of test comments only. */
export const seesAll = (viewer: Viewer, of: { sandbox: boolean }): boolean =>
  (may(viewer, 'comments:write') || may(viewer, 'comments:moderate')) && (of.sandbox || !isSandbox(viewer))

const keyOf = (hex: string | null | undefined): Buffer | undefined =>
  hex ? Buffer.from(hex, 'hex') : undefined

const listOf = <T>(item: T | undefined): T[] => (item === undefined ? [] : [item])

const distinct = (keys: readonly Buffer[]): Buffer[] =>
  keys.filter((key, i) => keys.findIndex((other) => other.equals(key)) === i)

/** Who is no trusted server may not say on whose behalf it speaks: limits would act on whom it likes. */
function refuseClaims({ subject, verifiedEmail }: AuthorInput, client: NewComment['client']): void {
  const claims = { '/client': client, '/author/subject': subject, '/author/verifiedEmail': verifiedEmail }
  const errors = Object.entries(claims)
    .filter(([, claim]) => claim !== undefined)
    .map(([path]) => ({ path, message: 'takes a key with the scope comments:write' }))
  if (errors.length > 0) throw atFault('FORBIDDEN', errors)
}

/** Of a reader that a server speaks for. Where it names none, the network is not known: its own is everybody's. */
function readAddress(ip: string | undefined): string {
  if (ip !== undefined && isIP(ip) === 0) throw invalid('/client/ip', 'must be an IPv4 or IPv6 address')
  return ip ?? ''
}

function missingName(): never {
  throw invalid('/author/name', 'is required')
}
