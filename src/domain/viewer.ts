/** Who is asking. One value decides everything that depends on the caller, in core. */

export const SCOPES = [
  'content:read',
  'content:write',
  'comments:write',
  'comments:moderate',
  'comments:erase',
  'webhooks',
  'admin',
] as const
export type Scope = (typeof SCOPES)[number]

export type Viewer =
  | { kind: 'anonymous' }
  | {
      kind: 'key'
      keyId: string
      name: string
      scopes: ReadonlySet<Scope>
      sandbox: boolean
      /** Points a minute; 0 without limit, null for the default of the site. */
      budget: number | null
    }
  | {
      /** A reader or an editor whom the identity provider knows. */
      kind: 'user'
      /** Stands for issuer and subject where no personal data may be: in the change log. 32 hex digits. */
      userId: string
      issuer: string
      /** The same for the same person at this issuer, for ever. */
      subject: string
      name: string | null
      /** Null unless the provider says that it is theirs. */
      verifiedEmail: string | null
      scopes: ReadonlySet<Scope>
    }
