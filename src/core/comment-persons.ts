import type { Viewer } from '../domain/viewer.ts'
import { AppError, invalid } from '../lib/errors.ts'
import type { Secrets } from '../lib/secrets.ts'
import { createDeviceTokens } from './device-tokens.ts'
import { accountKey, personKey } from './person-keys.ts'
import { ANONYMOUS, actorOf, isSandbox, may } from './viewer.ts'

/** Which reader a request is from, beside its credentials. */
export interface PersonProof {
  /** How a trusted server names its reader: 1 to 255 characters, always the same for the same reader. */
  subject?: string | undefined
  /** A device token. */
  device?: string | undefined
}

/** One reader, as votes and reports know them: nobody can tell from the key who it is. */
export interface Person {
  key: Buffer
  /** Somebody vouches for the reader: the identity provider, or a trusted server. A device proves nobody. */
  proven: boolean
}

export const SUBJECT_LENGTH = 255

export function createPersons(secrets: Secrets) {
  const devices = createDeviceTokens(secrets)

  /**
   * @returns the reader: whom a trusted server names, or else whose token it is, or else the device; undefined where nothing
   * tells.
   * @throws FORBIDDEN for a subject from a caller without `comments:write`, VALIDATION_FAILED for one that is none,
   * AUTHENTICATION_FAILED for a device token that is not ours.
   */
  function personOf(viewer: Viewer, { subject, device }: PersonProof): Person | undefined {
    if (subject !== undefined) return { key: subjectKey(viewer, subject), proven: true }
    const account = accountKey(secrets, viewer)
    if (account) return { key: account, proven: true }
    if (device !== undefined) return { key: deviceKey(device), proven: false }
    return undefined
  }

  /** As `personOf`. @throws AUTHENTICATION_FAILED as well where nothing tells, saying what is missing. */
  function requirePerson(viewer: Viewer, proof: PersonProof): Person {
    const person = personOf(viewer, proof)
    if (person) return person
    throw unauthenticated(
      'This needs a reader: a token of the identity provider, Comment-Device with a device token, or Comment-Subject with a key that has the scope comments:write',
    )
  }

  function subjectKey(viewer: Viewer, subject: string): Buffer {
    if (!may(viewer, 'comments:write')) {
      throw new AppError('FORBIDDEN', { detail: 'Comment-Subject needs a key with the scope comments:write' })
    }
    return personKey(secrets, 'subject', checkedSubject(subject), viewer)
  }

  function deviceKey(token: string): Buffer {
    const id = devices.read(token)
    if (id) return secrets.sign('device', id)
    throw unauthenticated('Comment-Device is not a device token of this site')
  }

  return { personOf, requirePerson, issueDevice: devices.issue }
}

/**
 * Who votes or reports, as the change log names it: no person, or it would keep who did what.
 * @throws COMMENT_NOT_FOUND for a test key, for which what is real is not there.
 */
export function readerActorOf(viewer: Viewer): string {
  if (isSandbox(viewer)) throw new AppError('COMMENT_NOT_FOUND')
  return actorOf(viewer.kind === 'user' ? ANONYMOUS : viewer)
}

/** @throws VALIDATION_FAILED for what names no reader. */
function checkedSubject(subject: string): string {
  const length = [...subject].length
  if (length < 1 || length > SUBJECT_LENGTH) throw badSubject(`must have 1 to ${SUBJECT_LENGTH} characters`)
  if (/\p{Cc}/u.test(subject)) throw badSubject('must not contain control characters')
  return subject
}

/**
 * The headers `Comment-Subject` (percent-encoded UTF-8) and `Comment-Device` as a proof.
 * @throws VALIDATION_FAILED for a subject in another form.
 */
export function readPersonHeaders(headers: Record<string, string | string[] | undefined>): PersonProof {
  const { 'comment-subject': subject, 'comment-device': device } = headers
  return {
    subject: subject === undefined ? undefined : decodeSubject(String(subject)),
    device: device === undefined ? undefined : String(device),
  }
}

function decodeSubject(header: string): string {
  try {
    // a blank would also come of a header that was sent twice
    if (/^[\x21-\x7e]*$/.test(header)) return decodeURIComponent(header)
  } catch {
    // told below
  }
  throw badSubject('must be UTF-8, percent-encoded')
}

const badSubject = (message: string): AppError => invalid('/comment-subject', message)

const unauthenticated = (detail: string): AppError =>
  new AppError('AUTHENTICATION_FAILED', {
    detail,
    headers: { 'www-authenticate': 'Bearer realm="broadsheet"' },
  })
