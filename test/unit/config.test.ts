import { describe, expect, test } from 'vitest'
import { ConfigError, loadConfig } from '../../src/config.ts'

const faultsOf = (env: Record<string, string>): string => {
  try {
    loadConfig(env)
    return ''
  } catch (error) {
    if (error instanceof ConfigError) return error.message
    throw error
  }
}

const IDENTITY = {
  JWT_JWKS_URL: 'https://login.example/jwks.json',
  JWT_ISSUER: 'https://login.example/',
  JWT_AUDIENCE: 'broadsheet',
}

describe('an identity provider', () => {
  test('is none unless it is named, and then gives tokens three scopes at most', () => {
    expect(loadConfig({}).identity).toBeUndefined()
    expect(loadConfig(IDENTITY).identity).toEqual({
      jwksUrl: IDENTITY.JWT_JWKS_URL,
      issuer: IDENTITY.JWT_ISSUER,
      audience: IDENTITY.JWT_AUDIENCE,
      scopeClaim: 'scope',
      scopes: ['content:read', 'content:write', 'comments:moderate'],
    })
  })

  test('may be allowed other scopes', () => {
    const env = { ...IDENTITY, JWT_SCOPES: 'admin, content:read', JWT_SCOPE_CLAIM: 'permissions' }
    expect(loadConfig(env).identity).toMatchObject({
      scopes: ['content:read', 'admin'],
      scopeClaim: 'permissions',
    })
  })

  test.each([
    [
      { JWT_JWKS_URL: IDENTITY.JWT_JWKS_URL },
      ['JWT_JWKS_URL needs JWT_ISSUER.', 'JWT_JWKS_URL needs JWT_AUDIENCE.'],
    ],
    [{ ...IDENTITY, JWT_AUDIENCE: '' }, ['JWT_JWKS_URL needs JWT_AUDIENCE.']],
    [{ JWT_ISSUER: 'https://login.example/' }, ['JWT_ISSUER and JWT_AUDIENCE need JWT_JWKS_URL.']],
    [{ ...IDENTITY, JWT_JWKS_URL: 'https://login.example:99999/' }, ['JWT_JWKS_URL is no address.']],
    [
      { JWT_SCOPES: 'content:reed', TRUST_PROXY: '0.0.0.0/0' },
      ['TRUST_PROXY names too many addresses', 'JWT_SCOPES: "content:reed" is no scope'],
    ],
    [{ ...IDENTITY, JWT_JWKS_URL: 'file:///etc/passwd' }, ['JWT_JWKS_URL']],
    [
      { BUDGET_ANONYMOUS: '-1', BUDGET_USER: '1.5', BUDGET_KEY: 'x' },
      ['BUDGET_ANONYMOUS', 'BUDGET_USER', 'BUDGET_KEY'],
    ],
  ])('%j is refused, with every fault', (env, faults) => {
    const told = faultsOf(env)
    for (const fault of faults) expect(told).toContain(fault)
  })
})
