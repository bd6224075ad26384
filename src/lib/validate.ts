import type { Static, TSchema } from '@sinclair/typebox'
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv'
import formats from 'ajv-formats'
import { AppError, type FieldError } from './errors.ts'
import { nearest } from './text.ts'

/**
 * The one validator of both faces. Bodies are taken as they are: nothing coerced, nothing stripped. Only what
 * travels as text anyway (query string, path) is read as the type that its shape asks for.
 */
const OPTIONS = { allErrors: true, strict: true, allowUnionTypes: true, keywords: ['secret'] }
const ajv = formats.default(new Ajv(OPTIONS))

/** More faults than this are counted, not listed: an answer must not grow with what was sent. */
const MAX_ERRORS = 20

export type Validator<T extends TSchema> = (value: unknown) => Static<T>

/** @returns a check that gives the value back, typed, or throws VALIDATION_FAILED with every path at fault. */
export function validator<T extends TSchema>(schema: T): Validator<T> {
  return checker(ajv.compile(anonymous(schema)), schema)
}

/**
 * As `validator`, for the members of an object that arrive as text: "20" is a number where a number is asked for.
 * Read here and not by Ajv, for which "Infinity", "1e999" and "0x10" are integers too.
 */
export function textualValidator<T extends TSchema>(schema: T): Validator<T> {
  const check = validator(schema)
  const properties = (schema['properties'] ?? {}) as Record<string, TSchema | undefined>
  return (value) => {
    const members = Object.entries(value as Record<string, unknown>)
    return check(Object.fromEntries(members.map(([name, text]) => [name, readText(text, properties[name])])))
  }
}

/** The check of a part of a request, as the framework calls it: bodies as they are, everything else as text. */
export function partValidator(schema: TSchema, part: string | undefined) {
  const check = part === 'body' ? validator(schema) : textualValidator(schema)
  return (data: unknown) => {
    try {
      return { value: check(data) }
    } catch (error) {
      return { error: error as Error }
    }
  }
}

function readText(text: unknown, schema: TSchema | undefined): unknown {
  if (typeof text !== 'string') return text
  if (schema?.['type'] === 'integer' && /^-?\d{1,15}$/.test(text)) return Number(text)
  if (schema?.['type'] === 'boolean' && (text === 'true' || text === 'false')) return text === 'true'
  return text
}

/** A shape may be compiled more than once; Ajv takes each `$id` only once. */
function anonymous({ $id: _, ...schema }: TSchema): object {
  return schema
}

function checker<T extends TSchema>(validate: ValidateFunction, schema: T): Validator<T> {
  return (value) => {
    const faults = validate(value) ? [] : (validate.errors ?? []).map((error) => fieldError(error, schema))
    faults.push(...unstorable(value, ''))
    if (faults.length === 0) return value as Static<T>
    const errors = faults.slice(0, MAX_ERRORS)
    const detail = errors.map(({ path, message }) => `${path || '/'}: ${message}`).join('; ')
    throw new AppError('VALIDATION_FAILED', { detail, errors })
  }
}

function fieldError(error: ErrorObject, schema: TSchema): FieldError {
  if (error.keyword === 'additionalProperties') {
    const name = String(error.params['additionalProperty'])
    const known = knownNames(schema, error.schemaPath)
    const near = nearest(name, known)
    const hint = near ? `did you mean "${near}"?` : `known are: ${known.join(', ')}`
    return { path: `${error.instancePath}/${pointer(name)}`, message: `is not known here; ${hint}` }
  }
  if (error.keyword === 'required') {
    return {
      path: `${error.instancePath}/${pointer(String(error.params['missingProperty']))}`,
      message: 'is required',
    }
  }
  if (error.keyword === 'enum') {
    const allowed = (error.params['allowedValues'] as unknown[]).map(String).join(', ')
    return { path: error.instancePath, message: `must be one of: ${allowed}` }
  }
  return { path: error.instancePath, message: error.message ?? 'is not valid' }
}

/** The properties that the schema at this place has; `schemaPath` is like `#/properties/author/additionalProperties`. */
function knownNames(schema: TSchema, schemaPath: string): string[] {
  let place: unknown = schema
  for (const step of schemaPath.split('/').slice(1, -1)) {
    place = (place as Record<string, unknown> | undefined)?.[step.replaceAll('~1', '/').replaceAll('~0', '~')]
  }
  return Object.keys((place as { properties?: object } | undefined)?.properties ?? {})
}

/** No shape of ours comes near it; free JSON, as the variables of GraphQL, must not exhaust the stack. */
const MAX_NESTING = 64

/** Postgres cannot hold U+0000, and a lone surrogate would silently become U+FFFD: both end here. */
function unstorable(value: unknown, path: string, depth = 0): FieldError[] {
  if (typeof value === 'string') {
    if (value.includes('\u0000')) return [{ path, message: 'must not contain U+0000' }]
    return value.isWellFormed() ? [] : [{ path, message: 'must not contain a lone surrogate' }]
  }
  if (value === null || typeof value !== 'object') return []
  if (depth === MAX_NESTING) return [{ path, message: 'is nested too deep' }]
  // of an array, the names are the indices
  return Object.entries(value).flatMap(([name, item]) =>
    unstorable(item, `${path}/${pointer(name)}`, depth + 1),
  )
}

function pointer(name: string): string {
  return name.slice(0, 64).toWellFormed().replaceAll('~', '~0').replaceAll('/', '~1')
}
