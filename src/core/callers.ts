import type { Viewer } from '../domain/viewer.ts'

interface Authenticator {
  authenticate(credential: string): Promise<Viewer>
}

const TOKEN = /^[\w-]+\.[\w-]+\.[\w-]*$/

/**
 * Who holds a credential: what has the shape of a JWT goes to the identity provider, where there is one, everything else is
 * an API key.
 */
export function callersCore(keys: Authenticator, tokens: Authenticator | undefined) {
  /** @throws AUTHENTICATION_FAILED; UNAVAILABLE where the credential cannot be checked. */
  function authenticate(credential: string): Promise<Viewer> {
    return tokens && TOKEN.test(credential) ? tokens.authenticate(credential) : keys.authenticate(credential)
  }

  return { authenticate }
}
