import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  type CryptoKey,
  exportJWK,
  type GenerateKeyPairOptions,
  generateKeyPair,
  type JWK,
  type JWTPayload,
  SignJWT,
} from 'jose'

export const ISSUER = 'https://login.example/'
export const AUDIENCE = 'broadsheet'

/** A key of a provider, which signs. */
export interface SigningKey {
  kid: string
  alg: string
  privateKey: CryptoKey
  publicKey: CryptoKey
  /** The public half, as it is published. */
  jwk: JWK
}

/** How the address of the keys answers: as it should, with something else, or not at all. */
export type Mood = 'well' | 'error' | 'garbage' | 'empty' | 'silent' | 'broken'

/** An identity provider on a port of its own. */
export interface IdentityProvider {
  url: string
  /** What is published. */
  published: JWK[]
  mood: Mood
  /** How often the keys were asked for. */
  fetches: number
  /** A key that is published with a new name. */
  publish(alg: string, kid?: string): Promise<SigningKey>
  close(): Promise<void>
}

let names = 0

export async function signingKey(alg: string, kid = `key-${++names}`): Promise<SigningKey> {
  const options: GenerateKeyPairOptions = { extractable: true }
  const { privateKey, publicKey } = await generateKeyPair(alg, options)
  return { kid, alg, privateKey, publicKey, jwk: { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' } }
}

export async function startIdentityProvider(port = 0): Promise<IdentityProvider> {
  const waiting = new Set<ServerResponse>()
  const server = createServer((_request, response) => {
    provider.fetches++
    if (provider.mood === 'broken') return void response.destroy()
    if (provider.mood === 'silent') return void waiting.add(response)
    const body = { keys: provider.mood === 'empty' ? [] : provider.published }
    response.writeHead(provider.mood === 'error' ? 500 : 200, { 'content-type': 'application/json' })
    response.end(provider.mood === 'garbage' ? '<html>' : JSON.stringify(body))
  })
  const provider: IdentityProvider = {
    url: '',
    published: [],
    mood: 'well',
    fetches: 0,
    publish: async (alg, kid) => {
      const key = await signingKey(alg, kid)
      provider.published.push(key.jwk)
      return key
    },
    close: () =>
      new Promise((resolve) => {
        for (const response of waiting) response.destroy()
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  provider.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks.json`
  return provider
}

/** Claims of somebody whose token is good for an hour; undefined takes one away. */
export function claims(more: Record<string, unknown> = {}): JWTPayload {
  const now = Math.floor(Date.now() / 1000)
  return { iss: ISSUER, aud: AUDIENCE, sub: 'reader-1', iat: now, exp: now + 3600, ...more }
}

export function sign(
  { alg, kid, privateKey }: Pick<SigningKey, 'alg' | 'kid' | 'privateKey'>,
  more: Record<string, unknown> = {},
  header: Record<string, unknown> = {},
): Promise<string> {
  return new SignJWT(claims(more)).setProtectedHeader({ alg, kid, typ: 'JWT', ...header }).sign(privateKey)
}
