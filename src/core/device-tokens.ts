import { randomToken, type Secrets } from '../lib/secrets.ts'

/**
 * Makes and reads `bsd_<id>_<signature>`: what tells one browser or phone from another, and proves nobody. Nothing is stored;
 * whoever wants another one gets it.
 */
export interface DeviceTokens {
  issue(): string
  /** @returns the id of the device; undefined for anything that was not issued by us, to the letter. */
  read(token: string): string | undefined
}

const TOKEN = /^bsd_([0-9a-f]{32})_([\w-]{43})$/

export function createDeviceTokens(secrets: Secrets): DeviceTokens {
  return {
    issue: () => {
      const id = randomToken(16)
      return `bsd_${id}_${secrets.sign('device', 'token', id).toString('base64url')}`
    },
    read: (token) => {
      const [, id = '', text = ''] = TOKEN.exec(token) ?? []
      const signature = Buffer.from(text, 'base64url')
      // the last letter has bits to spare: four texts would be the same signature
      if (signature.toString('base64url') !== text) return undefined
      return secrets.verify('device', signature, 'token', id) ? id : undefined
    },
  }
}
