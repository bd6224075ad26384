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
