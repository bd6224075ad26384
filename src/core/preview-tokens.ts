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
const MOMENT_BYTES = 6

export function createPreviewTokens(secrets: Secrets): PreviewTokens {
  const partsOf = ({ linkId, articleId, expiresAt }: PreviewClaim) => [linkId, articleId, expiresAt]
  return {
    issue: (claim) => {
      const expiry = Buffer.alloc(MOMENT_BYTES)
      expiry.writeUIntBE(Date.parse(claim.expiresAt), 0, MOMENT_BYTES)
      const articleId = Buffer.from(hexOf(claim.articleId), 'hex')
      const signed = Buffer.concat([articleId, expiry, secrets.sign('preview', ...partsOf(claim))])
      return `bsp_${hexOf(claim.linkId)}_${signed.toString('base64url')}`
    },
    read: (token) => {
      const [, linkId = '', signed = ''] = TOKEN.exec(token) ?? []
      const bytes = Buffer.from(signed, 'base64url')
      if (bytes.length < ID_BYTES + MOMENT_BYTES) return undefined
      const claim = {
        linkId: idOf(linkId),
        articleId: idOf(bytes.toString('hex', 0, ID_BYTES)),
        expiresAt: new Date(bytes.readUIntBE(ID_BYTES, MOMENT_BYTES)).toISOString(),
      }
      const signature = bytes.subarray(ID_BYTES + MOMENT_BYTES)
      return secrets.verify('preview', signature, ...partsOf(claim)) ? claim : undefined
    },
  }
}

const hexOf = (id: string): string => id.replaceAll('-', '')
const idOf = (hex: string): string => hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
