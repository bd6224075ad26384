import { bytesOfId, idOfBytes } from '../lib/ids.ts'
import { bytesOfMoment, MOMENT_BYTES, momentOfBytes } from '../lib/moments.ts'
import type { Secrets } from '../lib/secrets.ts'

/** What a token is of. */
export interface PreviewClaim {
  linkId: string
  articleId: string
  /** UTC, with milliseconds. */
  expiresAt: string
}

/** Makes and reads `bsp_<link id>_<what is signed, and its signature>`. */
export interface PreviewTokens {
  issue(claim: PreviewClaim): string
  /** @returns what a token is of; undefined where it was not issued by us. Whether it still counts is the row's to say. */
  read(token: string): PreviewClaim | undefined
}

const TOKEN = /^bsp_([0-9a-f]{32})_([\w-]{72})$/
const ID_BYTES = 16

export function createPreviewTokens(secrets: Secrets): PreviewTokens {
  const partsOf = ({ linkId, articleId, expiresAt }: PreviewClaim) => [linkId, articleId, expiresAt]
  return {
    issue: (claim) => {
      const expiry = bytesOfMoment(Date.parse(claim.expiresAt))
      const signed = Buffer.concat([
        bytesOfId(claim.articleId),
        expiry,
        secrets.sign('preview', ...partsOf(claim)),
      ])
      return `bsp_${bytesOfId(claim.linkId).toString('hex')}_${signed.toString('base64url')}`
    },
    read: (token) => {
      const [, linkId = '', signed = ''] = TOKEN.exec(token) ?? []
      const bytes = Buffer.from(signed, 'base64url')
      if (bytes.length < ID_BYTES + MOMENT_BYTES) return undefined
      const claim = {
        linkId: idOfBytes(Buffer.from(linkId, 'hex')),
        articleId: idOfBytes(bytes.subarray(0, ID_BYTES)),
        expiresAt: new Date(momentOfBytes(bytes, ID_BYTES)).toISOString(),
      }
      const signature = bytes.subarray(ID_BYTES + MOMENT_BYTES)
      return secrets.verify('preview', signature, ...partsOf(claim)) ? claim : undefined
    },
  }
}
