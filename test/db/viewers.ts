import type { Viewer } from '../../src/domain/viewer.ts'

const key = (keyId: string, scopes: Extract<Viewer, { kind: 'key' }>['scopes'], sandbox = false): Viewer => ({
  kind: 'key',
  keyId,
  name: 'test',
  scopes,
  sandbox,
  budget: null,
})

export const MODERATOR = key('00000000-0000-7000-8000-00000000000a', new Set(['comments:moderate']))
export const SECOND_MODERATOR = key('00000000-0000-7000-8000-00000000000b', new Set(['comments:moderate']))
export const WRITER = key('00000000-0000-7000-8000-00000000000c', new Set(['comments:write']))
export const SANDBOX_WRITER = key('00000000-0000-7000-8000-00000000000d', new Set(['comments:write']), true)
export const EDITOR = key('00000000-0000-7000-8000-00000000000e', new Set(['content:read', 'content:write']))
